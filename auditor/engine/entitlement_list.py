"""The vendor's list of entitlements, which tells what SKUs are: read once in a run with each tenant's key.

All of it is read rather than the SKUs that some subscriptions name: the description has `skus[]` as a filter
that may be left out, and no pages. So one request serves every organization of the tenant, however many
SKUs come up and in whichever order; and no SKU that the vendor does not know can spoil the answer for others.
"""

from __future__ import annotations

from collections.abc import Mapping

import anyio

from auditor.domain.entitlement import Entitlement
from auditor.domain.outcome import Failure, Skip
from auditor.engine.events import EntitlementsUntold, Listener
from auditor.engine.fetcher import Fetcher
from auditor.wire.endpoints import entitlements_url
from auditor.wire.entitlements import decode_entitlements
from auditor.wire.message import Request, Shape


class EntitlementList:
    """Read when it is asked for first. No figure depends on it: that it cannot be read fails nobody."""

    def __init__(self) -> None:
        self._lock = anyio.Lock()
        self._told: dict[str, Entitlement] = {}
        self._is_asked = False
        self._is_told = False

    async def read(
        self, fetcher: Fetcher, *, base_url: str, tenant: str, on_event: Listener
    ) -> Mapping[str, Entitlement] | None:
        """What SKUs are, by SKU; None where the list cannot be read, which is not tried twice.

        Whoever comes while it is being read waits for it.
        """
        async with self._lock:
            if not self._is_asked:
                ending = await self._ask(fetcher, base_url)
                self._is_asked, self._is_told = True, ending is None
                if ending is not None:
                    on_event(EntitlementsUntold(tenant, ending.message))
        return self._told if self._is_told else None

    async def _ask(self, fetcher: Fetcher, base_url: str) -> Failure | Skip | None:
        def fold(page: Mapping[str, Entitlement]) -> int:
            before = len(self._told)
            self._told = {**page, **self._told}
            return len(self._told) - before

        request = Request(entitlements_url(base_url), shape=Shape.LIST_OR_OBJECT)
        return await fetcher.walk(request, decode=decode_entitlements, fold=fold)
