from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from auditor.cli.commands.check import command
from auditor.cli.exit_codes import ExitCode, of_report
from auditor.engine.clock import utc_now
from auditor.errors import SettingsError
from auditor.judge.policy import Policy
from auditor.judge.verdict import Outcome, judge
from tests.judge.drawn import FEW
from tests.judge.reports import a_document, an_organization, failed, partial, skipped

EXAMPLE = Path(__file__).resolve().parents[2] / "config" / "policy.toml"
RULE = '[[rules]]\nid = "burning"\nfigure = "unused.unusedActive"\nmax = 0\n'
WARNING = f'{RULE}severity = "warning"\n'
WAIVER = (
    '[[waivers]]\nrule = "burning"\norganization = "*"\nreason = "r"\nowner = "o"\nexpires = 2026-03-01\n'
)
CLEAN = a_document(an_organization("1"))
BURNING = a_document(an_organization("1", {"unused.unusedActive": 3}))
BURNING_IN_PART = a_document(an_organization("1"), partial("2", {"unused.unusedActive": 3}))
UNASKED = a_document(an_organization("1", {"unused.unusedActive": 3, "unused.burning": None}))


def check(folder: Path, report: dict[str, Any] | bytes, policy: str | None = None, *options: str) -> Result:
    """The command run on *report* and *policy*, written to files."""
    path = folder / "report.json"
    path.write_bytes(report if isinstance(report, bytes) else orjson.dumps(report))
    if policy is not None:
        (folder / "policy.toml").write_text(policy)
        options = ("--policy", str(folder / "policy.toml"), *options)
    return CliRunner().invoke(command, [str(path), *options], standalone_mode=False)


@pytest.mark.parametrize("text", ["", "# to be written\n", "rules = []\n", WAIVER])
def test_a_policy_that_demands_nothing_is_refused(tmp_path: Path, text: str) -> None:
    """Whoever names a policy means one: an empty file would pass everything."""
    done = check(tmp_path, CLEAN, text)

    assert isinstance(done.exception, SettingsError)
    assert "policy.toml: demands nothing (give it [[rules]], or " in str(done.exception.problems[0])


def test_the_policy_is_not_overwritten_by_what_it_judges(tmp_path: Path) -> None:
    """The report may be: with its findings it is all that it was."""
    onto_policy = check(tmp_path, CLEAN, RULE, "--output", str(tmp_path / "policy.toml"))
    onto_report = check(tmp_path, CLEAN, RULE, "--output", str(tmp_path / "report.json"))

    assert isinstance(onto_policy.exception, SettingsError)
    assert (tmp_path / "policy.toml").read_text() == RULE
    assert onto_report.return_value == ExitCode.COMPLETE
    assert orjson.loads((tmp_path / "report.json").read_bytes())["verdict"]["outcome"] == "passed"


def test_a_policy_of_completeness_alone_is_one(tmp_path: Path) -> None:
    """It says that this is all that is wanted."""
    assert check(tmp_path, CLEAN, "[completeness]\nmax_skipped = 0\n").return_value == ExitCode.COMPLETE


@pytest.mark.parametrize(
    ("report", "policy", "options", "code"),
    [
        (CLEAN, None, (), ExitCode.COMPLETE),
        (CLEAN, RULE, (), ExitCode.COMPLETE),
        (BURNING, RULE, (), ExitCode.POLICY_FAILED),
        (BURNING, RULE + WAIVER, (), ExitCode.COMPLETE),
        (BURNING, RULE + WAIVER.replace("2026-03-01", "2026-02-28"), (), ExitCode.POLICY_FAILED),
        (BURNING, WARNING, (), ExitCode.COMPLETE),
        (BURNING, WARNING, ("--fail-on", "warning"), ExitCode.POLICY_FAILED),
        (BURNING_IN_PART, RULE, (), ExitCode.POLICY_FAILED),
        (a_document(an_organization("1"), failed()), None, (), ExitCode.INCOMPLETE),
        (a_document(an_organization("1"), partial()), RULE, (), ExitCode.INCOMPLETE),
        (UNASKED, RULE.replace("unused.unusedActive", "unused.burning.undated"), (), ExitCode.INCOMPLETE),
        (a_document(), RULE, (), ExitCode.NOTHING_AUDITED),
        (a_document(failed(), skipped()), RULE, (), ExitCode.NOTHING_AUDITED),
    ],
)
def test_the_exit_code_is_the_verdict(
    tmp_path: Path, report: dict[str, Any], policy: str | None, options: tuple[str, ...], code: ExitCode
) -> None:
    """1 certain, 3 not proven, 4 nothing there."""
    result = check(tmp_path, report, policy, *options)

    assert result.exception is None
    assert result.return_value is code


