"""The settings of an audit: every key, its unit, its range and its default.

Frozen and strict: `"50"` is no number and `true` is no 1. Lists and texts with a grammar of their own
are read here as well, so a value that exists is valid. `auditor.settings.layers` builds one from what
the user gave and tells where each mistake stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from auditor.domain.finding import Severity
from auditor.domain.question import PlanKind
from auditor.settings.addresses import DEFAULT_BASE_URL, to_base_url, to_source_address
from auditor.settings.durations import DURATION_PATTERN, parse_duration
from auditor.settings.fault import Fault
from auditor.settings.instants import to_instant
from auditor.settings.selection import Selection, check_organization_id, check_pattern
from auditor.settings.texts import (
    LOCAL_ENGINE,
    check_argv,
    check_engine,
    check_is_no_api_key,
    check_not_blank,
    check_printable,
    check_rendering,
    check_shard,
    to_argv,
)

DEFAULT_KEY_VARIABLE = "MERAKI_DASHBOARD_API_KEY"
"""The variable that the vendor's own SDK reads."""

DEFAULT_TENANT = "default"
KEY_SOURCES = ("api_key_env", "api_key_file", "api_key_command")
NEEDS_A_LIST = {
    "reconcile": (
        "compares lists with overviews, and the plan counts reads no list",
        "take the plan full or targeted, or do not reconcile",
    ),
    "detail": (
        "names licenses, and the plan counts reads none",
        "take the plan full or targeted, or ask for no detail",
    ),
}
"""What the plan without lists cannot do: the fault, and what helps."""

_MAX_WINDOWS = 10
_MAX_WINDOW_DAYS = 3650  # ten years, the longest term that licenses are sold for

# `hide_input_in_errors` keeps what the user wrote out of pydantic's own messages and of tracebacks.
_TABLE = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


def _to_seconds(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


def _to_windows(days: tuple[int, ...]) -> tuple[int, ...]:
    if not 1 <= len(days) <= _MAX_WINDOWS:
        raise Fault(f"must hold 1 to {_MAX_WINDOWS} windows, not {len(days)}", "for example [30, 60, 90]")
    if len(set(days)) < len(days):
        raise Fault("names a window twice", "each number of days once, for example [30, 60, 90]")
    return tuple(sorted(days))


def _check_variable_name(text: str) -> str:
    if not (text.isascii() and text.isidentifier()):
        raise Fault("is not the name of an environment variable", f"for example {DEFAULT_KEY_VARIABLE}")
    return text


Positive = Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)]
Duration = Annotated[
    Positive,
    BeforeValidator(
        _to_seconds,
        json_schema_input_type=Annotated[float, Field(gt=0)]
        | Annotated[str, Field(pattern=DURATION_PATTERN)],
    ),
]
"""Seconds, more than zero; also read from text such as `90s`."""

Instant = Annotated[datetime, BeforeValidator(to_instant)]
Line = Annotated[str, AfterValidator(check_printable)]
"""Text without control characters."""

Label = Annotated[Line, Field(json_schema_extra={"minLength": 1}), AfterValidator(check_not_blank)]
"""A `Line` that is not blank."""

# Sizes are checked after the items, by functions: pydantic counts only the items that passed.
# TOML has lists only; "strict" would take nothing but a tuple.
OrganizationIds = Annotated[
    tuple[Annotated[str, AfterValidator(check_organization_id)], ...], Field(strict=False)
]
Patterns = Annotated[tuple[Annotated[str, AfterValidator(check_pattern)], ...], Field(strict=False)]
Labels = Annotated[tuple[Label, ...], Field(strict=False)]
Windows = Annotated[
    tuple[Annotated[int, Field(ge=1, le=_MAX_WINDOW_DAYS)], ...],
    Field(strict=False, json_schema_extra={"minItems": 1, "maxItems": _MAX_WINDOWS, "uniqueItems": True}),
    AfterValidator(_to_windows),
]
Argv = Annotated[
    tuple[Annotated[str, AfterValidator(check_printable)], ...],
    Field(strict=False),
    BeforeValidator(to_argv, json_schema_input_type=str | list[str]),
    AfterValidator(check_argv),
]
Renderings = Annotated[tuple[Annotated[str, AfterValidator(check_rendering)], ...], Field(strict=False)]
BaseUrl = Annotated[str, AfterValidator(to_base_url)]


