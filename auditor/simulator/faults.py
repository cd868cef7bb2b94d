"""Which request goes wrong, and how: decided by hashing, so that a run can be had again.

Two sources of misfortune. A *rate* strikes any request under the API, depending on the seed, the
URL and how often that URL was asked before, never more than `max_consecutive` times in a row, so a
client that tries once more than that gets through. A table of *organizations* strikes every request
of those organizations, for good, and every request that names one of them in a list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b


class FaultKind(StrEnum):
    """How a request goes wrong."""

    STATUS_500 = "status500"
    STATUS_502 = "status502"
    STATUS_503 = "status503"
    STATUS_504 = "status504"
    STATUS_530 = "status530"  # seen in front of the vendor's dashboard
    RESET = "reset"  # the connection breaks, before the response or in the middle of the body
    RATE_LIMITED = "rateLimited"  # 429 with whole seconds
    RATE_LIMITED_DATE = "rateLimitedDate"  # 429 with an HTTP date
    RATE_LIMITED_DECIMAL = "rateLimitedDecimal"  # 429 with a fraction of a second
    SLOW = "slow"  # the right response, late
    HTML = "html"  # 200 with a page for humans
    EMPTY_BODY = "emptyBody"  # 200 with nothing
    TRUNCATED = "truncated"  # 200, complete by its length, half a JSON text
    WRONG_SHAPE = "wrongShape"  # 200 with an object where a list is due
    NOT_FOUND = "notFound"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    API_DISABLED_SHARD = "apiDisabledShard"  # the vendor's text of 2020, naming the shard
    API_DISABLED_TEXT = "apiDisabledText"  # the vendor's text of 2022
    UNSUPPORTED_MODEL = "unsupportedModel"
    OTHER_WORDS = "otherWords"  # the same refusal in words that nobody has recorded
    NOT_ENTITLED = "notEntitled"  # 402
    PARTIAL_CONTENT = "partialContent"  # 206, with rows that parse
    LINK_LOOP = "linkLoop"  # the next page is this page
    LINK_OFF_HOST = "linkOffHost"  # the next page is a stranger's
    LINK_UNREADABLE = "linkUnreadable"
    DUPLICATE_PAGE = "duplicatePage"  # every page comes twice, under different tokens


TRANSIENT = (
    FaultKind.STATUS_500,
    FaultKind.STATUS_502,
    FaultKind.STATUS_503,
    FaultKind.STATUS_504,
    FaultKind.STATUS_530,
    FaultKind.RESET,
    FaultKind.RATE_LIMITED,
    FaultKind.RATE_LIMITED_DATE,
    FaultKind.RATE_LIMITED_DECIMAL,
    FaultKind.SLOW,
)
"""What goes away when asked again: the default of `FaultPlan.kinds`."""


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """What shall go wrong.

    *rate* lies in 0..1 and is the share of requests struck (a little less, because of
    *max_consecutive*). *organizations* maps an organization's id to the fault that every request of
    it meets. *slow_seconds* is what the kind `slow` adds to the latency.

    Raises:
        ValueError: a rate outside 0..1, no kinds, or an unknown kind.
    """

    rate: float = 0.0
    kinds: tuple[FaultKind, ...] = TRANSIENT
    seed: int = 0
    organizations: Mapping[str, FaultKind] = field(default_factory=dict)
    max_consecutive: int = 2
    slow_seconds: float = 2.0

    def __post_init__(self) -> None:
        """Take kinds by their text too, and refuse what makes no plan."""
        object.__setattr__(self, "kinds", tuple(map(FaultKind, self.kinds)))
        table = {name: FaultKind(kind) for name, kind in self.organizations.items()}
        object.__setattr__(self, "organizations", table)
        if not 0 <= self.rate <= 1:
            raise ValueError(f"rate {self.rate} lies outside 0..1")
        if not self.kinds:
            raise ValueError("a plan needs at least one kind of fault")


class Misfortune:
    """A plan at work: remembers how often each URL was asked, and how it fared."""

    def __init__(self, plan: FaultPlan) -> None:
        self._plan = plan
        self._asked: dict[str, int] = {}
        self._in_a_row: dict[str, int] = {}

    def strike(self, target: str, organization_id: str | None) -> FaultKind | None:
        """The fault that the next request of *target* (path and query) meets; None when it is spared."""
        if organization_id is not None and organization_id in self._plan.organizations:
            return self._plan.organizations[organization_id]
        if not self._plan.rate:
            return None
        nth = self._asked[target] = self._asked.get(target, 0) + 1
        luck, choice = _draw(self._plan.seed, target, nth)
        in_a_row = self._in_a_row.get(target, 0)
        if luck >= self._plan.rate or in_a_row >= self._plan.max_consecutive:
            self._in_a_row[target] = 0
            return None
        self._in_a_row[target] = in_a_row + 1
        return self._plan.kinds[choice % len(self._plan.kinds)]


def _draw(seed: int, target: str, nth: int) -> tuple[float, int]:
    """A number in [0, 1) and an independent whole one, the same for the same arguments anywhere."""
    digest = blake2b(f"{seed} {nth} {target}".encode(), digest_size=16).digest()
    return int.from_bytes(digest[:8]) / 2**64, int.from_bytes(digest[8:])
