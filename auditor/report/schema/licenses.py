"""The blocks that count licenses, under per-device licensing."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from auditor.report.schema.block import Block, ByName, ByTerm, ByWindow, Count


class Licenses(Block):
    """Licenses as the vendor lists them. States and types this version does not know keep their name."""

    total: Count
    by_state: ByName
    by_type: Annotated[
        dict[str, ByName] | None,
        Field(
            description="Those of `total` that were read one by one: all under the plan `full`, the states"
            " expiring, unused and unusedActive under `targeted`; null under `counts`."
        ),
    ]


class Expiring(Block):
    """`total` counts the state `expiring`; `within` counts by date, whatever the state says."""

    total: Annotated[Count, Field(description="Licenses whose state is `expiring`.")]
    within: Annotated[
        ByWindow | None,
        Field(
            description="Licenses assigned and burning that end within the window. Under the plan `targeted`"
            " only those among them that the vendor calls expiring; null under `counts`."
        ),
    ]
    covered_by_queue: Annotated[
        Count | None,
        Field(
            description="Of `total`, those whose device stays covered beyond the longest window. Null, as are"
            " the three below, unless the plan is `full` and the list was read to its end."
        ),
    ] = None
    at_risk: Annotated[Count | None, Field(description="The others: nothing carries past the window.")] = None
    at_risk_within: Annotated[
        ByWindow | None,
        Field(description="Of `within`, those whose device is covered by nothing beyond that window."),
    ] = None
    at_risk_by_type: ByName | None = None


class Activation(Block):
    """When unused licenses begin to burn: 90 days after their claim. An estimate: see the README."""

    soonest: AwareDatetime | None
    soonest_count: Annotated[Count, Field(description="How many begin on the day of `soonest` (UTC).")]
    within: ByWindow
    overdue: Annotated[Count, Field(description="Those that should burn already, and are still unused.")]
    unknown: Annotated[Count, Field(description="Those without a date of claim.")]


class Burnt(Block):
    """Licenses that burn without a device, in days lost and days left; whole days of each license."""

    licenses: Count
    days_burned: Count
    days_left: Count


class Burning(Burnt):
    """The state `unusedActive`."""

    undated: Annotated[Count, Field(description="Those of which a date is missing: in neither sum.")]
    by_type: dict[str, Burnt]


class Unused(Block):
    """`total` = `unused` + `unusedActive`; the second kind is burning already."""

    total: Count
    unused: Count
    unused_active: Count
    by_type: Annotated[dict[str, ByName] | None, Field(description="Null under the plan `counts`.")]
    activation: Annotated[Activation | None, Field(description="Null under the plan `counts`.")] = None
    burning: Annotated[Burning | None, Field(description="Null under the plan `counts`.")] = None


class ByStanding(Block):
    """How many stand where: covered beyond the longest window (`ok`), not beyond it, in grace, shut down."""

    ok: Count
    expiring: Count
    in_grace: Count
    dark: Count
    unknown: Annotated[Count, Field(description="Those of which no end is known.")]


class Coverage(Block):
    """Devices, and licenses that cover a network, by what becomes of them after all that is queued."""

    organizations: Annotated[
        Count | None,
        Field(
            description="In totals: organizations whose list was read to its end. This block, `reclaim`, and"
            " of `expiring` `coveredByQueue`, `atRisk`, `atRiskWithin` and `atRiskByType` are about these."
        ),
    ] = None
    devices: ByStanding
    network_licenses: ByStanding


class SystemsManager(Block):
    """Seats as the vendor's overview sums them, where there are Systems Manager licenses."""

    organizations: Annotated[Count, Field(description="Organizations whose overview told.")]
    total_seats: Count
    active_seats: Count
    unassigned_seats: Count
    enrolled_devices: Annotated[Count, Field(description="Devices enrolled in the whole organization.")]


class SeatCounts(Block):
    """Seats of Systems Manager licenses: never added to licenses."""

    licenses: Annotated[
        Count | None,
        Field(description="Licenses that carry a seat count; null unless the plan is `full`."),
    ]
    total: Annotated[
        int | None,
        Field(
            description="Under the plan `full` the seats of all licenses; under `counts` and `targeted` the"
            " vendor's own `totalSeats`, null where it gives none."
        ),
    ]
    by_state: Annotated[dict[str, int] | None, Field(description="Null unless the plan is `full`.")]
    systems_manager: Annotated[
        SystemsManager | None, Field(description="Null where no overview was read that has seats.")
    ] = None


class Reclaim(Block):
    """Unused licenses that fit devices at risk of the same type, in the same organization."""

    matched: Annotated[Count, Field(description="Devices that would stay covered; each license fits one.")]
    by_type: dict[str, ByName]


class ReclaimNeed(Block):
    """Devices of one type that go dark on one day, and that no unused license of the organization fits."""

    type: str
    date: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="UTC.")]
    count: Count
    least_days: Annotated[
        Count | None,
        Field(
            description="Whole days that a license must last to cover them beyond the longest window, from"
            " the end of their coverage or from now. Null where a report states none."
        ),
    ] = None


class OwnReclaim(Reclaim):
    """The same of one organization, and what `reclaimHints` come from."""

    needs: Annotated[
        list[ReclaimNeed] | None, Field(description="What is left without. Null where a report tells none.")
    ] = None
    surplus: Annotated[ByName | None, Field(description="Licenses in state `unused` left over, by type.")] = (
        None
    )
    surplus_by_term: Annotated[
        dict[str, ByTerm] | None,
        Field(
            description="Of `surplus`, by type, those whose term can be read, by its whole days; the others"
            " fit nothing, and so does all of it where this is null."
        ),
    ] = None


class TallyBlocks(Block):
    """The counts that the totals and every organization under per-device licensing share."""

    licenses: Licenses
    expiring: Expiring
    unused: Unused
    coverage: Annotated[
        Coverage | None, Field(description="Null unless every list was read in full, to its end.")
    ] = None
    seats: SeatCounts
    reclaim: Annotated[Reclaim | None, Field(description="Null where `coverage` is.")] = None
    notes: Annotated[ByName, Field(description="What was odd about the data, by kind.")]
