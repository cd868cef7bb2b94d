"""What a worker is told to do: everything but the keys, which it reads where the order says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from auditor.assembly import Part, Surroundings, run_audit
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

    *rates* tell how many requests per second a worker may send from a place that several of them share.
    """

    settings: Settings = field(repr=False)
    selection: Selection = field(repr=False)
    as_of: datetime
    run_id: str
    question: str | None
    read_keys: KeyReader = field(repr=False)
    pages: Mapping[str, int] = field(default_factory=dict, repr=False)
    shard: Shard | None = None
    rates: Mapping[str, float] = field(default_factory=dict)

    def part(self, shard: Shard, rates: Mapping[str, float]) -> Order:
        """The order for one part, as it is sent: without the deadline, which its sender keeps an eye on."""
        limits = self.settings.limits.model_copy(update={"deadline": None, "source_address": None})
        settings = Settings(audit=self.settings.audit, limits=limits, tenants=self.settings.tenants)
        return replace(self, settings=settings, shard=shard, rates=rates)


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
        part=Part(order.shard, order.question),
    )
    return ReportText(head, spool)
