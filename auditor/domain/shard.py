"""One part of the organizations of an audit that several processes share, each from an address of its own.

Which part an organization is in depends on its id, the number of parts, and the sizes that all parts were
given: not on what each of them lists, so that an organization which appears meanwhile is in exactly one.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Final

_ID_CHARACTERS: Final = 16


@dataclass(frozen=True)
class Shard:
    """Part *index* of *count*, counted from 1.

    *pages* are sizes of organizations by id, the same for all parts: those are spread so that each part has
    about as many pages. Organizations of unknown size are spread by a hash of their id.
    """

    index: int
    count: int
    pages: Mapping[str, int] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Refuse a part that there is not. Raises ValueError."""
        if not 1 <= self.index <= self.count:
            raise ValueError(f"there is no part {self.index} of {self.count}")

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    def takes(self, organization_id: str) -> bool:
        """Whether the organization is in this part."""
        known = self._places.get(organization_id)
        return (_place(organization_id, self.count) if known is None else known) == self.index - 1

    @property
    def spread(self) -> str | None:
        """What tells one set of sizes from another; None without any. Parts of one audit have the same."""
        if not self.pages:
            return None
        text = "\n".join(f"{one} {self.pages[one]}" for one in sorted(self.pages))
        return sha256(text.encode(errors="replace")).hexdigest()[:_ID_CHARACTERS]

    @cached_property
    def _places(self) -> dict[str, int]:
        """The part of each organization of known size, from 0: the largest first, each to the lightest."""
        parts = [(0, number) for number in range(self.count)]
        places: dict[str, int] = {}
        for organization_id in sorted(self.pages, key=lambda one: (-self.pages[one], one)):
            load, number = heapq.heappop(parts)
            places[organization_id] = number
            heapq.heappush(parts, (load + self.pages[organization_id], number))
        return places


def _place(organization_id: str, count: int) -> int:
    """A part that nothing but the id decides on, the same on every machine and in every version."""
    return int.from_bytes(sha256(organization_id.encode(errors="replace")).digest()[:8]) % count
