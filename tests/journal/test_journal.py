from __future__ import annotations

import random
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.domain.organization import Organization, OrganizationId
from auditor.domain.outcome import Failure, FailureClass, Skip, SkipReason
from auditor.domain.reducer import Tally
from auditor.domain.result import OrganizationResult
from auditor.journal.journal import Journal, JournalBusyError, JournalError
from auditor.journal.terms import Terms

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
TERMS = Terms({"plan": "full"}, NOW, NOW)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "auditor.journal"


def an_organization(organization_id: str = "501") -> Organization:
    return Organization(OrganizationId(organization_id), f"Name {organization_id}")


def audited(organization_id: str = "501", *, tenant: str = "north", pages: int = 2) -> OrganizationResult:
    tally = Tally({("MX", "active"): 3}, expiring_within={30: 1})
    return OrganizationResult(an_organization(organization_id), tenant, tally, pages=pages)


def written(path: Path, *results: OrganizationResult) -> Path:
    """A journal of an unfinished run."""
    with Journal.open(path) as journal:
        journal.begin(TERMS)
        for result in results:
            journal.record(result)
    return path


class TestRemembering:
    def test_what_was_finished_is_recalled_in_another_process(self, path: Path) -> None:
        """With the terms of the run; what was not finished is not there."""
        written(path, audited("1"), audited("2"))

        with Journal.open(path) as journal:
            assert (journal.last, journal.is_finished, len(journal)) == (TERMS, False, 2)
            assert journal.recall("north", an_organization("1")) == audited("1")
            assert journal.recall("north", an_organization("3")) is None
            assert journal.recall("south", an_organization("1")) is None

    def test_an_organization_that_moved_to_another_licensing_model_is_asked_again(self, path: Path) -> None:
        """What was counted under the old one says nothing about the new one."""
        written(path, audited("1"))
        moved = Organization(OrganizationId("1"), "Name 1", "co-term")

        with Journal.open(path) as journal:
            assert journal.recall("north", moved) is None

    def test_a_skip_that_an_answer_settled_is_kept_and_a_failure_is_not(self, path: Path) -> None:
        """What failed may work now."""
        skip = OrganizationResult(an_organization("1"), "north", ending=Skip(SkipReason.API_DISABLED, "off"))
        late = Failure(FailureClass.DEADLINE, "late")
        partial = OrganizationResult(an_organization("2"), "north", Tally(), pages=1, ending=late)
        written(path, skip, partial)

        with Journal.open(path) as journal:
            assert journal.recall("north", an_organization("1")) == skip
            assert journal.recall("north", an_organization("2")) is None

    def test_a_new_run_starts_over(self, path: Path) -> None:
        """Nothing of the one before is left but, until then, its sizes."""
        written(path, audited("1", pages=7))

        with Journal.open(path) as journal:
            assert journal.pages_of_last_run() == {"1": 7}
            journal.begin(TERMS)
            assert len(journal) == 0
            assert journal.recall("north", an_organization("1")) is None

    def test_a_finished_run_is_not_to_be_resumed(self, path: Path) -> None:
        """Its report is written."""
        with Journal.open(path) as journal:
            journal.begin(TERMS)
            journal.finish()

        with Journal.open(path) as journal:
            assert journal.is_finished

    def test_the_file_is_for_its_owner_alone(self, path: Path) -> None:
        """It tells which customers there are."""
        written(path)

        assert stat.S_IMODE(path.stat().st_mode) == 0o600


class TestOwnership:
    def test_a_second_run_is_refused(self, path: Path) -> None:
        """Two runs would mix their results."""
        with Journal.open(path), pytest.raises(JournalBusyError, match="another run is writing"):
            Journal.open(path)

    def test_a_process_that_was_killed_keeps_nobody_out_and_loses_nothing(self, path: Path) -> None:
        """The lock goes with the process; what was committed stays."""
        code = (
            "import os, signal, sys; from pathlib import Path; from tests.journal.test_journal import *;"
            "journal = Journal.open(Path(sys.argv[1])); journal.begin(TERMS); journal.record(audited());"
            "os.kill(os.getpid(), signal.SIGKILL)"
        )
        ended = subprocess.run([sys.executable, "-c", code, str(path)], check=False)  # noqa: S603

        assert ended.returncode == -9
        with Journal.open(path) as journal:
            assert journal.recall("north", an_organization()) == audited()

    @pytest.mark.parametrize("application_id", [0, 77])
    def test_a_database_of_another_program_is_left_alone(self, path: Path, application_id: int) -> None:
        """A slip of the pen must not cost somebody's data."""
        with sqlite3.connect(path) as connection:
            connection.execute(f"PRAGMA application_id = {application_id}")
            connection.execute("CREATE TABLE precious (x)")
        before = path.read_bytes()

        with pytest.raises(JournalError, match="another program"):
            Journal.open(path)

        connection.close()
        with sqlite3.connect(path) as connection:
            assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("precious",)]
        connection.close()
        assert len(path.read_bytes()) == len(before)

    def test_a_journal_of_a_later_version_is_left_alone(self, path: Path) -> None:
        """This version cannot know what it would lose."""
        written(path)
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA user_version = 99")
        connection.close()

        with pytest.raises(JournalError, match="schema 99"):
            Journal.open(path)

    @pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.parent.chmod(0)])
    def test_what_cannot_be_opened_says_why(self, tmp_path: Path, make: Callable[[Path], None]) -> None:
        """With the name of the file."""
        path = (
            tmp_path / "missing" / "a.journal" if make.__code__.co_names == ("parent", "chmod") else tmp_path
        )
        with pytest.raises(JournalError, match=str(path)):
            Journal.open(path)


