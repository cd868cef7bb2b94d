"""The figures that a reader wants first, of the whole fleet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from auditor.render.columns import value_at
from auditor.report.reading import Document

Headline = tuple[str, int | None]
"""What is counted, and how many; None where that is not known."""

_PER_DEVICE: Final = (
    ("Licenses under per-device licensing", "licenses.total"),
    ("Expiring licenses", "expiring.total"),
    ("Expiring licenses at risk: nothing queued covers them", "expiring.atRisk"),
    ("Unused licenses", "unused.total"),
    ("Unused licenses: not burning", "unused.unused"),
    ("Unused licenses: burning already", "unused.unusedActive"),
    ("Devices at risk that an unused license fits", "reclaim.matched"),
    ("Seats of Systems Manager", "seats.total"),
)
_CO_TERM: Final = (
    ("Organizations under co-termination", "coTerm.organizations"),
    ("Devices licensed under co-termination", "coTerm.devices.licensed"),
    ("Seats of Systems Manager under co-termination", "coTerm.seats.licensed"),
    ("Devices beyond what is licensed (estimate)", "coTerm.use.overLimit"),
)
_SUBSCRIPTION: Final = (
    ("Subscriptions", "subscription.total"),
    ("Seats of subscriptions", "subscription.seats.limit"),
    ("Seats of subscriptions that are available", "subscription.seats.available"),
    ("Subscriptions that lie idle", "subscription.idle.subscriptions"),
    ("Subscriptions that may lie idle: networks not known", "subscription.idle.unknown"),
    ("Seats of idle subscriptions", "subscription.idle.seats"),
    ("Product classes out of compliance", "subscription.violations.productClasses"),
    ("Organizations whose compliance could not be read", "subscription.violations.unknown"),
)
_STANDINGS: Final = (
    ("Organizations with something dark", "dark"),
    ("Organizations in grace", "inGrace"),
    ("Organizations with something expiring", "expiring"),
)


def headlines_of(report: Document) -> Iterator[Headline]:
    """The headline figures: of the run, of standings, then of each licensing model that there is."""
    for name, count in report["completeness"]["organizations"].items():
        yield f"Organizations {name}", count
    totals = report["totals"]
    by_standing = totals["organizations"]["byStanding"]
    for label, standing in _STANDINGS:
        yield label, None if by_standing is None else by_standing[standing]
    for blocks, is_there in (
        (_PER_DEVICE, True),
        (_CO_TERM, value_at(totals, ("coTerm", "organizations"))),
        (_SUBSCRIPTION, value_at(totals, ("subscription", "organizations"))),
    ):
        if is_there:
            yield from ((label, value_at(totals, tuple(path.split(".")))) for label, path in blocks)


def what_goes_dark(one: Mapping[str, Any]) -> str:
    """What an entry of `darkDates` is about: a type, a class, a whole organization, or several kinds."""
    if one["what"] is not None:
        return str(one["what"])
    return "whole organization" if one["licensingModel"] == "co-term" else "several kinds"


def ending_of(report: Document) -> list[tuple[int, int | None, int | None, int | None]]:
    """For each window: its days, licenses that end, those of them at risk, organizations with any end."""

    def count(path: tuple[str, ...], days: int) -> Any:
        return value_at(report["totals"], (*path, str(days)))

    return [
        (
            days,
            count(("expiring", "within"), days),
            count(("expiring", "atRiskWithin"), days),
            count(("organizations", "expiringWithin"), days),
        )
        for days in report["windowsDays"]
    ]
