"""The shape of the report, version 1, as models, and the JSON Schema that they publish.

1.0  per-device licensing in full; the other models are reported as skipped
1.1  co-termination and subscriptions; coverage after what is queued, dark dates, renewals, reclaimables
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, Field

from auditor.domain.extra import Extra
from auditor.domain.outcome import FailureClass, SkipReason, Status
from auditor.domain.question import PlanKind
from auditor.domain.standing import Standing
from auditor.report.schema.ahead import Dark, Forecast, OwnRenewals, ReclaimHint, SoonestDark
from auditor.report.schema.attention import AttentionLicense
from auditor.report.schema.block import Block, ByName, ByWindow, Count
from auditor.report.schema.co_term import CoTerm, TotalCoTerm
from auditor.report.schema.licenses import (
    ByStanding,
    Coverage,
    Expiring,
    Licenses,
    OwnReclaim,
    SeatCounts,
    TallyBlocks,
    Unused,
)
from auditor.report.schema.subscription import OrganizationSubscriptions, TotalSubscriptions
from auditor.report.schema.verdict import Finding, Verdict

SCHEMA_ID: Final = "urn:auditor:report:1"


class Tool(Block):
    """The program that wrote the report."""

    name: Literal["auditor"]
    version: str


class Run(Block):
    """One execution. Differs from run to run, as `traffic` does; nothing else in the report does."""

    id: str
    started_at: AwareDatetime
    finished_at: AwareDatetime
    duration_seconds: Annotated[float, Field(ge=0)]
    resumed: bool
    interrupted: Annotated[str | None, Field(description="Why the run ended early; null when it did not.")]
    shard: Annotated[str | None, Field(description="The part of the organizations: `2/4`; null for all.")]
    question: Annotated[
        str | None,
        Field(description="The same for all runs that ask the same of the same selection."),
    ] = None
    spread: Annotated[
        str | None, Field(description="The same for all parts that were made even by the same sizes.")
    ] = None


class Tenant(Block):
    """What the configuration says of a tenant."""

    name: str
    tags: list[str]
    contact: str


class OrganizationCounts(Block):
    """`selected` = `audited` + `partial` + `failed` + `skipped`; `seen` is what the keys can list."""

    seen: Count
    selected: Count
    audited: Count
    partial: Count
    failed: Count
    skipped: Count


class Completeness(Block):
    """How much of the selection was read.

    `complete` is false where an organization failed or is partial, a list of organizations broke off or the
    run ended early: all counts are lower bounds then. It is false too where an extra is `missing` that
    decides where an organization stands; counts are exact then.
    """

    complete: bool
    organizations: OrganizationCounts
    skipped_by_reason: dict[SkipReason, Count]
    failed_by_class: Annotated[
        dict[FailureClass, Count], Field(description="Failed and partial organizations by failure class.")
    ]
    missing: Annotated[
        dict[Extra, Count],
        Field(description="Organizations by extra that could not be read: see `organizations[].missing`."),
    ] = Field(default_factory=dict)
    reconciled: Annotated[
        Count | None,
        Field(
            description="Organizations whose whole list was compared with the vendor's overview: `findings`"
            " is about these. Null where no comparison was asked for."
        ),
    ]


class TotalOrganizations(Block):
    """Organizations of all licensing models: how many there are, where they stand, where something ends."""

    by_licensing_model: ByName
    by_plan: Annotated[
        dict[PlanKind, Count], Field(description="Organizations with counts, by how these were come by.")
    ]
    expiring_within: Annotated[
        ByWindow | None,
        Field(description="Those with a license, a date of their own or a subscription that ends."),
    ]
    by_standing: Annotated[
        ByStanding | None, Field(description="By the worst standing of all that is in each.")
    ] = None


class Totals(TallyBlocks):
    """Sums over the organizations below that were counted.

    A figure that one of them lacks is null. `byType` has only the states that were read of all of them.
    """

    organizations: TotalOrganizations
    co_term: TotalCoTerm | None = None
    subscription: TotalSubscriptions | None = None


class Organization(Block):
    """One organization. When something was read (`plan` is not null), it has the blocks of its model.

    `licenses`, `expiring`, `unused`, `coverage`, `seats` and `reclaim`, or `coTerm`, or `subscription`.
    """

    id: str
    name: str
    tenant: str
    licensing_model: Annotated[str | None, Field(description="`licensing.model` as the vendor spells it.")]
    status: Status
    reason: Annotated[SkipReason | None, Field(description="Why it was skipped.")]
    error: Annotated[FailureClass | None, Field(description="Why it is failed or partial.")]
    message: str | None
    pages: Annotated[
        Count, Field(description="Pages of its own lists; an overview is none, nor is a shared list.")
    ]
    plan: Annotated[
        PlanKind | None,
        Field(
            description="How the counts were come by: every license read (`full`), the vendor's overview"
            " alone (`counts`), or the overview and the licenses of some states (`targeted`)."
        ),
    ]
    missing: Annotated[
        list[Extra],
        Field(
            description="Extras that could not be read: seats in use (`seatUse`), the inventory under"
            " co-termination, what SKUs are, the compliance of subscriptions. Their figures are null; the"
            " counts of a list that was read whole stay exact. `errors` says why, but of `skus`, of which the"
            " log does."
        ),
    ] = Field(default_factory=list)
    standing: Annotated[
        Standing | None, Field(description="The worst of all that is in it; null where that is not known.")
    ] = None
    dark: Annotated[Dark | None, Field(description="Null where not all of it was read.")] = None
    licenses: Licenses | None = None
    expiring: Expiring | None = None
    unused: Unused | None = None
    coverage: Coverage | None = None
    seats: SeatCounts | None = None
    reclaim: OwnReclaim | None = None
    attention: Annotated[
        list[AttentionLicense] | None,
        Field(
            description="With `--detail`, the licenses that ask for attention: what goes dark first, then by"
            " `expirationDate` or `burnsAt`. Under the plan `targeted` without those that have ended."
        ),
    ] = None
    co_term: CoTerm | None = None
    subscription: OrganizationSubscriptions | None = None
    notes: ByName | None = None
    also_selected_by: Annotated[
        list[str],
        Field(
            description="The other tenants that select it, by name: it is read and counted once, and is in"
            " the report of each of them. Left out where there are none, and in the report of one tenant."
        ),
    ] = Field(default_factory=list)
    renewals: Annotated[
        list[OwnRenewals],
        Field(description="Beside `alsoSelectedBy`: its part of `forecast.renewals`, but for subscriptions."),
    ] = Field(default_factory=list)


class Error(Block):
    """One failure, of an organization or (`organizationId` null) of a tenant's discovery."""

    organization_id: str | None
    tenant: str
    failure_class: Annotated[FailureClass, Field(alias="class")]
    http_status: int | None
    message: str
    attempts: Annotated[Count, Field(description="Tries of the failed request; 0 when it was never sent.")]
    request_id: Annotated[str | None, Field(description="The vendor's `X-Request-Id`.")]
    missing: Annotated[
        Extra | None, Field(description="The extra that it kept back; the organization was audited then.")
    ] = None


