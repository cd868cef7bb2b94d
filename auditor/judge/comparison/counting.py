"""Figures that changed, of organizations and of whole reports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from auditor.judge.comparison.difference import CountChange, TotalChange
from auditor.judge.comparison.lacking import lack_the_same
from auditor.judge.comparison.pairing import Pair
from auditor.judge.figure import Figure, to_figure
from auditor.judge.observation import Bound, Json, Reading, observe, observe_run

COUNTED: Final = (
    "licenses.total",
    "expiring.total",
    "expiring.coveredByQueue",
    "expiring.atRisk",
    "unused.unused",
    "unused.unusedActive",
    "coverage.devices.inGrace",
    "coverage.devices.dark",
    "seats.total",
    "reclaim.matched",
    "coTerm.devices.licensed",
    "coTerm.use.inUse",
    "coTerm.use.overLimit",
    "coTerm.use.spare",
    "subscription.total",
    "subscription.seats.limit",
    "subscription.seats.assigned",
    "subscription.violations.productClasses",
)
"""Counts that tell something when they change. Days burned, say, change every day."""

WINDOWED: Final = ("expiring.within", "expiring.atRiskWithin", "subscription.endingWithin")
_OF_RUNS: Final = (
    *(f"completeness.organizations.{one}" for one in ("selected", "audited", "partial", "failed", "skipped")),
    *(f"totals.organizations.byStanding.{one}" for one in ("expiring", "inGrace", "dark")),
)


@dataclass(frozen=True, slots=True)
class Delta:
    """Two values; the difference is at least theirs where one side is a lower bound."""

    before: int
    after: int
    at_least: bool = False

    @property
    def rise(self) -> int:
        """Less than zero for a fall."""
        return self.after - self.before


def counts_of(pairs: Iterable[Pair], windows: Sequence[int]) -> Iterator[CountChange]:
    """Counts of organizations that changed for certain, in the windows that both reports have."""
    figures = _figures(windows)
    for pair in pairs:
        for name, figure in figures.items():
            delta = delta_of(figure, pair)
            if delta is not None and delta.rise:
                yield CountChange(
                    **dict(pair.entry),
                    figure=name,
                    before=delta.before,
                    after=delta.after,
                    at_least=delta.at_least,
                )


def totals_of(old: Json, new: Json, windows: Sequence[int]) -> Iterator[TotalChange]:
    """The same of the reports as wholes. Where both lack the same, their totals are about the same ones."""
    is_same = lack_the_same(old, new)
    names = [*_OF_RUNS, *(f"totals.{name}" for name in _figures(windows))]
    for name in names:
        figure = to_figure(name)
        before, after = observe_run(figure, old), observe_run(figure, new)
        delta = between(*map(_as_exact, (before, after))) if is_same else between(before, after)
        if delta is not None and delta.rise:
            yield TotalChange(figure=name, before=delta.before, after=delta.after, at_least=delta.at_least)


def delta_of(figure: Figure, pair: Pair) -> Delta | None:
    """How *figure* changed; None where one side does not know it."""
    if pair.both is None:
        return None
    before, after = (observe(figure, one) for one in pair.both)
    return between(before, after)


def between(before: Reading | None, after: Reading | None) -> Delta | None:
    """The change from *before* to *after*; None where nobody can say that there is one, or none.

    A lower bound that is above what was, or that what is lies below, proves a change.
    """
    if before is None or after is None:
        return None
    if not (isinstance(before.value, int) and isinstance(after.value, int)):
        return None
    bounds = (before.bound, after.bound)
    if bounds == (Bound.EXACT, Bound.EXACT):
        return Delta(before.value, after.value)
    is_certain = (bounds == (Bound.EXACT, Bound.AT_LEAST) and after.value > before.value) or (
        bounds == (Bound.AT_LEAST, Bound.EXACT) and after.value < before.value
    )
    return Delta(before.value, after.value, at_least=True) if is_certain else None


def _as_exact(reading: Reading) -> Reading:
    return replace(reading, bound=Bound.EXACT) if reading.bound is Bound.AT_LEAST else reading


def _figures(windows: Sequence[int]) -> dict[str, Figure]:
    names = [*COUNTED, *(f"{name}.{days}" for name in WINDOWED for days in windows)]
    return {name: to_figure(name) for name in names}
