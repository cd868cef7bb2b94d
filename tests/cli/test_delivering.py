from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

import orjson
import pytest

from auditor.cli import delivering, per_tenant
from auditor.cli.attempts import MAX_PROBLEMS, Attempts
from auditor.cli.delivering import Delivered, take_orders
from auditor.cli.exit_codes import ExitCode
from auditor.cli.gate import Gate
from auditor.errors import Problem, SettingsError
from auditor.history.history import History
from auditor.render import formats
from auditor.report.to_json import ReportText, to_piece
from auditor.settings.model import OutputSettings, PolicySettings, Settings, TenantSettings
from tests.history.runs import a_run, an_organization

STRICT = '[[rules]]\nid = "none"\nfigure = "licenses.total"\nscope = "total"\nmax = 0\n'
SALT = "0123456789abcdef0123456789abcdef"


def a_text(*organizations: Any) -> ReportText:
    """The report of a complete run, as the run hands it out."""
    report = a_run(0, *(organizations or (an_organization("1"), an_organization("2", tenant="north"))))
    return ReportText({**report, "organizations": []}, [to_piece(one) for one in report["organizations"]])


@dataclass(frozen=True)
class Wanted:
    """A run's settings that want everything into one folder; *report* and *page* may lie elsewhere."""

    folder: Path
    report: str = ""
    page: str = ""
    is_masked: bool = False
    policy: str | None = None

    def settings(self) -> Settings:
        """With a policy, where there is one, that is written beside the folder."""
        policy = self.folder.parent / "policy.toml"
        policy.write_text(self.policy or "")
        self.folder.mkdir(exist_ok=True)
        return Settings(
            tenants=(TenantSettings(name="acme", api_key_env="A"),),
            policy=PolicySettings(file=str(policy) if self.policy else None),
            output=OutputSettings(
                report=self.report or str(self.folder / "r.json"),
                renderings=(
                    f"html={self.page or self.folder / 'r.html'}",
                    f"csv={self.folder / 'r.csv'}",
                ),
                history=str(self.folder / "h.db"),
                per_tenant=str(self.folder / "customers"),
                redact=self.is_masked,
            ),
        )

    def carry_out(self, code: ExitCode = ExitCode.COMPLETE) -> Delivered:
        """Deliver the report of a run that ended with *code*."""
        return take_orders(self.settings(), log_format="text").carry_out(a_text(), code)

    @property
    def names(self) -> set[str]:
        """What lies in the folder, and in that of customers."""
        return {str(one.relative_to(self.folder)) for one in self.folder.rglob("*") if one.is_file()}

    @property
    def runs(self) -> int:
        """How many the history has."""
        with History.open(self.folder / "h.db") as history:
            return len(history)


CUSTOMERS = {f"customers/{name}.{kind}" for name in ("acme", "north") for kind in ("json", "html")}
ALL = CUSTOMERS | {"r.json", "r.html", "r.csv", "h.db"}


@pytest.fixture
def wanted(tmp_path: Path) -> Wanted:
    """Everything, into a folder that is empty."""
    return Wanted(tmp_path / "out")


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, error: Exception) -> Iterator[None]:
    """Within, what *module* knows as *name* fails."""

    def fail(*_: object, **__: object) -> NoReturn:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(module, name, fail)
        yield


@pytest.mark.parametrize(
    ("policy", "code", "expected"),
    [
        (None, ExitCode.COMPLETE, 2),
        (STRICT, ExitCode.COMPLETE, 1),
        (None, ExitCode.INCOMPLETE, 3),
        (None, ExitCode.INTERRUPTED, 130),
        (STRICT, ExitCode.TERMINATED, 143),
    ],
)
@pytest.mark.parametrize("lost", ["r.json", "r.html"])
def test_a_full_disk_costs_one_delivery_and_hides_nothing_worse(
    wanted: Wanted, lost: str, policy: str | None, code: ExitCode, expected: int
) -> None:
    """All else is written, and only a run that went well ends with the code of the delivery."""
    report, page = ("/dev/full", "") if lost == "r.json" else ("", "/dev/full")
    wanted = replace(wanted, policy=policy, report=report, page=page)
    delivered = wanted.carry_out(code)

    assert delivered == Delivered(ExitCode(expected), is_lost=lost == "r.json")
    assert wanted.names == ALL - {lost}
    assert wanted.runs == 1


