from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import orjson
import pytest
from click.testing import CliRunner, Result

from auditor.cli.commands.diff import command
from auditor.errors import SettingsError
from tests.judge.reports import a_document, an_organization

OLD = a_document(an_organization("1"))
NEW = a_document(an_organization("1", {"unused.unused": 2}, name="a\x1bb"), asOf="2026-03-02T12:00:00Z")


def diff(folder: Path, old: Any, new: Any, *options: str) -> Result:
    """The command run on two reports, written to files."""
    (folder / "old.json").write_bytes(orjson.dumps(old))
    (folder / "new.json").write_bytes(orjson.dumps(new))
    paths = [str(folder / "old.json"), str(folder / "new.json")]
    return CliRunner().invoke(command, [*paths, *options], standalone_mode=False)


@pytest.mark.parametrize(
    ("new", "options", "code"),
    [(NEW, (), 0), (NEW, ("--exit-code",), 1), (OLD, (), 0), (OLD, ("--exit-code",), 0)],
)
def test_the_exit_code_tells_a_change_only_when_asked(
    tmp_path: Path, new: Any, options: tuple[str, ...], code: int
) -> None:
    """A change is no failure."""
    assert diff(tmp_path, OLD, new, *options).return_value == code


def test_text_shows_no_control_characters(tmp_path: Path) -> None:
    """Names come from the API, and terminals obey."""
    result = diff(tmp_path, OLD, NEW)

    assert "  a?b (1, acme)  unused.unused  0  2  +2" in result.stdout.splitlines()
    assert result.stdout.endswith("\nchanged\n")


def test_json_and_markdown_hold_the_same_change(tmp_path: Path) -> None:
    """For a program, and for a page."""
    as_json = diff(tmp_path, OLD, NEW, "--format", "json")
    as_markdown = diff(tmp_path, OLD, NEW, "--format", "markdown")

    told = orjson.loads(as_json.stdout)
    assert told["schemaVersion"] == "1.0"
    assert (told["old"]["asOf"], told["new"]["asOf"]) == ("2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z")
    assert [one["figure"] for one in told["counts"]] == ["unused.unused"]
    assert "| a?b (1, acme) | unused.unused | 0 | 2 | +2 |" in as_markdown.stdout.splitlines()


def test_one_side_may_come_from_stdin(tmp_path: Path) -> None:
    """Not both: it holds one report."""
    path = tmp_path / "old.json"
    path.write_bytes(orjson.dumps(OLD))

    one = CliRunner().invoke(command, [str(path), "-"], input=orjson.dumps(OLD), standalone_mode=False)
    both = CliRunner().invoke(command, ["-", "-"], input=orjson.dumps(OLD), standalone_mode=False)

    assert (one.return_value, one.stdout.splitlines()[-1]) == (0, "nothing changed")
    assert isinstance(both.exception, click.UsageError)


@pytest.mark.parametrize(
    ("new", "told"), [([], "not a report of auditor"), ({"schemaVersion": "2.0"}, "version 2.0")]
)
def test_what_is_no_report_is_refused_by_name(tmp_path: Path, new: Any, told: str) -> None:
    """Nothing is compared then."""
    result = diff(tmp_path, OLD, new)

    assert isinstance(result.exception, SettingsError)
    assert f"{tmp_path}/new.json: " in str(result.exception)
    assert told in str(result.exception)