def truncated(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(100, len(content))]


def overwritten(content: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(100, len(content) - 600)
    return content[:at] + rng.randbytes(600) + content[at + 600 :]


class TestDamage:
    @pytest.mark.parametrize("content", [b"{}", b"[limits]\nshare = 0.5\n", b"feedc0de" * 5])
    def test_a_file_that_never_was_a_journal_is_left_alone(self, path: Path, content: bytes) -> None:
        """A report, a configuration or a key that was named by mistake stays where it is."""
        path.write_bytes(content)

        with pytest.raises(JournalError, match="is no journal"):
            Journal.open(path)

        assert path.read_bytes() == content
        assert [*path.parent.iterdir()] == [path]

    @pytest.mark.parametrize(
        "content", [b"SQLite format 3", b"\x00" * 4096, b"x" * 4096 + b"\xadis_reconciled\xc2"]
    )
    def test_what_a_crash_left_of_a_journal_is_moved_aside(self, path: Path, content: bytes) -> None:
        """It is not used, and not lost; the run begins anew."""
        path.write_bytes(content)

        with Journal.open(path) as journal:
            assert journal.last is None
            assert journal.set_aside is not None
            assert journal.set_aside.read_bytes() == content

    def test_a_journal_that_was_never_completed_is_made_again(self, path: Path) -> None:
        """A kill in its first moment leaves a database with nothing in it and nobody's name on it."""
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.close()
        assert path.stat().st_size > 0

        with Journal.open(path) as journal:
            journal.begin(TERMS)
            assert (journal.last, journal.set_aside) == (TERMS, None)

    def test_a_record_that_cannot_be_read_any_more_is_asked_for_again(self, path: Path) -> None:
        """A disk that fails in the middle of a run costs requests, and not the run."""
        with Journal.open(written(path, audited("1"), audited("2"))) as journal:
            journal._connection.execute("UPDATE finished SET record = 'torn' WHERE organization = '1'")
            assert journal.recall("north", an_organization("1")) is None
            journal._connection.execute("DROP TABLE finished")
            assert journal.recall("north", an_organization("2")) is None

    def test_an_empty_file_is_a_new_journal(self, path: Path) -> None:
        """As `mktemp` makes one."""
        path.touch()

        with Journal.open(path) as journal:
            assert (journal.last, journal.set_aside) == (None, None)

    @pytest.mark.parametrize("damage", [truncated, overwritten])
    @pytest.mark.parametrize("seed", range(12))
    def test_a_damaged_journal_is_no_trap(
        self, path: Path, damage: Callable[[bytes, random.Random], bytes], seed: int
    ) -> None:
        """Either it is moved aside, or what it still tells is right."""
        rng = random.Random(seed)
        written(path, *(audited(str(number)) for number in range(60)))
        path.write_bytes(damage(path.read_bytes(), rng))

        with Journal.open(path) as journal:
            recalled = [journal.recall("north", an_organization(str(number))) for number in range(60)]
            if journal.set_aside is not None:
                assert journal.last is None
                assert recalled == [None] * 60
            assert all(one is None or one.pages == 2 for one in recalled)

    def test_damage_to_the_log_beside_it_costs_what_was_in_the_log(self, path: Path, tmp_path: Path) -> None:
        """A power cut may leave half of a transaction: it is as if it had not been."""
        with Journal.open(path) as journal:
            journal.begin(TERMS)
            journal.record(audited("1"))
            copy = tmp_path / "copy.journal"
            shutil.copy(path, copy)
            log = path.with_name(path.name + "-wal").read_bytes()
        copy.with_name("copy.journal-wal").write_bytes(log[: len(log) - 100])

        with Journal.open(copy) as journal:
            assert journal.recall("north", an_organization("1")) is None

    def test_a_full_disk_ends_the_journal_and_not_the_run(self, path: Path) -> None:
        """It is told once; what was kept until then stays."""
        told: list[str] = []
        with Journal.open(path) as journal:
            journal.begin(TERMS)
            journal.on_trouble = told.append
            journal._connection.execute("PRAGMA max_page_count = 4")
            for number in range(500):
                journal.record(audited(str(number)))
            kept = len(journal)

        assert 0 < kept < 500
        assert len(told) == 1
        assert "full" in told[0]
