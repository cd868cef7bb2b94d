"""The blocks about co-termination: one date for all, devices licensed and in use, seats, keys."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from auditor.report.schema.block import Block, ByName, Count


class LicensedDevices(Block):
    """Devices that co-termination covers, by the vendor's name for their kind."""

    licensed: Annotated[Count | None, Field(description="Null where a count cannot be read.")]
    by_model: Annotated[ByName | None, Field(description="Null where a count cannot be read.")]


class TotalLicensedDevices(LicensedDevices):
    """The same of all of which every count could be read."""

    organizations: Annotated[Count | None, Field(description="Null where a report does not state it.")] = None


class LicensedSeats(Block):
    """Seats of Systems Manager, which the vendor counts among the devices and which are none."""

    licensed: Annotated[Count | None, Field(description="Null where a count cannot be read.")]


class TotalLicensedSeats(LicensedSeats):
    """The same of all of which every count could be read."""

    organizations: Annotated[Count | None, Field(description="Null where a report does not state it.")] = None


class FamilyUse(Block):
    """Devices of one family."""

    licensed: Count
    in_use: Count


class DeviceUse(Block):
    """The inventory beside the licensed counts: an estimate, for names are matched by family."""

    estimate: Literal[True]
    in_use: Count
    over_limit: Annotated[
        Count | None,
        Field(
            description="In use beyond what is licensed, family by family; null where a limit cannot be read."
        ),
    ]
    spare: Annotated[
        Count | None,
        Field(description="Licensed and not in use, family by family; null where a limit cannot be read."),
    ]
    warm_spares: Annotated[
        Count | None,
        Field(
            description="The second of two appliances of one model in one network, which needs no license and"
            " stands in no other count; null where a report does not state it."
        ),
    ] = None
    by_family: dict[str, FamilyUse]
    unmatched: Annotated[
        ByName,
        Field(
            description="In use, by model, where no licensed family is known and a license of another name"
            " may fit: not in `overLimit`."
        ),
    ]


class OrganizationDeviceUse(DeviceUse):
    """The same of one organization."""

    dark_at: Annotated[
        AwareDatetime | None,
        Field(
            description="The latest date of the shutdown where more is in use than is licensed; null where"
            " it is dark already."
        ),
    ]


class TotalDeviceUse(DeviceUse):
    """The same of all that were asked and whose limits could be read."""

    organizations: Count


class Keys(Block):
    """License keys of co-termination: counts of keys, never added to licenses or devices."""

    total: Count
    live: Annotated[Count, Field(description="Neither invalidated nor expired.")]
    invalidated: Count
    expired: Count
    by_mode: ByName
    by_edition: Annotated[ByName, Field(description="Live keys by product type and edition.")]
    devices_by_model: Annotated[ByName, Field(description="What live keys were bought for.")]


class TotalKeys(Keys):
    """The same of all that were asked."""

    organizations: Count


class CoTerm(Block):
    """One organization under co-termination: one date for all its devices."""

    status: Annotated[str | None, Field(description="The vendor's text; no function of the date.")]
    expires_at: AwareDatetime | None
    devices: LicensedDevices
    seats: Annotated[LicensedSeats | None, Field(description="Null where a report does not tell them.")] = (
        None
    )
    use: Annotated[OrganizationDeviceUse | None, Field(description="Null where it was not read.")]
    keys: Annotated[Keys | None, Field(description="Null where they were not read.")]


class TotalCoTerm(Block):
    """Sums over the organizations under co-termination.

    Each sum says of how many it is, and is null where it is known of none.
    """

    organizations: Count
    by_status: ByName
    devices: TotalLicensedDevices
    seats: Annotated[
        TotalLicensedSeats | None, Field(description="Null where a report does not tell them.")
    ] = None
    use: TotalDeviceUse | None
    keys: TotalKeys | None
