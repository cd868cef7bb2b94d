"""What the server saw: counts of requests and responses, and the busiest second of each client."""

from __future__ import annotations

from collections import Counter, deque
from typing import Any

from auditor.simulator.budgets import Budget
from auditor.simulator.faults import FaultKind

WINDOW_SECONDS = 1.0


class Peak:
    """The most events in any window of one second, of which one end is open."""

    def __init__(self) -> None:
        self._recent: deque[float] = deque()
        self.most = 0

    def record(self, at: float) -> None:
        """Take note of an event; *at* never goes back."""
        self._recent.append(at)
        while self._recent[0] <= at - WINDOW_SECONDS:
            self._recent.popleft()
        self.most = max(self.most, len(self._recent))


class Traffic:
    """Counts since the start or the last reset. Requests outside the API are not counted."""

    def __init__(self) -> None:
        self._requests = 0
        self._first_at: float | None = None
        self._first_organization_at: float | None = None
        self._last_at: float | None = None
        self._responses: Counter[str] = Counter()
        self._refused: Counter[Budget] = Counter()
        self._faults: Counter[FaultKind] = Counter()
        self._addresses: dict[str, Peak] = {}
        self._organizations: dict[str, Peak] = {}

    def record_request(self, address: str, organization_id: str | None, at: float) -> None:
        """A request arrived, whatever becomes of it."""
        self._requests += 1
        self._first_at = at if self._first_at is None else self._first_at
        self._last_at = at
        self._addresses.setdefault(address, Peak()).record(at)
        if organization_id is not None:
            if self._first_organization_at is None:
                self._first_organization_at = at
            self._organizations.setdefault(organization_id, Peak()).record(at)

    def record_response(self, status: int) -> None:
        """A response was sent in full."""
        self._responses[str(status)] += 1

    def record_break(self) -> None:
        """A connection was broken on purpose."""
        self._responses["broken"] += 1

    def record_refusal(self, budget: Budget) -> None:
        """A budget refused a request."""
        self._refused[budget] += 1

    def record_fault(self, kind: FaultKind) -> None:
        """A fault struck a request."""
        self._faults[kind] += 1

    def as_dict(self) -> dict[str, Any]:
        """The counts in the layout of `GET /simulator/stats`; instants are of the event loop's clock."""
        return {
            "requests": self._requests,
            "firstRequestAt": self._first_at,
            # Until it has the list, a client has nothing else to ask for.
            "firstOrganizationRequestAt": self._first_organization_at,
            "lastRequestAt": self._last_at,
            "responses": dict(sorted(self._responses.items())),
            "rateLimited": {budget.value: self._refused[budget] for budget in Budget},
            "faults": {kind.value: count for kind, count in sorted(self._faults.items())},
            "peakPerSecond": {address: peak.most for address, peak in self._addresses.items()},
            "organizationPeakPerSecond": max((peak.most for peak in self._organizations.values()), default=0),
        }
