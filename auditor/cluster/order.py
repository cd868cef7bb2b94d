"""What a worker is told to do: everything but the keys, which it reads where the order says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from auditor.assembly import Found, Part, Surroundings, run_audit
from auditor.domain.shard import Shard
from auditor.engine.spool import Spool
from auditor.engine.stop import Stop
from auditor.report.to_json import ReportText
from auditor.settings.key import ApiKey
from auditor.settings.model import Settings
from auditor.settings.selection import Selection

Keys = Mapping[str, ApiKey]
"""The API key of each tenant, by its name."""

KeyReader = Callable[[Settings], Keys]
"""Reads the keys that settings name, where it is called; raises SettingsError. Travels as its name."""


@dataclass(frozen=True, slots=True)
class Order:
    """An audit, or with *shard* the part of it. *pages* are last time's sizes of organizations by id.

    *found* are the organizations, where they are known. *rates* tell how many requests per second a worker
    may send from a place that several of them share.
    """

    settings: Settings = field(repr=False)
    selection: Selection = field(repr=False)
    as_of: datetime
    run_id: str
    question: str | None
    read_keys: KeyReader = field(repr=False)
    pages: Mapping[str, int] = field(default_factory=dict, repr=False)
    shard: Shard | None = None
    found: Found | None = field(default=None, repr=False)
    rates: Mapping[str, float] = field(default_factory=dict)

    def sent(self, rates: Mapping[str, float]) -> Order:
        """The order as it is sent: without the deadline, which its sender keeps an eye on."""
        limits = self.settings.limits.model_copy(update={"deadline": None, "source_address": None})
        settings = Settings(audit=self.settings.audit, limits=limits, tenants=self.settings.tenants)
        return replace(self, settings=settings, rates=rates)

    def part(self, shard: Shard, found: Found) -> Order:
        """The order for one part of what was *found*; it tells nothing of other organizations."""
        plan = found.plan.part(shard)
        ids: Iterable[str] = (one.organization.id for one in plan.assignments)
        pages = {one: self.pages[one] for one in ids if one in self.pages}
        part = Shard(shard.index, shard.count)
        return replace(self, shard=part, found=replace(found, plan=plan), pages=pages)


def number_of(order: Order) -> int:
    """Of the part that *order* is for; 0 where it is for all."""
    return 0 if order.shard is None else order.shard.index


async def carry_out(
    order: Order, *, keys: Keys, surroundings: Surroundings, stop: Stop, spool: Spool
) -> ReportText:
    """Do what *order* says, here and now; what every worker does, also the one that is this process."""
    head = await run_audit(
        order.settings,
        keys=keys,
        as_of=order.as_of,
        run_id=order.run_id,
        selection=order.selection,
        surroundings=surroundings,
        stop=stop,
        keep=spool.add,
        previous_pages=order.pages,
        part=Part(order.shard, order.question, order.found),
    )
    spool.settle()
    return ReportText(head, spool)
