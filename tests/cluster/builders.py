"""Orders and reports on parts, for what needs no cluster."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from auditor.cluster.order import Keys, Order
from auditor.domain.shard import Shard
from auditor.report.reading import Document
from auditor.settings.key import ApiKey
from auditor.settings.model import LimitSettings, Settings, TenantSettings
from auditor.settings.selection import Selection
from tests.domain.builders import AS_OF
from tests.end_to_end.driving import KEY
from tests.report.evidences import a_report, a_result

BASE_URL = "https://api.meraki.com/api/v1"
QUESTION = "0123456789abcdef"
STARTED = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)


def planted_keys(settings: Settings) -> Keys:
    """A key for each tenant, wherever this is called."""
    return {tenant.name: ApiKey(KEY, "the test") for tenant in settings.tenants}


def an_order(*, base_url: str = BASE_URL, tenant_name: str = "north", **changes: Any) -> Order:
    """An order over everything that one tenant's key sees; *changes* are of its limits."""
    tenant = TenantSettings(name=tenant_name, api_key_env="NORTH_KEY", base_url=base_url)
    return Order(
        Settings(limits=LimitSettings(**changes), tenants=(tenant,)),
        Selection(),
        AS_OF,
        run_id="run-1",
        question=QUESTION,
        read_keys=planted_keys,
    )


def a_part(index: int, count: int, *ids: str, question: str = QUESTION, **run: Any) -> Document:
    """The report on part *index* of *count*, which has the organizations *ids*."""
    report = a_report(*(a_result(one) for one in ids))
    shard = Shard(index, count)
    report["run"] |= {"shard": str(shard), "question": question, "spread": shard.spread, **run}
    return report
