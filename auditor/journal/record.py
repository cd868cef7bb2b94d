"""One finished organization as bytes, and back: counts and words, and never a license key.

Licenses and serials are in it only where the user asked for detail, as they are in the report then.

The organization itself is not in it. Its name and its model are today's, from the list that a resumed run
asks for anew. The bytes are MessagePack, which unlike JSON has keys that are no text, and what is read back
is checked against the types of the domain, so that a figure more there is a figure more here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import msgspec

from auditor.domain.attention import Attention
from auditor.domain.co_term import CoTermAccount
from auditor.domain.coverage import Coverage
from auditor.domain.extra import Extra
from auditor.domain.finding import Finding
from auditor.domain.organization import Organization
from auditor.domain.outcome import Failure, Skip
from auditor.domain.outlook import Outlook
from auditor.domain.overview import SeatUse
from auditor.domain.question import PlanKind
from auditor.domain.reducer import Tally
from auditor.domain.result import OrganizationResult
from auditor.domain.subscription import SubscriptionAccount


class UnreadableRecordError(ValueError):
    """Not the bytes of a record: its organization has to be asked again."""


class Masking(Protocol):
    """Takes keys out of what is written: see `engine.masking.Masker`."""

    def holds(self, data: bytes) -> bool:
        """Whether a key stands in *data*."""
        ...

    def in_text(self, text: str) -> str:
        """*text* without keys."""
        ...

    def in_value(self, value: object) -> object:
        """*value* without keys in any of its texts."""
        ...


@dataclass(frozen=True, slots=True)
class _Record:
    """What of an `OrganizationResult` is kept."""

    tally: Tally | None
    co_term: CoTermAccount | None
    subscriptions: SubscriptionAccount | None
    coverage: Coverage | None
    outlook: Outlook | None
    seat_use: SeatUse | None
    pages: int
    ending: Skip | None
    plan: PlanKind
    findings: tuple[Finding, ...]
    is_reconciled: bool
    attention: tuple[Attention, ...] | None
    missing: Mapping[Extra, Failure | None]


_KEPT = tuple(_Record.__dataclass_fields__)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Record).decode


def to_record(result: OrganizationResult, *, masker: Masking | None = None) -> bytes:
    """The bytes of *result*, which must be audited or skipped: failures are not worth keeping.

    What a *masker* finds in its texts is masked.
    """
    if isinstance(result.ending, Failure):
        raise TypeError("a failed organization has no record")
    record = _encode({name: getattr(result, name) for name in _KEPT})
    if masker is None or not masker.holds(record):
        return record
    return _encode(masker.in_value(msgspec.msgpack.decode(record)))


def from_record(record: bytes, organization: Organization, *, tenant: str) -> OrganizationResult:
    """The result of *organization* that *record* was made of.

    Raises:
        UnreadableRecordError: it was not made by `to_record`.
    """
    try:
        kept = _decode(record)
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError) as error:
        raise UnreadableRecordError(f"{type(error).__name__} in a record") from error
    return OrganizationResult(organization, tenant, **{name: getattr(kept, name) for name in _KEPT})
