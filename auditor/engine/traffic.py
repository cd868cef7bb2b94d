"""What a run cost: counters that every request passes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field

from auditor.report.document import TrafficFacts


@dataclass(slots=True)
class Traffic:
    """Requests of one run and what became of them.

    Every request ends as exactly one of: a page, a redirect followed, a refusal (an answer that settles
    its organization), a retry (a failure that was tried again), a final failure, or abandoned (cut off
    by the deadline or a signal). So *requests* is the sum of the six. *retries_by_class* and
    *rate_limited* say why requests had to be repeated. *by_budget* counts the requests to each host, which
    has an address budget of its own. *answer_seconds* adds up the waits for answers, and means something
    while nothing is in flight.
    """

    requests: int = 0
    pages: int = 0
    redirects: int = 0
    refusals: int = 0
    failures: int = 0
    abandoned: int = 0
    rate_limited: int = 0
    bytes: int = 0
    in_flight: int = 0
    peak_in_flight: int = 0
    answer_seconds: float = 0.0
    retries_by_class: Counter[str] = field(default_factory=Counter)
    by_budget: Counter[Hashable] = field(default_factory=Counter)
    first_request_at: float | None = None
    last_answer_at: float | None = None

    @property
    def retries(self) -> int:
        """Requests that failed and were tried again."""
        return self.retries_by_class.total()

    @property
    def seconds(self) -> float:
        """From the first request to the last answer."""
        if self.first_request_at is None or self.last_answer_at is None:
            return 0.0
        return self.last_answer_at - self.first_request_at

    @property
    def latency_seconds(self) -> float:
        """Mean wait for an answer, its body included; nothing must be in flight."""
        return self.answer_seconds / self.requests if self.requests else 0.0

    @property
    def effective_rate(self) -> float:
        """Requests per second over the time in which there were any."""
        return self.requests / self.seconds if self.seconds > 0 else 0.0

    def began(self, now: float, budget: Hashable = None) -> None:
        """A request was sent at *now* (seconds of the event loop); it drew on *budget*, that of its host."""
        if self.first_request_at is None:
            self.first_request_at = now
        self.requests += 1
        self.by_budget[budget] += 1
        self.answer_seconds -= now
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)

    def ended(self, now: float, *, body_bytes: int) -> None:
        """Its answer was read, or given up, at *now*."""
        self.in_flight -= 1
        self.answer_seconds += now
        self.bytes += body_bytes
        self.last_answer_at = now


def utilization_of(traffic: Traffic, address_rate: float) -> float:
    """How much of its address budget the host took that was asked most; 1 is all of it.

    Hosts share no budget, so their requests are not added up. Over a second at least: a burst of a moment is
    not several times the budget. The last request has its slot, too, however soon it is answered.
    """
    seconds = max(1.0, traffic.seconds + 1.0 / address_rate)
    return max(traffic.by_budget.values(), default=0) / seconds / address_rate


def facts_of(traffic: Traffic, address_rate: float) -> TrafficFacts:
    """What was asked and answered until now, as a report tells it, at a budget of *address_rate*."""
    return TrafficFacts(
        requests=traffic.requests,
        pages=traffic.pages,
        redirects=traffic.redirects,
        refusals=traffic.refusals,
        retries=traffic.retries,
        retries_by_class=traffic.retries_by_class,
        failures=traffic.failures,
        abandoned=traffic.abandoned,
        rate_limited=traffic.rate_limited,
        bytes=traffic.bytes,
        peak_in_flight=traffic.peak_in_flight,
        effective_rate=traffic.effective_rate,
        budget_utilization=utilization_of(traffic, address_rate),
    )
