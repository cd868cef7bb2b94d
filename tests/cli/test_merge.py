from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import orjson
import pytest
from click.testing import CliRunner, Result

from auditor.cli.commands.merge import command
from auditor.cli.exit_codes import ExitCode
from auditor.cli.salting import salt_of
from auditor.domain.result import OrganizationResult
from auditor.domain.shard import Shard
from auditor.errors import SettingsError
from auditor.judge.policy import Policy
from auditor.judge.verdict import judge
from auditor.judge.verdict_json import judged_report
from auditor.report.reading import read_report
from auditor.report.to_json import to_json
from tests.report.evidences import SERVER, a_co_term_result, a_report, a_result

RESULTS = [a_result("1"), a_result("2"), a_co_term_result("3")]
PAGES = {"1": 1, "2": 1, "3": 1}
NAMES = ["1.json", "2.json", "3.json"]


def write_parts(folder: Path, results: list[OrganizationResult] = RESULTS) -> list[Path]:
    """The reports of three parts of *results*, one organization in each."""
    paths = [folder / name for name in NAMES]
    for index, path in enumerate(paths, 1):
        shard = Shard(index, 3, PAGES)
        report = a_report(*(one for one in results if shard.takes(one.organization.id)), seen=len(results))
        report["run"] |= {"shard": str(shard), "spread": shard.spread}
        path.write_bytes(to_json(report))
    return paths


def merge(*arguments: Any, stdin: bytes = b"") -> Result:
    """The command run on *arguments*."""
    return CliRunner().invoke(command, list(map(str, arguments)), input=stdin, standalone_mode=False)


def lasting(text: bytes) -> bytes:
    """What does not differ from run to run."""
    return to_json({k: v for k, v in orjson.loads(text).items() if k not in {"run", "traffic"}})


@pytest.mark.parametrize(
    ("results", "code"),
    [
        (RESULTS, ExitCode.COMPLETE),
        ([*RESULTS[:2], a_result("3", [], ending=SERVER)], ExitCode.INCOMPLETE),
        ([a_result(one, [], ending=SERVER) for one in "123"], ExitCode.NOTHING_AUDITED),
    ],
)
def test_the_report_is_that_of_a_single_run(
    tmp_path: Path, results: list[OrganizationResult], code: ExitCode
) -> None:
    """On stdout, with the exit code that it calls for and its summary beside it."""
    paths = write_parts(tmp_path, results)

    result = merge(*paths)

    assert lasting(result.stdout_bytes) == lasting(to_json(a_report(*results)))
    assert result.return_value == code
    assert result.stderr.startswith("3 organizations as of 2026-03-01T12:00:00Z: ")


def test_the_report_goes_where_it_is_wanted(tmp_path: Path) -> None:
    """Into a file; one of the parts may come from stdin."""
    first, second, third = write_parts(tmp_path)
    target = tmp_path / "whole.json"

    result = merge(first, "-", third, "--output", target, stdin=second.read_bytes())

    assert (result.return_value, result.stdout) == (ExitCode.COMPLETE, "")
    assert read_report(target.read_bytes())["completeness"]["complete"] is True


def test_stdin_holds_one_part(tmp_path: Path) -> None:
    """Not two."""
    (first, *_) = write_parts(tmp_path)

    assert isinstance(merge(first, "-", "-").exception, click.UsageError)


def test_parts_are_refused_by_their_files(tmp_path: Path) -> None:
    """All of them at once, with what to do, and the last report stays."""
    first, second, _ = write_parts(tmp_path)
    target = tmp_path / "whole.json"
    target.write_text("the last one")

    twice, missing = merge(first, second, second, "-o", target), merge(first, second, "-o", target)

    assert isinstance(twice.exception, SettingsError)
    assert str(twice.exception) == f"merge: part 2/3 ({second}) and part 2/3 ({second}) are the same part"
    assert str(missing.exception) == (
        "merge: part 3/3 is missing (give its report as well, or --allow-missing)"
    )
    assert target.read_text() == "the last one"


def test_what_is_no_report_is_refused(tmp_path: Path) -> None:
    """By its name."""
    first, second, third = write_parts(tmp_path)
    second.write_text("{}")

    assert f"{second}: not a report of auditor" in str(merge(first, second, third).exception)


def test_a_part_may_be_missing_where_that_is_said(tmp_path: Path) -> None:
    """The report tells it, and so does the code."""
    first, _, third = write_parts(tmp_path)

    result = merge(third, first, "--allow-missing")

    report = orjson.loads(result.stdout_bytes)
    assert result.return_value == ExitCode.INCOMPLETE
    assert report["completeness"]["organizations"]["selected"] == 2
    assert "ended early: part 2/3 is missing" in result.stderr


def test_a_verdict_on_a_part_is_left_out_aloud(tmp_path: Path) -> None:
    """It is none on the whole."""
    paths = write_parts(tmp_path)
    plain = merge(*paths)
    part = read_report(paths[1].read_bytes())
    paths[1].write_bytes(to_json(judged_report(part, judge(part, Policy()))))

    result = merge(*paths)

    assert result.stdout_bytes == plain.stdout_bytes
    assert "judge the joined report with auditor check" in result.stderr
    assert "judge" not in plain.stderr


def test_a_target_that_cannot_be_written_is_told_first(tmp_path: Path) -> None:
    """Before anything is read."""
    result = merge(tmp_path / "none.json", "-o", tmp_path / "no" / "whole.json")

    assert "the folder" in str(result.exception)


def test_a_part_is_not_overwritten(tmp_path: Path) -> None:
    """It could not be joined again."""
    first, second, third = write_parts(tmp_path)
    before = second.read_bytes()

    assert f"--output: would overwrite {second}, which PART names" in str(
        merge(first, second, third, "-o", second).exception
    )
    assert second.read_bytes() == before


def test_a_part_is_not_masked_in_a_way_of_its_own() -> None:
    """Nobody could join it with the others: that is told before anything is fetched."""
    with pytest.raises(SettingsError, match="AUDITOR_REDACT_SALT: parts that are masked each in its own way"):
        salt_of({}, is_of_part=True)

    assert salt_of({"AUDITOR_REDACT_SALT": "s" * 40}, is_of_part=True) == b"s" * 40
