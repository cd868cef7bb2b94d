from __future__ import annotations

import stat
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.cli.per_tenant import check_directory, delivery_lines, file_stem, write_per_tenant
from auditor.domain.finding import Severity
from auditor.errors import SettingsError
from auditor.judge.policy import Policy
from auditor.judge.tenants import Policies, judge_by
from auditor.judge.verdict_json import judged_report, verdict_block
from auditor.render.formats import Format, MissingExtraError
from auditor.report.reading import Document, read_report
from auditor.report.split import split
from auditor.report.to_json import to_json
from tests.judge.reports import a_policy
from tests.report.evidences import a_report, a_result
from tests.report.plantings import TENANTS, a_planted_report, names_of, words_of

SALT = b"salt of a test, long enough"
ODD = (
    "a/b",
    "..",
    ".",
    "",
    "A",
    "a",
    "N" * 500,
    "北辰物流",
    "con",
    "nul.txt",
    "a\x00b",
    "-",
    "é",
    "e\u0301",
    "\ud800",
)
"""Names that no file should have."""


def a_report_of(*tenants: str) -> Document:
    """The report on an organization of each of *tenants*."""
    owned = [a_result(str(500 + number), tenant=tenant) for number, tenant in enumerate(tenants)]
    return read_report(to_json(a_report(*owned)))


def names_in(folder: Path) -> list[str]:
    """What is in *folder*."""
    return sorted(path.name for path in folder.iterdir())


def test_every_tenant_has_a_report_and_a_page(tmp_path: Path) -> None:
    """The report is that of the tenant alone, the page is of it."""
    report = a_planted_report(*TENANTS)

    delivery = write_per_tenant(report, str(tmp_path / "out"))

    assert [one.tenant for one in delivery.written] == sorted(TENANTS)
    parts = dict(split(report))
    for one in delivery.written:
        assert one.report.read_bytes() == to_json(parts[one.tenant])
        assert one.page is not None
        assert words_of(one.tenant)[1] in one.page.read_text()
    assert len(names_in(tmp_path / "out")) == 2 * len(TENANTS)


def test_nothing_of_another_tenant_is_in_the_files(tmp_path: Path) -> None:
    """Names of files included."""
    delivery = write_per_tenant(a_planted_report(*TENANTS), str(tmp_path))

    for one in delivery.written:
        others = [word for other in TENANTS if other != one.tenant for word in words_of(other)]
        for path in (one.report, one.page):
            assert path is not None
            text = path.name.encode() + path.read_bytes()
            assert [word for word in others if word.encode() in text] == []


def test_a_tenant_gets_the_verdict_by_its_own_policy(tmp_path: Path) -> None:
    """And no other one does; masked, the tenant's name is gone from it as well."""
    report = a_report_of("Quixor", "Vantrell")
    policies = Policies(Policy(), {"Quixor": a_policy('id = "r"\nfigure = "licenses.total"\nmin = 9')})
    verdicts = judge_by(policies, report, fail_on=Severity.ERROR)
    judged = judged_report(report, verdicts.together)
    own = {tenant: verdict_block(one) for tenant, one in verdicts.own.items()}

    plain = write_per_tenant(judged, str(tmp_path / "plain"), verdicts=own)
    masked = write_per_tenant(judged, str(tmp_path / "masked"), verdicts=own, salt=SALT)

    for delivery in (plain, masked):
        told = {one.tenant: read_report(one.report.read_bytes()) for one in delivery.written}
        assert told["Vantrell"]["verdict"] is None
        assert told["Quixor"]["verdict"]["outcome"] == "failed"
        assert [one["id"] for one in told["Quixor"]["verdict"]["rules"]] == ["r"]
    texts = [path.read_text() for path in (tmp_path / "masked").iterdir()]
    assert not [text for text in texts if "Quixor" in text or "Vantrell" in text]


def test_with_a_salt_nothing_is_left_of_any_tenant(tmp_path: Path) -> None:
    """Not even in the names of files; the person who sends them is told whose they are."""
    delivery = write_per_tenant(a_planted_report(*TENANTS), str(tmp_path), salt=SALT)
    lines = "\n".join(delivery_lines(delivery, is_masked=True, is_terminal=True))

    planted = [word.encode() for tenant in TENANTS for word in names_of(tenant)]
    for path in tmp_path.iterdir():
        text = path.name.encode() + path.read_bytes()
        assert [word for word in planted if word in text] == []
    for one in delivery.written:
        assert f"{one.report.stem}: {one.tenant}" in lines


def test_a_log_is_not_told_whose_masked_files_are(tmp_path: Path) -> None:
    """Nor what older files are called: it is read by others than the person who sends them."""
    write_per_tenant(a_report_of("acme"), str(tmp_path))

    delivery = write_per_tenant(a_report_of("acme", "north"), str(tmp_path), salt=SALT)

    assert list(delivery_lines(delivery, is_masked=True, is_terminal=False)) == [
        f"  per tenant: 2 in {tmp_path}",
        "  not written by this run, and left there: 2",
    ]


def test_the_folder_is_private_and_an_older_one_is_left_as_it_is(tmp_path: Path) -> None:
    """Reports of customers are nobody else's."""
    (tmp_path / "old").mkdir(mode=0o755)

    for name, mode in (("new", 0o700), ("old", 0o755)):
        write_per_tenant(a_report_of("acme"), str(tmp_path / name))
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == mode


def test_pages_are_left_out_where_they_are_not_wanted(tmp_path: Path) -> None:
    """Then what renders them need not be installed."""
    (written,) = write_per_tenant(a_report_of("acme"), str(tmp_path), with_html=False).written

    assert written.page is None
    assert names_in(tmp_path) == ["acme.json"]