def test_a_defect_of_one_rendering_costs_that_one(wanted: Wanted, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that went well ends with 70 then, one that broke a rule with 1."""
    for policy, expected in ((None, ExitCode.DEFECT), (STRICT, ExitCode.POLICY_FAILED)):
        with failing(monkeypatch, delivering, "rendered", KeyError("x")):
            assert replace(wanted, policy=policy).carry_out().code == expected
    assert wanted.names == ALL - {"r.html", "r.csv"}


def test_a_page_that_fails_for_one_tenant_costs_the_others_nothing(
    wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has its report all the same."""

    def rendered(report: Any, *names: str, **options: Any) -> bytes:
        if report["organizations"][0]["tenant"] == "acme":
            raise ValueError
        return formats.rendered(report, *names, **options)

    monkeypatch.setattr(per_tenant, "rendered", rendered)

    assert wanted.carry_out().code == ExitCode.DEFECT
    assert wanted.names == ALL - {"customers/acme.html"}


def test_a_history_that_cannot_be_written_is_said_by_the_code(
    wanted: Wanted, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is the last, so nothing else is missing."""
    orders = take_orders(wanted.settings(), log_format="text")
    (wanted.folder / "h.db").write_bytes(b"something else")
    delivered = orders.carry_out(a_text(), ExitCode.COMPLETE)

    assert delivered == Delivered(ExitCode.USAGE, is_lost=False)
    assert wanted.names == ALL
    assert "internal error" not in capsys.readouterr().err


def test_a_defect_of_the_history_costs_the_history_alone(
    wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages come without their trend."""
    with failing(monkeypatch, History, "add", TypeError("len of None")):
        assert wanted.carry_out().code == ExitCode.DEFECT
    assert wanted.names == ALL
    assert wanted.runs == 0


def test_a_verdict_that_fails_costs_the_verdict_alone(
    wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report is written without it, and the run does not pass, however complete the audit was."""
    wanted = replace(wanted, policy=STRICT)
    for code, expected in ((ExitCode.INCOMPLETE, 70), (ExitCode.INTERRUPTED, 130)):
        with failing(monkeypatch, Gate, "judge", RuntimeError()):
            assert wanted.carry_out(code).code == expected
    assert wanted.names == ALL
    assert orjson.loads((wanted.folder / "r.json").read_bytes())["verdict"] is None


def test_what_cannot_be_masked_is_written_nowhere(wanted: Wanted, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for the history, which keeps the names anyway."""
    monkeypatch.setenv("AUDITOR_REDACT_SALT", SALT)
    with failing(monkeypatch, delivering, "redact", RuntimeError()):
        delivered = replace(wanted, is_masked=True).carry_out()

    assert delivered == Delivered(ExitCode.DEFECT, is_lost=True)
    assert wanted.names == {"h.db"}


def test_a_report_that_is_lost_is_summed_up_all_the_same(
    wanted: Wanted, capsys: pytest.CaptureFixture[str]
) -> None:
    """The summary may be all that is left of the run; no path is named where nothing is."""
    replace(wanted, report="/dev/full").carry_out()

    said = capsys.readouterr().err
    assert "2 organizations as of" in said
    assert "report: /dev/full" not in said
    assert "auditor: --output /dev/full: cannot be written: No space left on device" in said


def test_a_page_shows_the_run_that_it_is_of(wanted: Wanted) -> None:
    """Though the history is written after it."""
    take_orders(wanted.settings(), log_format="text").carry_out(a_text(), ExitCode.COMPLETE)

    assert json.dumps("run-0").encode() in orjson.dumps([one.run_id for one in _entries(wanted)])
    assert b'id="trend-heading"' in (wanted.folder / "r.html").read_bytes()


def _entries(wanted: Wanted) -> list[Any]:
    with History.open(wanted.folder / "h.db") as history:
        return [*history.entries()]


def test_of_many_problems_the_first_are_named_and_the_rest_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And each but once: a full disk strikes the files of every tenant."""
    attempts = Attempts()
    for number in [0, *range(MAX_PROBLEMS + 3)]:
        with attempts.attempt():
            raise SettingsError(Problem(f"file {number}", "cannot be written"))

    assert attempts.concluded(ExitCode.COMPLETE) == ExitCode.USAGE
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == MAX_PROBLEMS + 1
    assert lines[-1] == "auditor: 3 more could not be done"
