"""What a history tells of one run, in whole or in part, and how it compares with the run before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from auditor.history.sums import COMPLETENESS, Figures

SHORT_NAMES: Final[Mapping[str, str]] = {
    "completeness": COMPLETENESS,
    "expiring": "expiring.total",
    "atRisk": "expiring.atRisk",
    "unused": "unused.total",
    "licenses": "licenses.total",
}
"""Figures that everybody asks for, and all that is kept of a single organization."""


_DIGITS: Final = 6
"""Of a change of completeness: what is left of it by floating point is none."""


class Mark(StrEnum):
    """Why a run does not compare with the one before."""

    NOT_COMPLETE = "notComplete"  # its counts are lower bounds
    AFTER_INCOMPLETE = "afterIncomplete"  # those of the run before are
    OTHER_ORGANIZATIONS = "otherOrganizations"
    OTHER_WINDOWS = "otherWindows"  # what is at risk is what nothing covers beyond the longest window
    OTHER_PLAN = "otherPlan"


@dataclass(frozen=True, slots=True)
class Entry:
    """One run as a history tells it: of all, of one tenant, or of one organization.

    *appeared* and *vanished* count organizations against the entry before; *lacks_as_before* says that both
    are incomplete for the same organizations, and neither for a list that broke off. *status* and *standing*
    are those of a single organization.
    """

    run_id: str
    as_of: datetime
    finished_at: datetime
    tool_version: str
    windows_days: tuple[int, ...]
    plan: str | None
    is_complete: bool
    figures: Figures
    appeared: int = 0
    vanished: int = 0
    lacks_as_before: bool = False
    status: str | None = None
    standing: str | None = None

    @property
    def as_of_text(self) -> str:
        """RFC 3339 in UTC."""
        return self.as_of.isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Step:
    """An entry beside the one before: by how much each figure changed, None where one is not known."""

    entry: Entry
    before: Entry | None
    changes: Figures
    marks: tuple[Mark, ...]


def steps_of(entries: Iterable[Entry], figures: Sequence[str]) -> list[Step]:
    """The steps over *entries*, which are in the order of time; the first has nothing before it."""
    steps: list[Step] = []
    before: Entry | None = None
    for entry in entries:
        changes = {name: _change(name, before, entry) for name in figures}
        steps.append(Step(entry, before, changes, tuple(_marks(before, entry))))
        before = entry
    return steps


def names_in(entries: Iterable[Entry]) -> list[str]:
    """The names of all figures in *entries*, each once."""
    return [*dict.fromkeys(name for entry in entries for name in entry.figures)]


def full_name(name: str) -> str:
    """The figure's path, of its short name or of itself."""
    return SHORT_NAMES.get(name, name)


def _change(name: str, before: Entry | None, entry: Entry) -> float | None:
    old = None if before is None else before.figures.get(name)
    new = entry.figures.get(name)
    return None if old is None or new is None else round(new - old, _DIGITS)


def _marks(before: Entry | None, entry: Entry) -> Iterable[Mark]:
    is_alike = before is not None and entry.lacks_as_before
    if not (entry.is_complete or is_alike):
        yield Mark.NOT_COMPLETE
    if before is None:
        return
    if not (before.is_complete or is_alike):
        yield Mark.AFTER_INCOMPLETE
    if entry.appeared or entry.vanished:
        yield Mark.OTHER_ORGANIZATIONS
    if entry.windows_days != before.windows_days:
        yield Mark.OTHER_WINDOWS
    if None not in {entry.plan, before.plan} and entry.plan != before.plan:
        yield Mark.OTHER_PLAN
