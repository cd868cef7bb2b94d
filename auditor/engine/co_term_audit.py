"""The audit of an organization under co-termination: its overview, its keys, and its devices in use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

from auditor.domain.co_term import CoTermAccount, CoTermKeys, CoTermOverview, KeysFold, co_term_outlook
from auditor.domain.device_family import device_use
from auditor.domain.device_use import DevicesFold, DeviceUse
from auditor.domain.extra import Extra
from auditor.domain.note import NoteKind
from auditor.domain.outcome import Failure, Skip, SkipReason, as_failure
from auditor.domain.plan import Assignment
from auditor.domain.question import PlanKind
from auditor.domain.result import OrganizationResult
from auditor.engine.asking import Asking
from auditor.engine.events import PageRead
from auditor.engine.fetcher import Fetched, Fetcher
from auditor.wire.co_term import KeysPage, Overviews, decode_co_term_keys, decode_overviews
from auditor.wire.endpoints import co_term_keys_url, devices_in_use_url, overview_url
from auditor.wire.inventory import DevicesPage, decode_devices
from auditor.wire.message import Request, Shape

T = TypeVar("T")


class CoTermAudit:
    """Can be asked for its result at any time: whatever cut it short, what was read to its end stands.

    The inventory is an extra: where it alone cannot be read, the organization is audited without.
    *overview* is the organization's, where it was read already. It alone has what `COUNTS` and `TARGETED` ask
    for. *overviews* has all parts of what came.
    """

    def __init__(
        self, assignment: Assignment, asking: Asking, *, overview: CoTermOverview | None = None
    ) -> None:
        question = asking.question
        self.assignment = assignment
        self.overviews: Overviews | None = None
        self._base_url = asking.base_url
        self._question = question
        self._on_event = asking.on_event
        self._known_pages = asking.sizes.known(assignment.organization.id) or 0
        self._overview = overview
        self._plan = PlanKind.FULL if question.plan is PlanKind.FULL else PlanKind.COUNTS
        lists = [self._read_keys, self._read_inventory] if question.inventory else [self._read_keys]
        self._lists_to_read = lists if self._plan is PlanKind.FULL else []
        self._keys: CoTermKeys | None = None
        self._use: DeviceUse | None = None
        self._inventory_refusal: Failure | None = None
        self._notes: Counter[NoteKind] = Counter()
        self._pages = 0

    async def run(self, fetcher: Fetcher) -> Sequence[OrganizationResult]:
        """Read what the plan asks for. There is one result."""
        try:
            ending = await self._read(fetcher)
        finally:
            fetcher.finished(self.assignment.organization.id)
        return self.results(ending)

    def results(self, ending: Failure | Skip | None) -> Sequence[OrganizationResult]:
        """What is known so far, ended by *ending*; None means that nothing is missing."""
        account, missing = self._account(), self._inventory_refusal
        if ending is not None and account is not None:
            # With an overview it is no organization for another audit: some of it is missing.
            ending = as_failure(ending)
            if self._keys is not None and self._question.inventory:  # that is all that was cut short
                missing, ending = ending, None
        result = OrganizationResult(
            self.assignment.organization,
            self.assignment.tenant,
            co_term=account,
            outlook=None if account is None else co_term_outlook(account, self._question.windows),
            pages=self._pages,
            ending=ending,
            plan=self._plan,
            missing={} if missing is None else {Extra.INVENTORY: missing},
        )
        return (result,)

    def _account(self) -> CoTermAccount | None:
        if self._overview is None:
            return None
        return CoTermAccount(self._overview, self._keys, self._use, notes=dict(self._notes))

    async def _read(self, fetcher: Fetcher) -> Failure | Skip | None:
        if self._overview is None:
            ending = await self._look(fetcher)
            if ending is not None:
                return ending
        endings = []
        while self._lists_to_read:  # one that cannot be read says nothing about the other
            read = self._lists_to_read.pop(0)
            endings.append(await read(fetcher))
        return next((ending for ending in endings if ending is not None), None)

    async def _look(self, fetcher: Fetcher) -> Failure | Skip | None:
        """Ask for the overview. Where it is that of another model, this audit is not for the organization."""
        organization_id = self.assignment.organization.id
        request = Request(overview_url(self._base_url, organization_id), organization_id, Shape.OBJECT)
        answer = await fetcher.fetch(request, decode=decode_overviews, urgency=1 + self._to_come(0))
        if not isinstance(answer, Fetched):
            return answer
        self.overviews = answer.value
        if answer.value.co_term is None:
            return Skip(SkipReason.UNSUPPORTED_MODEL, "its overview is that of per-device licensing")
        self._overview = answer.value.co_term
        return None

    async def _read_keys(self, fetcher: Fetcher) -> Failure | Skip | None:
        fold = KeysFold()

        def add(page: KeysPage) -> int:
            self._on_event(PageRead(self.assignment.organization.id, len(page.keys)))
            return fold.fold(page.keys, notes=page.notes)

        url = co_term_keys_url(self._base_url, self.assignment.organization.id)
        ending = await self._walk(fetcher, url, decode=decode_co_term_keys, fold=add)
        if ending is None:
            self._keys = fold.keys
            self._notes.update(fold.notes)
        return ending

    async def _read_inventory(self, fetcher: Fetcher) -> Failure | Skip | None:
        """Count the devices in use by model, each once: one that is claimed meanwhile moves the others."""
        devices = DevicesFold()
        notes: Counter[NoteKind] = Counter()

        def add(page: DevicesPage) -> int:
            notes.update(page.notes)
            return devices.fold(page.devices)

        url = devices_in_use_url(self._base_url, self.assignment.organization.id)
        ending = await self._walk(fetcher, url, decode=decode_devices, fold=add)
        if ending is not None:
            self._inventory_refusal = as_failure(ending)
        elif self._overview is not None:
            overview = self._overview
            self._use = device_use(
                overview.licensed,
                devices.needing,
                warm_spares=devices.warm_spares,
                is_whole=overview.knows_devices,
            )
            self._notes.update(notes)
        return None

    async def _walk(
        self, fetcher: Fetcher, url: str, *, decode: Callable[[bytes], T], fold: Callable[[T], int]
    ) -> Failure | Skip | None:
        def count(page: T) -> int:
            self._pages += 1
            return fold(page)

        request = Request(url, self.assignment.organization.id)
        return await fetcher.walk(request, decode=decode, fold=count, to_come=self._to_come)

    def _to_come(self, _read: int) -> float:
        """Pages to be asked for still, of both lists: as an earlier run read, and a page each at least."""
        return max(len(self._lists_to_read) + 1, self._known_pages - self._pages)
