"""A request and a response as values, so that everything about them is decided without a socket."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class Shape(StrEnum):
    """What the JSON of a good answer is. The text is that of messages."""

    LIST = "list"
    OPTIONAL_LIST = "list or none"  # a list, or a 404 in which the vendor says that there is nothing
    OBJECT = "object"
    LIST_OR_OBJECT = "list or object"  # where nobody can tell which of them comes


@dataclass(frozen=True, slots=True)
class Request:
    """One GET. The key is not part of it: the transport adds the key, to admitted origins only.

    *organization_id* names the organization whose budget the request draws on; None for calls that
    the vendor counts against the source address alone (`getOrganizations`). *shape* is what a good
    answer holds: only lists have pages.
    """

    url: str
    organization_id: str | None = None
    shape: Shape = Shape.LIST


@dataclass(frozen=True, slots=True)
class Response:
    """A complete response. *headers* keeps the order and the repetitions of the wire."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str | None:
        """The first value of header *name*, whatever its case; None when absent."""
        return next(iter(self.header_values(name)), None)

    def header_values(self, name: str) -> tuple[str, ...]:
        """Every value of header *name*, in order."""
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key.lower() == wanted)

    @classmethod
    def of(
        cls, url: str, status: int, headers: Iterable[tuple[str, str]] = (), body: bytes = b""
    ) -> Response:
        """Build one from any iterable of header pairs."""
        return cls(url, status, tuple(headers), body)
