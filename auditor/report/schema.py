"""The shape of the report, version 1, as models, and the JSON Schema that they publish.

1.0  per-device licensing in full; the other models are reported as skipped
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from auditor.domain.finding import Severity
from auditor.domain.outcome import FailureClass, SkipReason, Status
from auditor.domain.question import PlanKind

SCHEMA_ID: Final = "urn:auditor:report:1"

Count = Annotated[int, Field(ge=0)]
ByName = dict[str, Count]
WindowDays = Annotated[str, Field(pattern=r"^[1-9][0-9]*$")]
ByWindow = Annotated[
    dict[WindowDays, Count],
    Field(
        description="Counts by window length in days; each window is half-open: (asOf, asOf + days].",
        json_schema_extra={"additionalProperties": False},
    ),
]


class _Block(BaseModel):
    """Keys as the vendor's API writes them. A reader must ignore keys that it does not know."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, extra="allow", frozen=True)


class Tool(_Block):
    """The program that wrote the report."""

    name: Literal["auditor"]
    version: str


class Run(_Block):
    """One execution. Differs from run to run, as `traffic` does; nothing else in the report does."""

    id: str
    started_at: AwareDatetime
    finished_at: AwareDatetime
    duration_seconds: Annotated[float, Field(ge=0)]
    resumed: bool
    interrupted: Annotated[str | None, Field(description="Why the run ended early; null when it did not.")]
    shard: str | None


class OrganizationCounts(_Block):
    """`selected` = `audited` + `partial` + `failed` + `skipped`; `seen` is what the keys can list."""

    seen: Count
    selected: Count
    audited: Count
    partial: Count
    failed: Count
    skipped: Count


class Completeness(_Block):
    """How much of the selection was read. When `complete` is false, all counts are lower bounds."""

    complete: bool
    organizations: OrganizationCounts
    skipped_by_reason: dict[SkipReason, Count]
    failed_by_class: Annotated[
        dict[FailureClass, Count], Field(description="Failed and partial organizations by failure class.")
    ]
    reconciled: Annotated[
        Count | None,
        Field(
            description="Organizations whose whole list was compared with the vendor's overview: `findings`"
            " is about these. Null where no comparison was asked for."
        ),
    ]


class Licenses(_Block):
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


class Expiring(_Block):
    """`total` counts the state `expiring`; `within` counts by date, whatever the state says."""

    total: Annotated[Count, Field(description="Licenses whose state is `expiring`.")]
    within: Annotated[
        ByWindow | None,
        Field(
            description="Licenses assigned and burning that end within the window. Under the plan `targeted`"
            " only those among them that the vendor calls expiring; null under `counts`."
        ),
    ]


class Unused(_Block):
    """`total` = `unused` + `unusedActive`; the second kind is burning already."""

    total: Count
    unused: Count
    unused_active: Count
    by_type: Annotated[dict[str, ByName] | None, Field(description="Null under the plan `counts`.")]


class Seats(_Block):
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


class TallyBlocks(_Block):
    """The counts that the totals and every audited organization share."""

    licenses: Licenses
    expiring: Expiring
    unused: Unused
    seats: Seats
    notes: Annotated[ByName, Field(description="What was odd about the data, by kind.")]


class TotalOrganizations(_Block):
    """Organizations by licensing model, and how many have a license ending within each window."""

    by_licensing_model: ByName
    by_plan: Annotated[
        dict[PlanKind, Count], Field(description="Organizations with counts, by how these were come by.")
    ]
    expiring_within: ByWindow | None


class Totals(TallyBlocks):
    """Sums over the organizations below that were counted.

    A figure that one of them lacks is null. `byType` has only the states that were read of all of them.
    """

    organizations: TotalOrganizations


class Organization(_Block):
    """One organization. The count blocks are there when something was read (`plan` is not null)."""

    id: str
    name: str
    tenant: str
    licensing_model: Annotated[str | None, Field(description="`licensing.model` as the vendor spells it.")]
    status: Status
    reason: Annotated[SkipReason | None, Field(description="Why it was skipped.")]
    error: Annotated[FailureClass | None, Field(description="Why it is failed or partial.")]
    message: str | None
    pages: Annotated[Count, Field(description="Pages of licenses; an overview is none.")]
    plan: Annotated[
        PlanKind | None,
        Field(
            description="How the counts were come by: every license read (`full`), the vendor's overview"
            " alone (`counts`), or the overview and the licenses of some states (`targeted`)."
        ),
    ]
    licenses: Licenses | None = None
    expiring: Expiring | None = None
    unused: Unused | None = None
    seats: Seats | None = None
    notes: ByName | None = None


class Finding(_Block):
    """One thing to look into. It changes neither counts nor completeness."""

    id: Annotated[
        str, Field(description="The same in every run for the same rule, organization and subject.")
    ]
    rule: Annotated[str, Field(description="`reconcile`: the list is compared with the vendor's overview.")]
    severity: Severity
    organization_id: str
    tenant: str
    subject: Annotated[
        str,
        Field(
            description="What differs: `total`, `byState.expiring`. With the severity `info`, `notCompared`:"
            " there was no overview to compare with, and the message says why."
        ),
    ]
    message: str
    due: Annotated[AwareDatetime | None, Field(description="When it comes to bite, where that is known.")]


class Error(_Block):
    """One failure, of an organization or (`organizationId` null) of a tenant's discovery."""

    organization_id: str | None
    tenant: str
    failure_class: Annotated[FailureClass, Field(alias="class")]
    http_status: int | None
    message: str
    attempts: Annotated[Count, Field(description="Tries of the failed request; 0 when it was never sent.")]
    request_id: Annotated[str | None, Field(description="The vendor's `X-Request-Id`.")]


class Traffic(_Block):
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
    budget_utilization: Annotated[float, Field(ge=0, description="effectiveRate / the address budget.")]


class Report(_Block):
    """Audit of Cisco Meraki licenses over many organizations."""

    schema_version: Annotated[str, Field(pattern=r"^1\.[0-9]+$")]
    tool: Tool
    run: Run
    as_of: Annotated[AwareDatetime, Field(description="The instant every window and count refers to.")]
    windows_days: list[Annotated[int, Field(ge=1)]]
    completeness: Completeness
    totals: Totals
    organizations: Annotated[list[Organization], Field(description="Ordered by tenant, then id.")]
    findings: Annotated[
        list[Finding] | None,
        Field(description="In the order of the organizations; there when something was looked for."),
    ] = None
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
