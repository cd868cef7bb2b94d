"""What two reports differ in: the values, and the JSON that they make."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, Field

from auditor.report.schema.block import Block, Count

SCHEMA_VERSION: Final = "1.0"
SCHEMA_ID: Final = "urn:auditor:difference:1"


class Kind(StrEnum):
    """What may happen to licenses; all of it net, by organization and type."""

    BECAME_EXPIRING = "becameExpiring"
    EXPIRED = "expired"
    RENEWED = "renewed"
    BECAME_UNUSED = "becameUnused"
    BEGAN_TO_BURN = "beganToBurn"
    RECLAIMED = "reclaimed"


class Side(Block):
    """One of the two reports."""

    as_of: AwareDatetime
    complete: bool
    organizations: Annotated[Count, Field(description="How many were selected.")]


class Entry(Block):
    """An organization, as the newer report that has it names it."""

    organization_id: str
    name: str
    tenant: str


class Whereabouts(Entry):
    """An organization of which one report knows and the other does not."""

    status: Annotated[str, Field(description="Where the report that has it says that it ended.")]


class Unknown(Whereabouts):
    """One that is missing from a report that could not list everything."""

    missing_from: Literal["old", "new"]


class Access(Entry):
    """An organization that was read on one side only."""

    before: str
    after: str
    reason: Annotated[str | None, Field(description="Why it is not read on the side that it is not.")]


class Change(Entry):
    """One text about an organization that is another one now."""

    what: Literal["status", "licensingModel", "standing", "tenant", "name"]
    before: str
    after: str


class Move(Entry):
    """So many licenses went that way, net."""

    what: Annotated[
        str | None, Field(description="License type, or subscription id; null for all types together.")
    ]
    unit: Literal["licenses", "devices", "seats"]
    count: Count
    at_least: Annotated[bool, Field(description="One side was read in part.")]


class DateChange(Entry):
    """A date that moved."""

    figure: Literal["coTerm.expiresAt", "dark.soonest", "subscription.endsAt"]
    what: Annotated[str | None, Field(description="The id of the subscription.")]
    before: AwareDatetime | None
    after: AwareDatetime | None


class TotalChange(Block):
    """A figure of the whole report that changed."""

    figure: str
    before: int
    after: int
    at_least: Annotated[bool, Field(description="One side is a lower bound: the change is at least that.")]


class CountChange(Entry):
    """A figure of an organization that changed."""

    figure: str
    before: int
    after: int
    at_least: bool


class Organizations(Block):
    """Which came and went."""

    appeared: list[Whereabouts]
    vanished: list[Whereabouts]
    unknown: Annotated[
        list[Unknown], Field(description="Missing from a report that could not list everything: no change.")
    ]
    lost_access: list[Access]
    came_back: list[Access]


class Licenses(Block):
    """What happened to licenses, to devices under co-termination, and to seats of subscriptions."""

    became_expiring: list[Move]
    expired: list[Move]
    renewed: Annotated[
        list[Move],
        Field(description="No longer expiring or expired, and not gone; a later date."),
    ]
    became_unused: list[Move]
    began_to_burn: Annotated[list[Move], Field(description="In state unusedActive.")]
    reclaimed: Annotated[list[Move], Field(description="No longer unused, and not gone.")]


class Difference(Block):
    """What two reports differ in. Every list is ordered by tenant, organization id and name."""

    schema_version: Annotated[str, Field(pattern=r"^1\.[0-9]+$")]
    old: Side
    new: Side
    changed: bool
    warnings: Annotated[list[str], Field(description="Why some of it may not be what it seems.")]
    organizations: Organizations
    licenses: Licenses
    changes: list[Change]
    dates: list[DateChange]
    totals: list[TotalChange]
    counts: list[CountChange]

    def to_json(self) -> dict[str, Any]:
        """The document that `difference_schema` describes."""
        return self.model_dump(mode="json", by_alias=True)


def difference_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of `Difference.to_json`."""
    described = Difference.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, **described}
