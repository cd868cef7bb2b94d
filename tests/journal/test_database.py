from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.domain.extra import Extra
from auditor.domain.finding import Finding, disagreement, not_compared
from auditor.domain.note import NoteKind
from auditor.domain.organization import Organization, OrganizationId
from auditor.domain.reducer import Tally
from auditor.domain.result import OrganizationResult
from auditor.domain.subscription import SubscriptionAccount
from auditor.journal.journal import Journal, JournalError, is_settled
from auditor.journal.terms import Terms
from tests.domain.builders import AS_OF

TERMS = Terms({"plan": "full"}, AS_OF, AS_OF)
COUNT = 400


def a_result(number: int, *findings: Finding) -> OrganizationResult:
    """A result whose every count tells its organization."""
    organization = Organization(OrganizationId(str(number)), "")
    tally = Tally({("MX", "active"): number}, expiring_within={30: number})
    return OrganizationResult(organization, "north", tally, pages=number + 1, findings=findings)


def write(path: Path, numbers: Iterable[int]) -> None:
    with Journal.open(path) as journal:
        journal.begin(TERMS)
        for number in numbers:
            journal.record(a_result(number))


def recalled(journal: Journal) -> list[OrganizationResult]:
    found = [journal.recall("north", a_result(number).organization) for number in range(COUNT)]
    return [one for one in found if one is not None]


@pytest.mark.parametrize("seed", range(25))
def test_a_few_bytes_that_changed_anywhere_never_change_a_result(tmp_path: Path, seed: int) -> None:
    """Recalled as it was written, or not at all, even where SQLite itself sees nothing wrong."""
    path, rng = tmp_path / "a.journal", random.Random(seed)
    write(path, range(40))
    content = bytearray(path.read_bytes())
    for _ in range(rng.randint(1, 4)):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)

    try:
        with Journal.open(path) as journal:
            found = recalled(journal)
    except JournalError:  # its header names another program or another version: left as it is
        found, journal = [], None
    assert found == [a_result(int(one.organization.id)) for one in found]
    assert journal is None or journal.set_aside is None or not found


def test_a_count_that_was_changed_by_hand_is_not_believed(tmp_path: Path) -> None:
    """Valid SQLite, valid JSON, and not what was written."""
    path = tmp_path / "a.journal"
    write(path, range(3))
    connection = sqlite3.connect(path)
    changed = connection.execute("UPDATE finished SET record = replace(record, '\"pages\":2', '\"pages\":3')")
    connection.commit()
    connection.close()
    assert changed.rowcount > 0

    with Journal.open(path) as journal:
        assert journal.set_aside is not None
        assert recalled(journal) == []


LIMITED = """
import resource, sys
from pathlib import Path
from tests.journal.test_database import COUNT, TERMS, Journal, a_result
with Journal.open(Path(sys.argv[1])) as journal:
    told = []
    journal.on_trouble = told.append
    journal.begin(TERMS)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    for number in range(COUNT):
        journal.record(a_result(number))
    journal.finish()
print(len(told))
"""


def test_a_file_that_may_not_grow_costs_what_no_longer_fits(tmp_path: Path) -> None:
    """The run goes on and is told once; what was kept before is right, and is there for the next run."""
    path = tmp_path / "a.journal"
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr
    with Journal.open(path) as journal:
        found = recalled(journal)
        assert journal.set_aside is None
    assert 0 < len(found) < COUNT
    assert found == [a_result(int(one.organization.id)) for one in found]


@pytest.mark.parametrize(
    ("finding", "is_kept"),
    [
        (disagreement("1", "north", subject="total", message="the list has 1, the overview says 2"), True),
        (not_compared("1", "north", reason="not finished: the deadline came"), False),
    ],
)
def test_a_comparison_that_was_cut_short_is_made_again(finding: Finding, is_kept: bool) -> None:  # noqa: FBT001
    """The list was read, but the report of an undisturbed run would tell more."""
    assert is_settled(a_result(1, finding)) is is_kept


@pytest.mark.parametrize(("entitlements", "is_kept"), [({}, True), (None, False)])
def test_an_organization_whose_skus_could_not_be_told_is_asked_again(
    entitlements: dict[str, None] | None,
    is_kept: bool,  # noqa: FBT001
) -> None:
    """All of its figures are there, but the report of an undisturbed run would tell more."""
    notes = {} if is_kept else {NoteKind.SKUS_UNTOLD: 1}
    account = SubscriptionAccount(notes=notes, entitlements=entitlements)

    assert is_settled(replace(a_result(1), tally=None, subscriptions=account)) is is_kept


@pytest.mark.parametrize("extra", Extra)
def test_an_organization_that_lacks_an_extra_is_asked_again(extra: Extra) -> None:
    """It is audited, but the report of an undisturbed run would have more."""
    assert not is_settled(replace(a_result(1), missing={extra: None}))
