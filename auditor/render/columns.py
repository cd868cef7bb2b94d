"""The table of organizations: a column for every figure, named by its path in the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from auditor.report.reading import Document

Path = tuple[str, ...]
Scalar = str | int | float | bool | None

_WINDOW: Final = "#"
_NAME: Final = "*"

_FIRST: Final = (
    *("tenant", "id", "name", "licensingModel", "status", "reason", "error", "message", "pages", "plan"),
    *("standing", "dark.soonest", "dark.known"),
)
_PER_DEVICE: Final = (
    *("licenses.total", "licenses.byState.*"),
    *("expiring.total", "expiring.within.#", "expiring.coveredByQueue"),
    *("expiring.atRisk", "expiring.atRiskWithin.#"),
    *("unused.total", "unused.unused", "unused.unusedActive"),
    *("unused.activation.soonest", "unused.activation.soonestCount", "unused.activation.within.#"),
    *("unused.activation.overdue", "unused.activation.unknown"),
    *("unused.burning.licenses", "unused.burning.daysBurned", "unused.burning.daysLeft"),
    "unused.burning.undated",
    *(f"coverage.devices.{name}" for name in ("ok", "expiring", "inGrace", "dark", "unknown")),
    *(f"coverage.networkLicenses.{name}" for name in ("ok", "expiring", "inGrace", "dark", "unknown")),
    *("seats.licenses", "seats.total", "seats.byState.*"),
    *("seats.systemsManager.organizations", "seats.systemsManager.totalSeats"),
    *("seats.systemsManager.activeSeats", "seats.systemsManager.unassignedSeats"),
    "seats.systemsManager.enrolledDevices",
    "reclaim.matched",
)
_CO_TERM: Final = (
    *("coTerm.status", "coTerm.expiresAt", "coTerm.devices.licensed", "coTerm.seats.licensed"),
    *("coTerm.use.estimate", "coTerm.use.inUse", "coTerm.use.overLimit", "coTerm.use.spare"),
    *("coTerm.use.warmSpares", "coTerm.use.darkAt"),
    *("coTerm.keys.total", "coTerm.keys.live", "coTerm.keys.invalidated", "coTerm.keys.expired"),
)
_SUBSCRIPTION: Final = (
    *("subscription.total", "subscription.shared", "subscription.renewalRequested"),
    "subscription.endingWithin.#",
    *("subscription.seats.limit", "subscription.seats.assigned", "subscription.seats.available"),
    *("subscription.idle.subscriptions", "subscription.idle.seats", "subscription.idle.noNetwork"),
    *("subscription.idle.pending", "subscription.idle.notStarted", "subscription.idle.unknown"),
    "subscription.violations.productClasses",
)
_PATHS: Final = (*_FIRST, *_PER_DEVICE, *_CO_TERM, *_SUBSCRIPTION, "notes.*")
"""`#` stands for each window of the report, `*` for each name that any organization has there."""

INSTANTS: Final = frozenset(
    {"dark.soonest", "unused.activation.soonest", "coTerm.expiresAt", "coTerm.use.darkAt"}
)
"""The columns that hold instants."""


def columns_of(report: Document) -> list[Path]:
    """The columns in order. Those of states, windows and notes are as many as the report has."""
    return [path for text in _PATHS for path in _expanded(tuple(text.split(".")), report)]


def rows_of(report: Document, columns: Iterable[Path]) -> Iterator[list[Scalar]]:
    """A row for each organization in the order of the report; None where a figure is not known."""
    paths = list(columns)
    for organization in report["organizations"]:
        yield [value_at(organization, path) for path in paths]


def value_at(block: Mapping[str, Any], path: Path) -> Any:
    """What stands at *path* below *block*; None where it, or something on the way, is not there."""
    value: Any = block
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _expanded(path: Path, report: Document) -> Iterator[Path]:
    *parents, last = path
    if last == _WINDOW:
        yield from ((*parents, str(days)) for days in report["windowsDays"])
    elif last == _NAME:
        yield from ((*parents, name) for name in _names_at(tuple(parents), report))
    else:
        yield path


def _names_at(path: Path, report: Document) -> list[str]:
    """Every name at *path*: as the totals order them, then the others by name."""
    found = dict.fromkeys(value_at(report["totals"], path) or ())
    others = {name for one in report["organizations"] for name in value_at(one, path) or ()}
    return [*found, *sorted(others - found.keys())]