@pytest.mark.parametrize(
    ("report", "policy", "told"),
    [
        (CLEAN, RULE.replace("unusedActive", "unusedActiv"), "policy.toml:3: rules[0].figure: names nothing"),
        (BURNING, RULE + WAIVER.replace('owner = "o"\n', ""), "waivers[0].owner: is missing"),
        (
            BURNING,
            RULE.replace("unused.unusedActive", "expiring.within.7"),
            "the report has the windows 30,60,90",
        ),
        (BURNING, b"\xff", "is not UTF-8 text"),
        (b"{", RULE, "report.json: not JSON"),
        (b"{}", RULE, "not a report of auditor"),
    ],
)
def test_what_cannot_be_judged_is_a_mistake_of_the_user(
    tmp_path: Path, report: dict[str, Any] | bytes, policy: str | bytes, told: str
) -> None:
    """Exit code 2 in `main`; nothing is told on stdout, and nothing is waived."""
    if isinstance(policy, bytes):
        (tmp_path / "bad.toml").write_bytes(policy)
        result = check(tmp_path, report, None, "--policy", str(tmp_path / "bad.toml"))
    else:
        result = check(tmp_path, report, policy)

    assert isinstance(result.exception, SettingsError)
    assert told in str(result.exception)
    assert result.stdout == ""


@pytest.mark.parametrize("option", ["--policy", "--baseline"])
def test_a_file_that_is_not_there_is_told_by_its_option(tmp_path: Path, option: str) -> None:
    """A gate must not pass for a misspelled path."""
    result = check(tmp_path, CLEAN, None, option, str(tmp_path / "none"))

    assert str(result.exception).startswith(f"{option}: cannot read {tmp_path}/none: no such file")


def test_stdin_is_read_for_a_dash() -> None:
    """`auditor run | auditor check -`."""
    result = CliRunner().invoke(command, ["-"], input=orjson.dumps(CLEAN), standalone_mode=False)

    assert result.return_value is ExitCode.COMPLETE


def test_the_judged_report_is_written_also_where_it_failed(tmp_path: Path) -> None:
    """It is what renderings are made of; the report that was judged stays as it is."""
    target = tmp_path / "judged.json"

    result = check(tmp_path, BURNING, RULE, "--output", str(target))

    judged = orjson.loads(target.read_bytes())
    assert result.return_value is ExitCode.POLICY_FAILED
    assert [one["rule"] for one in judged["findings"]] == ["burning"]
    assert judged["verdict"]["outcome"] == "failed"
    assert judged["totals"] == BURNING["totals"]
    assert orjson.loads((tmp_path / "report.json").read_bytes()) == BURNING