class Traffic(Block):
    """`requests` = `pages` + `redirects` + `refusals` + `retries` + `failures` + `abandoned`."""

    requests: Count
    pages: Annotated[
        Count, Field(description="Answers that were used: pages of organizations and licenses, overviews.")
    ]
    redirects: Count
    refusals: Annotated[Count, Field(description="Answers that settled an organization without a page.")]
    retries: Annotated[Count, Field(description="Failed requests that were tried again.")]
    retries_by_class: dict[FailureClass, Count]
    failures: Annotated[Count, Field(description="Failed requests that were not tried again.")]
    abandoned: Annotated[Count, Field(description="Requests cut off by the deadline or a signal.")]
    rate_limited: Annotated[Count, Field(description="Answers 429.")]
    bytes: Annotated[Count, Field(description="Bytes of the bodies, decompressed.")]
    peak_in_flight: Count
    effective_rate: Annotated[float, Field(ge=0, description="Requests per second.")]
    budget_utilization: Annotated[
        float,
        Field(
            ge=0,
            description="Requests per second to the host that was asked most / its address budget: each host"
            " has its own. Of several parts their mean; of a cluster, over all its addresses and hosts.",
        ),
    ]


class Report(Block):
    """Audit of Cisco Meraki licenses over many organizations."""

    schema_version: Annotated[str, Field(pattern=r"^1\.[0-9]+$")]
    tool: Tool
    run: Run
    as_of: Annotated[AwareDatetime, Field(description="The instant every window and count refers to.")]
    windows_days: list[Annotated[int, Field(ge=1)]]
    tenants: Annotated[
        list[Tenant], Field(description="In the order of the configuration; none in version 1.0.")
    ] = Field(default_factory=list)
    completeness: Completeness
    totals: Totals
    dark_dates: Annotated[
        list[SoonestDark],
        Field(description="One for each organization in which something goes dark, the soonest first."),
    ] = Field(default_factory=list)
    forecast: Annotated[Forecast | None, Field(description="Null in a report of version 1.0.")] = None
    reclaim_hints: list[ReclaimHint] = Field(default_factory=list)
    organizations: Annotated[list[Organization], Field(description="Ordered by tenant, then id.")]
    findings: Annotated[
        list[Finding] | None,
        Field(description="In the order of the organizations; there when something was looked for."),
    ] = None
    verdict: Annotated[Verdict | None, Field(description="There when a policy was given.")] = None
    errors: list[Error]
    traffic: Traffic


def report_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the report."""
    schema = Report.model_json_schema(by_alias=True, mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "auditor report",
        **_without_titles(schema),
    }


def _without_titles(schema: Any) -> Any:
    """Drop the titles that pydantic derives from names: they say nothing that the names do not."""
    if isinstance(schema, dict):
        return {
            key: _without_titles(value)
            for key, value in schema.items()
            if key != "title" or not isinstance(value, str)
        }
    return [_without_titles(item) for item in schema] if isinstance(schema, list) else schema
