"""Audits to be repeated in one process: smooth ones, ones that meet faults, ones that are cut short."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from auditor.cli import output
from tests.end_to_end.driving import audit_inside
from tests.load.server import ACCELERATION

ROOT: Final = Path(__file__).resolve().parents[2]
LIMITS: Final[dict[str, Any]] = {
    "organization_rate": 10.0 * ACCELERATION,
    "organization_burst": 10.0 * ACCELERATION,
    "address_rate": 90.0 * ACCELERATION,
    "retry_after_cap": 0.05,
    "attempts": 6,
}


@dataclass(frozen=True, slots=True)
class Trial:
    """One audit of a server that was started with *server*. *is_complete*: nothing may be missing."""

    name: str
    organizations: int
    server: tuple[str, ...] = ()
    is_complete: bool = False
    limits: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Door:
    """Where a server serves, and what it serves."""

    base_url: str
    licenses: int


def fleet(organizations: int) -> Trial:
    """Nothing goes wrong."""
    return Trial("fleet", organizations, is_complete=True)


def variety(organizations: int) -> tuple[Trial, ...]:
    """The ways in which a run can end."""
    return (
        Trial("faults", organizations, server=("0.1",), is_complete=True),
        Trial("failing", organizations, server=("0.1", "struck")),
        Trial("cut short", organizations, server=("0.1",), limits={"deadline": 0.2, "address_rate": 100.0}),
    )


@contextmanager
def serving(*trials: Trial) -> Iterator[dict[str, Door]]:
    """A server for each of *trials*, by its name."""
    with ExitStack() as stack:
        yield {trial.name: stack.enter_context(_one_served(trial)) for trial in trials}


@contextmanager
def _one_served(trial: Trial) -> Iterator[Door]:
    command = [sys.executable, "-m", "tests.load.server", str(trial.organizations), *trial.server]
    with subprocess.Popen(  # noqa: S603 - our own code
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        told = orjson.loads(process.stdout.readline())
        yield Door(told["baseUrl"], told["licenses"])
        process.communicate()  # which ends its stdin


async def audit(trial: Trial, door: Door, folder: Path) -> dict[str, Any]:
    """Audit what is behind *door*, sharing budgets through *folder*; the report, also written there."""
    limits = LIMITS | {"shared_budget": str(folder)} | trial.limits
    report = await audit_inside(door.base_url, **limits)
    if trial.is_complete:
        assert report["completeness"]["complete"] is True
        assert report["totals"]["licenses"]["total"] == door.licenses
    output.write(orjson.dumps(report), str(folder / "report.json"))
    return report