@pytest.mark.parametrize(("report", "code"), [(BURNING, ExitCode.POLICY_FAILED), (CLEAN, ExitCode.USAGE)])
def test_a_full_disk_hides_no_broken_rule(tmp_path: Path, report: dict[str, Any], code: ExitCode) -> None:
    """The verdict is given all the same, and counts; only where all is well does the lost file."""
    result = check(tmp_path, report, RULE, "--output", "/dev/full")

    assert result.return_value == code
    assert "cannot be written" in result.stderr
    assert result.stdout


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    ("report", "stdout", "code"),
    [
        (BURNING, "closed", ExitCode.POLICY_FAILED),
        (CLEAN, "closed", ExitCode.COMPLETE),
        (BURNING, "/dev/full", ExitCode.POLICY_FAILED),
        (CLEAN, "/dev/full", ExitCode.USAGE),
    ],
)
def test_a_stdout_that_takes_nothing_hides_no_verdict(
    report: dict[str, Any], stdout: str, code: ExitCode, form: str, tmp_path: Path
) -> None:
    """Where the reader left, as `head` does, the verdict alone is the exit code."""
    reading, writing = os.pipe()
    os.close(reading)
    (tmp_path / "report.json").write_bytes(orjson.dumps(report))
    (tmp_path / "policy.toml").write_text(RULE)
    words = ["check", "report.json", "--policy", "policy.toml", "--format", form]
    root = str(EXAMPLE.parents[1])

    with os.fdopen(writing, "wb") if stdout == "closed" else Path(stdout).open("wb") as stream:
        done = subprocess.run(  # noqa: S603 - our own code
            [sys.executable, "-m", "auditor", *words],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": root, "XDG_STATE_HOME": str(tmp_path)},
            stdout=stream,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert done.returncode == code, done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


def test_stdout_is_for_the_verdict(tmp_path: Path) -> None:
    """Two documents in one stream would be none."""
    result = check(tmp_path, BURNING, RULE, "--output", "-")

    assert "stdout has the verdict" in str(result.exception)


def test_json_has_the_findings_as_a_report_has_them(tmp_path: Path) -> None:
    """One shape everywhere, and the exit code beside it."""
    result = check(tmp_path, BURNING, RULE, "--format", "json", "--output", str(tmp_path / "judged.json"))

    told, judged = orjson.loads(result.stdout), orjson.loads((tmp_path / "judged.json").read_bytes())
    assert told["findings"] == judged["findings"]
    assert told["exitCode"] == result.return_value == 1
    assert {key: told[key] for key in judged["verdict"]} == judged["verdict"]
    assert told["completeness"] == BURNING["completeness"]


def test_text_shows_no_control_characters(tmp_path: Path) -> None:
    """Names come from the API, and terminals obey."""
    report = a_document(an_organization("1", {"unused.unusedActive": 3}, name="a\x1b[2Jb"))

    result = check(tmp_path, report, RULE)

    assert "\x1b" not in result.stdout
    assert "a?[2Jb (1, acme)" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("FAILED: 1 error")


def test_a_baseline_leaves_only_what_is_new(tmp_path: Path) -> None:
    """And is warned about where it is the newer one."""
    baseline = tmp_path / "baseline.json"
    baseline.write_bytes(orjson.dumps(BURNING))
    newer = tmp_path / "newer.json"
    newer.write_bytes(orjson.dumps(BURNING | {"asOf": "2026-09-01T00:00:00Z"}))

    result = check(tmp_path, BURNING, RULE, "--baseline", str(baseline))
    warned = check(tmp_path, BURNING, RULE, "--baseline", str(newer))

    assert (result.return_value, result.stderr) == (ExitCode.COMPLETE, "")
    assert warned.stderr == (
        "auditor: warning: the baseline (2026-09-01T00:00:00Z) is newer than the report"
        " (2026-03-01T12:00:00Z)\n"
    )


def test_the_ready_made_policy_judges_a_clean_fleet_clean(tmp_path: Path) -> None:
    """And finds what it says that it finds."""
    dark = a_document(
        an_organization("1", {"dark.soonest": "2026-03-20T00:00:00Z", "unused.unusedActive": 1})
    )

    clean = check(tmp_path, CLEAN, EXAMPLE.read_text())
    failing = check(tmp_path, dark, EXAMPLE.read_text(), "--format", "json")

    assert clean.return_value is ExitCode.COMPLETE
    assert {one["rule"]: one["severity"] for one in orjson.loads(failing.stdout)["findings"]} == {
        "dark-soon": "error",
        "burning-unused": "warning",
    }


@FEW
@given(st.lists(st.sampled_from([an_organization(), partial(), failed(), skipped()]), max_size=3))
def test_run_and_check_agree_on_what_nothing_is(blocks: list[dict[str, Any]]) -> None:
    """The exit code 4 means the same from both."""
    report = a_document(*({**block, "id": str(place)} for place, block in enumerate(blocks)))

    verdict = judge(report, Policy())

    assert (verdict.outcome is Outcome.NOTHING_AUDITED) is (of_report(report) is ExitCode.NOTHING_AUDITED)


def test_a_report_that_was_emptied_by_hand_is_refused(tmp_path: Path) -> None:
    """Its counts still say that something was audited, and no rule would find anything to fail."""
    done = check(tmp_path, {**CLEAN, "organizations": []}, RULE)

    assert isinstance(done.exception, SettingsError)
    (problem,) = done.exception.problems
    assert "report.json: contradicts itself: completeness.organizations.selected is 1" in str(problem)
    assert "give a report of auditor run" in str(problem)


@pytest.mark.parametrize(
    ("as_of", "finished", "refusal"),
    [
        (1, 1, None),
        (35, 1, None),
        (37, 1, "37.0 h old; max_age of the policy is 36.0 h"),
        (1, 37, "37.0 h old"),
        (-40, 40, "40.0 h old"),
        (-37, -37, "ahead of this machine's clock"),
    ],
)
def test_a_report_that_is_too_old_is_refused(
    tmp_path: Path, as_of: int, finished: int, refusal: str | None
) -> None:
    """Yesterday's file may be there for want of one of today; so may one that a wrong clock keeps young."""
    at = [(utc_now() - timedelta(hours=hours)).isoformat() for hours in (as_of, finished)]
    report = {**CLEAN, "asOf": at[0], "run": {**CLEAN["run"], "finishedAt": at[1]}}

    done = check(tmp_path, report, f'[completeness]\nmax_age = "36h"\n{RULE}')

    if refusal is None:
        assert done.return_value is ExitCode.COMPLETE
    else:
        assert isinstance(done.exception, SettingsError)
        (problem,) = done.exception.problems
        assert refusal in str(problem)
        assert "report.json" in str(problem)
        assert "audit again" in str(problem)


@pytest.mark.parametrize("age", ['"yesterday"', "0", "-1", '"0h"'])
def test_an_age_is_a_duration(tmp_path: Path, age: str) -> None:
    """A mistake in it refuses nothing for good, and so is refused."""
    done = check(tmp_path, CLEAN, f"[completeness]\nmax_age = {age}\n{RULE}")

    assert isinstance(done.exception, SettingsError)
    assert "completeness.max_age" in str(done.exception.problems[0])
