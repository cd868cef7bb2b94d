"""The block of the licenses that ask for attention, one by one."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from auditor.report.schema.block import Block, Count


class AttentionLicense(Block):
    """A license that has ended, that ends within the longest window, or that is unused. Never its key.

    Null is what the vendor does not tell, or what has no meaning for a license in its state.
    """

    id: str | None
    license_type: str
    state: Annotated[str, Field(description="The vendor's own.")]
    device_serial: str | None
    network_id: str | None
    order_number: str | None
    activation_date: AwareDatetime | None
    expiration_date: AwareDatetime | None
    burns_at: Annotated[
        AwareDatetime | None,
        Field(
            description="Of an `unused` one: when it begins to burn, 90 days after its claim. An estimate."
        ),
    ]
    days_burned: Annotated[
        Count | None, Field(description="Of an `unusedActive` one: whole days; they sum to `unused.burning`.")
    ]
    days_left: Annotated[Count | None, Field(description="The same until its end.")]
    covered_until: Annotated[
        AwareDatetime | None,
        Field(
            description="When the device or network ends that it covers, after all that is queued there. Null"
            " where it covers nothing, no end is told, or the list was not read to its end. Of what"
            " `expiring.within` counts, `atRiskWithin` has those where this is null or within the window."
        ),
    ]
    dark_at: Annotated[
        AwareDatetime | None,
        Field(
            description="30 days after `coveredUntil`, where that is past or within the longest window; null"
            " where the device or network stays covered beyond it."
        ),
    ]
    at_risk: Annotated[
        bool | None,
        Field(
            description="Of an `expiring` one: whether `expiring.atRisk` counts it, or `coveredByQueue`. Null"
            " in other states, and where the list was not read to its end."
        ),
    ] = None