def test_files_are_replaced_and_those_of_the_gone_are_left_and_told(tmp_path: Path) -> None:
    """A customer's last report is not deleted behind anybody's back."""
    write_per_tenant(a_report_of("acme", "north"), str(tmp_path))
    (tmp_path / "notes.txt").touch()

    delivery = write_per_tenant(a_report_of("acme"), str(tmp_path), with_html=False)

    assert [path.name for path in delivery.strays] == ["acme.html", "north.html", "north.json"]
    assert names_in(tmp_path) == ["acme.html", "acme.json", "north.html", "north.json", "notes.txt"]
    assert list(delivery_lines(delivery, is_masked=False, is_terminal=False)) == [
        f"  per tenant: 1 in {tmp_path}",
        "  not written by this run, and left there: acme.html, north.html, north.json",
    ]


def test_many_strays_are_told_by_number(tmp_path: Path) -> None:
    """A line stays a line; control characters are not obeyed."""
    for number in range(5):
        (tmp_path / f"{number}\x1b.json").touch()

    delivery = write_per_tenant(a_report_of("acme"), str(tmp_path), with_html=False)

    line = list(delivery_lines(delivery, is_masked=False, is_terminal=False))[-1]
    assert line.endswith("left there: 0?.json, 1?.json, 2?.json and 2 more")


def test_a_report_without_tenants_makes_no_folder(tmp_path: Path) -> None:
    """There is nothing to put into it."""
    delivery = write_per_tenant(a_report_of(), str(tmp_path / "out"))

    assert (delivery.written, delivery.strays) == ((), ())
    assert not (tmp_path / "out").exists()


def test_odd_names_have_files_of_their_own(tmp_path: Path) -> None:
    """In the folder, none above it, and none twice, where case does not count either."""
    tenants = [one for one in ODD if one and one != "\ud800"]  # no report has these

    delivery = write_per_tenant(a_report_of(*tenants), str(tmp_path / "out"), with_html=False)

    assert len({path.casefold() for path in names_in(tmp_path / "out")}) == len(tenants)
    assert names_in(tmp_path) == ["out"]
    for one in delivery.written:
        (organization,) = read_report(one.report.read_bytes())["organizations"]
        assert organization["tenant"] == one.tenant


@pytest.mark.parametrize("name", ["acme", "north-2", "a", "0", "branch_7.west"])
def test_plain_names_stand_for_themselves(name: str) -> None:
    """So that a file is found by it."""
    assert file_stem(name) == name


@given(st.lists(st.sampled_from(ODD) | st.text() | st.text("aA./-_0", max_size=4), unique=True))
def test_stems_are_safe_and_no_two_tenants_share_one(tenants: list[str]) -> None:
    """On any file system; and each depends on its own tenant alone."""
    stems = [file_stem(one) for one in tenants]

    assert len(set(stems)) == len(tenants)
    for stem in stems:
        assert stem == stem.lower()
        assert stem.isascii()
        assert len(stem) <= 64
        assert stem[0].isalnum() or stem[0] == "_"
        assert not set(stem) - set("abcdefghijklmnopqrstuvwxyz0123456789_.-")


def test_a_name_like_one_that_was_made_safe_is_made_safe_as_well() -> None:
    """Nobody can name a tenant so that it takes another one's file."""
    made = file_stem("A")

    assert made.startswith("a-")
    assert file_stem(made) != made


def test_a_missing_package_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the extra's name."""

    def load(_: Format) -> NoReturn:
        raise MissingExtraError("jinja2", extra="html")

    monkeypatch.setattr(Format, "load", load)

    with pytest.raises(SettingsError, match=r"--per-tenant: .*pip install 'auditor\[html\]'"):
        write_per_tenant(a_report_of("acme"), str(tmp_path / "out"))
    assert names_in(tmp_path) == []


def test_a_report_of_the_first_version_is_told(tmp_path: Path) -> None:
    """As a mistake of the user's, not as a defect."""
    with pytest.raises(SettingsError, match=r"--per-tenant: .*version 1\.0.*audit anew"):
        write_per_tenant({**a_report_of("acme"), "forecast": None}, str(tmp_path))


def test_a_file_that_cannot_be_written_is_told_by_its_name(tmp_path: Path) -> None:
    """And by the option that asked for it."""
    (tmp_path / "acme.json" / "x").mkdir(parents=True)

    with pytest.raises(SettingsError, match=rf"--per-tenant {tmp_path}/acme\.json: cannot be written"):
        write_per_tenant(a_report_of("acme"), str(tmp_path), with_html=False)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """Should it have become so since it was checked."""
    with pytest.raises(SettingsError, match=r"--per-tenant: .*cannot be made"):
        write_per_tenant(a_report_of("acme"), str(tmp_path / "none" / "out"))


def test_a_folder_is_checked_before_anything_is_fetched(tmp_path: Path) -> None:
    """One that is there, and one that is to be made; neither is touched."""
    check_directory(str(tmp_path))
    check_directory(str(tmp_path / "new"))

    assert names_in(tmp_path) == []


def test_no_folder_is_no_good(tmp_path: Path) -> None:
    """A file, one below a missing one, and none at all."""
    (tmp_path / "file").touch()

    with pytest.raises(SettingsError, match=r"--per-tenant: .*file is no folder"):
        check_directory(str(tmp_path / "file"))
    with pytest.raises(SettingsError, match=f"make it first: mkdir -p {tmp_path}/none"):
        check_directory(str(tmp_path / "none" / "new"))
    with pytest.raises(SettingsError, match="cannot be used"):
        check_directory("nu\0l")
