"""The blocks that look ahead: dark dates, renewals by month, and what could be reclaimed."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from auditor.domain.organization import LicensingModel
from auditor.domain.outlook import Unit
from auditor.domain.standing import Standing
from auditor.report.schema.block import Block, Count, Month


class DarkDate(Block):
    """What goes dark on one day."""

    date: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="UTC.")]
    standing: Standing
    what: Annotated[
        str | None,
        Field(description="License type, or product class; null for a whole organization."),
    ]
    count: Annotated[
        Count | None,
        Field(
            description="Devices and network licenses; missing seats, null where the vendor states none that"
            " can be read; 1."
        ),
    ]
    estimate: Annotated[bool, Field(description="The vendor tells no date: it comes no later than this.")]


class Dark(Block):
    """When what is not dark yet goes dark, as far as that lies within the longest window and its grace."""

    soonest: AwareDatetime | None
    known: Annotated[
        bool | None,
        Field(
            description="Whether the date of everything that can go dark is known. Where it is not, something"
            " may go dark sooner, and `soonest` null proves nothing. Null before version 1.2."
        ),
    ] = None
    dates: list[DarkDate]


class SoonestDark(Block):
    """The first that goes dark in one organization."""

    dark_at: AwareDatetime
    standing: Standing
    organization_id: str
    name: str
    tenant: str
    licensing_model: str | None
    what: Annotated[str | None, Field(description="Null for a whole organization, and for several kinds.")]
    count: Annotated[Count | None, Field(description="Null where that of one kind is.")]
    estimate: bool


class Renewals(Block):
    """What ends in which month, of one kind."""

    tenant: str
    licensing_model: LicensingModel
    type: Annotated[str, Field(description="License type, device model of co-termination, or SKU.")]
    unit: Unit
    by_month: dict[Month, Count]


class OwnRenewals(Block):
    """What ends in which month in one organization, of one kind."""

    type: Annotated[str, Field(description="License type, or device model of co-termination.")]
    unit: Unit
    by_month: dict[Month, Count]


class Forecast(Block):
    """What ends in each of 36 months, after all that is queued; the first month is that of `asOf`."""

    organizations: Annotated[
        Count, Field(description="Organizations that it is about: those that were read to their end.")
    ]
    months: list[Month]
    renewals: list[Renewals]


class ReclaimHint(Block):
    """Unused licenses of one organization that another one of the same tenant lacks: they must be moved."""

    tenant: str
    type: str
    from_organization: Annotated[str, Field(alias="from")]
    to_organization: Annotated[str, Field(alias="to")]
    count: Count
    soonest_dark_date: str
