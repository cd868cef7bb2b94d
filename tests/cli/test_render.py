from __future__ import annotations

import io
import sys
from pathlib import Path

import orjson
import pytest

from auditor.cli import main
from auditor.cli.exit_codes import ExitCode
from auditor.render import formats
from auditor.render.formats import FORMATS
from auditor.report.reading import read_report
from auditor.report.to_json import to_json
from tests.render.documents import a_finding, a_fleet
from tests.report.evidences import a_report, a_result


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command is known by its name."""
    monkeypatch.setitem(main.COMMANDS, "render", "Write a report in another format.")


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A report that somebody judged, in a file."""
    path = tmp_path / "report.json"
    path.write_bytes(orjson.dumps(a_fleet([a_finding(severity="warning")])))
    return path


def render(*arguments: object) -> int:
    """Run the command; its exit code."""
    return main.exit_code_of(["render", *map(str, arguments)])


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_written_to_a_file(name: str, report: Path, tmp_path: Path) -> None:
    """Whole, under the name that was given; the exit code is 0, for rendering judges nothing."""
    target = tmp_path / "out"

    assert render(report, "--to", name, "--output", target) == ExitCode.COMPLETE
    assert target.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "report.json"]


def test_a_page_does_not_take_the_place_of_its_report(report: Path, tmp_path: Path) -> None:
    """By any name: the figures would be gone."""
    link = tmp_path / "link.html"
    link.symlink_to(report)
    before = report.read_bytes()

    assert render(report, "--to", "html", "--output", report) == ExitCode.USAGE
    assert render(report, "--to", "html", "--output", link) == ExitCode.USAGE
    assert report.read_bytes() == before


def test_files_of_tenants_do_not_take_the_place_of_what_is_read_or_written(tmp_path: Path) -> None:
    """The report that is split may lie in the folder, as long as it has a name of its own."""
    fleet = read_report(to_json(a_report(a_result("501", tenant="acme"))))
    tenant = "acme"
    for name, code in ((f"{tenant}.json", ExitCode.USAGE), ("night.json", ExitCode.COMPLETE)):
        path = tmp_path / name
        path.write_bytes(orjson.dumps(fleet))
        assert render(path, "--per-tenant", tmp_path) == code

    page = tmp_path / f"{tenant}.html"
    assert (
        render(tmp_path / "night.json", "--to", "html", "-o", page, "--per-tenant", tmp_path)
        == ExitCode.USAGE
    )


def test_stdout_is_the_default_and_stdin_is_a_report(
    report: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it stands in a pipe; nothing else goes to stdout."""
    assert render(report, "--to", "gitlab") == ExitCode.COMPLETE
    from_file = capfdbinary.readouterr()

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(report.read_bytes())))
    assert render("-", "--to", "gitlab") == ExitCode.COMPLETE
    piped = capfdbinary.readouterr()

    assert [one["severity"] for one in orjson.loads(from_file.out)] == ["major"] * 3
    assert [one["location"]["path"] for one in orjson.loads(piped.out)] == ["report.json"] * 3
    assert from_file.err == b""


def test_formats_about_findings_note_that_nobody_judged(
    report: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """On stderr; the others have nothing to say about it."""
    report.write_bytes(orjson.dumps(a_fleet()))

    for name, one in FORMATS.items():
        assert render(report, "--to", name, "-o", report.with_name("out")) == ExitCode.COMPLETE
        assert ("judge it first" in capfd.readouterr().err) is one.tells_findings


@pytest.mark.parametrize("name", ["gitlab", "sarif"])
def test_a_masked_report_is_not_told_by_the_name_of_its_file(name: str, tmp_path: Path) -> None:
    """It may be that of a customer."""
    report, target = tmp_path / "brindlewick.json", tmp_path / "out"
    report.write_bytes(orjson.dumps(a_fleet([a_finding(severity="warning")])))

    assert render(report, "--to", name, "--redact", "--output", target) == ExitCode.COMPLETE

    assert b"report.json" in target.read_bytes()
    assert b"brindlewick" not in target.read_bytes()


def test_paths_are_relative_to_where_one_stands(
    report: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Platforms look for the file in the repository; elsewhere its name has to do."""
    monkeypatch.chdir(report.parent.parent)
    render(report, "--to", "gitlab")
    inside = orjson.loads(capfdbinary.readouterr().out)
    (report.parent / "elsewhere").mkdir()
    monkeypatch.chdir(report.parent / "elsewhere")
    render(report, "--to", "gitlab")
    outside = orjson.loads(capfdbinary.readouterr().out)

    assert inside[0]["location"]["path"] == f"{report.parent.name}/report.json"
    assert outside[0]["location"]["path"] == "report.json"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"{}", "it has no schemaVersion"),
        (b"<html>", "not JSON"),
        (b'{"schemaVersion": "2.0"}', "version 2.0"),
    ],
)
def test_what_is_no_report_is_told(
    text: bytes, reason: str, report: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """With the file's name, and without its content."""
    report.write_bytes(text)

    assert render(report, "--to", "csv") == ExitCode.USAGE
    told = capfd.readouterr()
    assert told.out == ""
    assert str(report) in told.err
    assert reason in told.err


def test_a_missing_report_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """As a mistake of the user's, not as a defect."""
    assert render(tmp_path / "none.json", "--to", "csv") == ExitCode.USAGE
    assert "cannot read" in capfd.readouterr().err


def test_an_unknown_format_names_those_there_are(report: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Nobody has to look them up."""
    assert render(report, "--to", "pdf") == ExitCode.USAGE
    told = capfd.readouterr().err
    assert all(f"'{name}'" in told for name in FORMATS)


def test_an_unwritable_output_is_found_first(report: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Before the report is even read; and what was there stays."""
    assert render("missing.json", "--to", "csv", "-o", report.parent / "none" / "x") == ExitCode.USAGE
    assert "does not exist" in capfd.readouterr().err


def test_a_missing_package_tells_how_to_install_it(
    report: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the extra's name."""

    def importing(_name: str) -> None:
        raise ModuleNotFoundError(name="xlsxwriter")

    monkeypatch.setattr(formats, "import_module", importing)

    assert render(report, "--to", "xlsx", "-o", report.with_name("x.xlsx")) == ExitCode.USAGE
    assert "pip install 'auditor[xlsx]'" in capfd.readouterr().err
    assert not report.with_name("x.xlsx").exists()


def test_a_workbook_is_not_shown_on_a_terminal(
    report: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its bytes would garble it."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    assert render(report, "--to", "xlsx") == ExitCode.USAGE
    assert "give --output FILE" in capfd.readouterr().err


def test_the_help_lists_the_formats(capfd: pytest.CaptureFixture[str]) -> None:
    """Each with what it is for."""
    assert render("--help") == ExitCode.COMPLETE
    told = capfd.readouterr().out
    assert all(one.summary in told for one in FORMATS.values())