class AuditSettings(BaseModel):
    """What the audit asks."""

    model_config = _TABLE | ConfigDict(
        json_schema_extra={
            "not": {
                "properties": {"plan": {"const": PlanKind.COUNTS.value}},
                "required": ["plan"],
                "anyOf": [{"properties": {key: {"const": True}}, "required": [key]} for key in NEEDS_A_LIST],
            }
        }
    )

    windows_days: Windows = Field(
        (30, 60, 90), description="Look-ahead windows in days: 1 to 10 distinct whole numbers up to 3650."
    )
    as_of: Instant | None = Field(
        None,
        description="Reference time of every window, with an offset; the start of the audit when absent.",
        examples=["2026-11-24T00:00:00Z"],
    )
    # TOML has no enumerations; "strict" would take nothing but a member.
    plan: Annotated[PlanKind, Field(strict=False)] = Field(
        PlanKind.FULL,
        description="full reads every license; counts asks each organization for its overview alone;"
        " targeted asks for the overview first, unless the organization is known to have at most two"
        " pages, then reads only the states expiring, unused and unusedActive where that takes fewer pages"
        " than the whole list.",
    )
    reconcile: bool = Field(
        default=False,
        description="Compare each organization that is read in full with its overview, for one request more"
        " and another where they differ.",
    )

    seat_use: bool = Field(
        default=True,
        description="Ask each organization with Systems Manager licenses for its overview, which alone tells"
        " the seats in use: one request more.",
    )
    inventory: bool = Field(
        default=True,
        description="Read the devices in use of each co-termination organization, to hold them against its"
        " limits: a request per 1,000 devices.",
    )

    detail: bool = Field(
        default=False,
        description="Name each license that has ended or soon ends, or is unused, with its device and order"
        " number; never its key. Under the plan targeted, none that has ended.",
    )

    shard: Annotated[str, AfterValidator(check_shard)] | None = Field(
        None,
        description="Audit one part of the organizations: I/N, counted from 1, or N, where the variable"
        " JOB_COMPLETION_INDEX of a Kubernetes indexed job says which. `auditor merge` joins the parts.",
        examples=["1/4"],
    )
    shard_sizes: Label | None = Field(
        None,
        description="Earlier report by whose sizes the parts are made even; the same for all of them.",
    )
    engine: Annotated[str, AfterValidator(check_engine)] = Field(
        LOCAL_ENGINE,
        description="Where the audit runs: local, in this process; dask://HOST:PORT, in parts on the workers"
        " of a Dask scheduler.",
        examples=["dask://scheduler.example:8786"],
    )

    @field_validator(*NEEDS_A_LIST, mode="after")
    @classmethod
    def _has_a_list(cls, wanted: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's call
        if wanted and info.data.get("plan") is PlanKind.COUNTS:
            raise Fault(*NEEDS_A_LIST[info.field_name or ""])
        return wanted


class LimitSettings(BaseModel):
    """How hard the vendor is asked. The defaults are its documented budgets; a simulator may take more."""

    model_config = _TABLE

    organization_rate: Positive = Field(10.0, description="Requests per second to one organization.")
    organization_burst: Annotated[Positive, Field(ge=1)] = Field(
        10.0, description="Requests to one organization that may go at once."
    )
    address_rate: Positive = Field(100.0, description="Requests per second from this source address.")
    source_address: Annotated[str, AfterValidator(to_source_address)] | None = Field(
        None,
        description="Address of this machine that requests leave from, with a budget of its own; the system's"
        " choice when absent.",
        examples=["192.0.2.7"],
    )
    share: Annotated[Positive, Field(le=1)] = Field(
        0.9, description="Share of each organization's budget to use; its other tools need the rest."
    )
    shared_budget: Label = Field(
        "auto",
        description="Where runs of this machine share the budgets: auto, off, or a folder for the ledger.",
    )
    max_in_flight: int = Field(
        512, ge=1, description="Requests to one host that may wait for an answer at once."
    )
    request_timeout: Duration = Field(60.0, description="Longest wait for one answer.", examples=["60s"])
    attempts: int = Field(5, ge=1, description="Tries of one request in all, the first included.")
    retry_after_cap: Duration = Field(
        60.0, description="Longest wait that the vendor may ask for.", examples=["60s"]
    )
    max_licenses: int = Field(
        1_000_000, ge=1, description="Licenses, devices or subscriptions of one organization, at most."
    )
    max_organizations: int = Field(300_000, ge=1, description="Organizations of one tenant, at most.")
    deadline: Duration | None = Field(
        None, description="The audit ends by then with what it has; no end when absent.", examples=["25m"]
    )


class PolicySettings(BaseModel):
    """What the report is held against."""

    model_config = _TABLE

    file: Label | None = Field(
        None, description="Path of the policy; its rules decide on the exit code.", examples=["policy.toml"]
    )
    baseline: Label | None = Field(
        None, description="Path of an earlier report: only what it does not have yet fails."
    )
    # TOML has no enumerations; "strict" would take nothing but a member.
    fail_on: Annotated[Severity, Field(strict=False)] = Field(
        Severity.ERROR, description="Least severity that fails: error, warning or info."
    )


class OutputSettings(BaseModel):
    """Where the results go."""

    model_config = _TABLE

    report: Label = Field("-", description="Path of the report; - is the standard output.")
    journal: Label | None = Field(
        None, description="Path of the journal, with which a run that was cut off can be resumed."
    )
    renderings: Renderings = Field(
        (),
        description="What else is written of the report: FORMAT=PATH, formats as of `auditor render`.",
        examples=[["html=report.html", "openmetrics=auditor.prom"]],
    )
    history: Label | None = Field(None, description="Path of the history that each report is added to.")
    history_keep_days: int | None = Field(
        None, ge=1, description="Forget reports of the history after so many days; never when absent."
    )
    per_tenant: Label | None = Field(
        None, description="Folder for a report and a page of each tenant, with nothing of any other in it."
    )
    redact: bool = Field(
        default=False,
        description="Mask names, serials and order numbers in everything that is written.",
    )


class OrganizationSettings(BaseModel):
    """Which organizations of a tenant; every list that is given narrows."""

    model_config = _TABLE

    ids: OrganizationIds = Field((), description="Organization ids; empty takes all.")
    include: Patterns = Field((), description="Globs over name or id, or tag:NAME; empty takes all.")
    exclude: Patterns = Field((), description="Globs over name or id, or tag:NAME; these are left out.")


class TenantSettings(BaseModel):
    """One API key and what it is for. Exactly one of the `api_key_...` keys is given."""

    model_config = _TABLE | ConfigDict(
        json_schema_extra={"oneOf": [{"required": [source]} for source in KEY_SOURCES]}
    )

    name: Label = Field(description="Name of the tenant in the report; unique.", examples=["acme"])
    api_key_env: (
        Annotated[str, AfterValidator(check_is_no_api_key), AfterValidator(_check_variable_name)] | None
    ) = Field(
        None, description="Environment variable that holds the API key.", examples=[DEFAULT_KEY_VARIABLE]
    )
    api_key_file: Annotated[Label, AfterValidator(check_is_no_api_key)] | None = Field(
        None,
        description="File that holds the API key and nothing else.",
        examples=["/run/credentials/auditor.service/meraki"],
    )
    # An argument list may hold a secret against all advice: it is not shown.
    api_key_command: Argv | None = Field(
        None,
        description="Program whose first line of output is the API key; run without a shell.",
        examples=[["pass", "show", "meraki"]],
        repr=False,
        validate_default=True,
    )
    base_url: BaseUrl = Field(DEFAULT_BASE_URL, description="Base URL of the region's Dashboard API.")
    auth: Literal["bearer", "x-cisco-meraki-api-key"] = Field(
        "bearer", description="Header that carries the API key: Authorization: Bearer, or the vendor's own."
    )
    organizations: OrganizationSettings = Field(
        OrganizationSettings(), description="Which organizations to audit; all that the key sees when absent."
    )
    tags: Labels = Field((), description="Free labels; `tag:NAME` selects by them.")
    contact: Line = Field("", description="Whom to ask about this tenant.")
    policy: Label | None = Field(
        None,
        description="Path of a policy for this tenant alone, in place of the rules for organizations and"
        " tenants of the policy for all.",
        examples=["acme-policy.toml"],
    )

    @field_validator("api_key_command", mode="after")
    @classmethod
    def _has_one_key_source(
        cls, argv: tuple[str, ...] | None, info: ValidationInfo
    ) -> tuple[str, ...] | None:
        # On the last of the three, so that the other keys' faults are reported with this one. A source
        # that failed its own check is missing from the data and still was given.
        earlier = [source for source in KEY_SOURCES[:-1] if info.data.get(source, "failed") is not None]
        given = [*earlier, *KEY_SOURCES[-1:]] if argv is not None else earlier
        if len(given) > 1:
            raise Fault(f"gives the API key more than once: {', '.join(given)}", "keep one", of_table=True)
        if not given:
            raise Fault(
                "does not say where the API key is",
                f"for example api_key_env = {DEFAULT_KEY_VARIABLE!r}; or api_key_file, api_key_command",
                of_table=True,
            )
        return argv

    @property
    def selection(self) -> Selection:
        """The choice that `organizations` makes."""
        chosen = self.organizations
        return Selection(frozenset(chosen.ids), chosen.include, chosen.exclude)


def find_repeated_names(names: Sequence[object]) -> list[Fault]:
    """A fault of `tenants` for each of *names* that an earlier tenant has."""
    return [
        Fault(f"repeats the tenant name {name!r}", "names are unique", below=(place, "name"))
        for place, name in enumerate(names)
        if name in names[:place]
    ]


class Settings(BaseModel):
    """Everything that a run is told. `Settings()` audits all that the SDK's own variable gives access to."""

    model_config = _TABLE

    audit: AuditSettings = AuditSettings()
    limits: LimitSettings = LimitSettings()
    policy: PolicySettings = PolicySettings()
    output: OutputSettings = OutputSettings()
    tenants: Annotated[tuple[TenantSettings, ...], Field(strict=False)] = (
        TenantSettings(name=DEFAULT_TENANT, api_key_env=DEFAULT_KEY_VARIABLE),
    )

    @field_validator("tenants", mode="after")
    @classmethod
    def _have_names_of_their_own(cls, tenants: tuple[TenantSettings, ...]) -> tuple[TenantSettings, ...]:
        if not tenants:
            raise Fault("must hold a tenant", "leave the key out for the default one")
        for fault in find_repeated_names([tenant.name for tenant in tenants]):
            raise fault
        return tenants
