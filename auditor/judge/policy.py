"""The policy: what a report is held against. Every key, its meaning and its default.

`auditor.judge.policy_text` reads one and tells where each mistake stands. Like the settings it is frozen
and strict: unknown keys, `"3"` for a number and `true` for 1 are mistakes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from auditor.domain.extra import Extra
from auditor.domain.finding import RECONCILE_RULE, Severity
from auditor.domain.organization import LicensingModel
from auditor.judge.figure import Figure, Kind, to_figure
from auditor.judge.message import check_template
from auditor.judge.naming import check_names, check_text
from auditor.judge.waiver import WAIVER_RULE, Waiver
from auditor.settings.durations import DURATION_PATTERN, parse_duration
from auditor.settings.fault import Fault
from auditor.settings.model import Label, Labels, Line, Patterns
from auditor.settings.selection import Selection

IDLE_RULE: Final = "idle"
"""The rule of findings about rules that look at nothing."""

SELECTION_RULE: Final = "selection"
"""The rule of findings about tenants of whom nothing was selected."""

VANISHED_RULE: Final = "vanished"
"""The rule of findings about organizations that only the baseline has."""

RESERVED_RULES: Final = (RECONCILE_RULE, WAIVER_RULE, IDLE_RULE, SELECTION_RULE, VANISHED_RULE)
MOST: Final = 2**53
"""No figure is ever beyond it: a `max` that is allows everything."""

MAX_DAYS: Final = 3650  # ten years, the longest term that licenses are sold for

_TABLE: Final = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)
_RULE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

_NUMERIC: Final = frozenset({Kind.COUNT, Kind.NUMBER})
_KINDS_OF: Final = {
    "max": _NUMERIC,
    "min": _NUMERIC,
    "min_days": frozenset({Kind.INSTANT}),
    "equals": frozenset({Kind.COUNT, Kind.TEXT, Kind.TRUTH}),
    "one_of": frozenset({Kind.TEXT}),
    "none_of": frozenset({Kind.TEXT}),
}
COMPARISONS: Final = tuple(_KINDS_OF)
SELECTIONS: Final = ("include", "exclude", "tenants", "tags", "licensing_models")


def _check_figure(text: str) -> str:
    check_names(to_figure(text).path)
    return text


def _check_rule_id(text: str) -> str:
    if not _RULE_ID.fullmatch(text):
        raise Fault(f"is no name of a rule: {text[:60]!r}", "letters, digits, and . _ - between them")
    if text in RESERVED_RULES:
        raise Fault(f"is a name that the program keeps for itself: {text!r}", "take another one")
    return text


def _to_seconds(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


def _check_model(text: str) -> str:
    check_text(text, [member.value for member in LicensingModel], what="a licensing model")
    return text


Age = Annotated[
    float,
    Field(gt=0, le=MAX_DAYS * 86_400, allow_inf_nan=False),
    BeforeValidator(
        _to_seconds,
        json_schema_input_type=Annotated[float, Field(gt=0)]
        | Annotated[str, Field(pattern=DURATION_PATTERN)],
    ),
]
"""Seconds, also read from text such as `36h`."""

Number = Annotated[float, Field(allow_inf_nan=False)]
Model = Annotated[
    Label,
    AfterValidator(_check_model),
    Field(json_schema_extra={"enum": [member.value for member in LicensingModel]}),
]
Texts = Annotated[tuple[Label, ...], Field(strict=False, json_schema_extra={"minItems": 1})]


class Scope(StrEnum):
    """What a rule counts together."""

    ORGANIZATION = "organization"
    TENANT = "tenant"
    TAG = "tag"
    TOTAL = "total"


class Rule(BaseModel):
    """One demand. At least one comparison is given; `max` and `min` may stand together."""

    model_config = _TABLE | ConfigDict(
        json_schema_extra={"anyOf": [{"required": [comparison]} for comparison in COMPARISONS]}
    )

    id: Annotated[str, AfterValidator(_check_rule_id)] = Field(
        description="Name of the rule, unique; findings and waivers go by it.", examples=["at-risk-30"]
    )
    figure: Annotated[str, AfterValidator(_check_figure)] = Field(
        description="Path of a figure: below an entry of `organizations`, or from `completeness`, `totals`,"
        " `traffic` or `run` on.",
        examples=["expiring.atRiskWithin.30"],
    )
    severity: Annotated[Severity, Field(strict=False)] = Field(
        Severity.ERROR, description="error, warning or info; --fail-on says from which on the check fails."
    )
    scope: Annotated[Scope, Field(strict=False)] | None = Field(
        None,
        description="Judge each organization; or the sum over each tenant, over the tenants of each tag, or"
        " in total. Default: organization, and total for figures of the whole run.",
    )
    max: Number | None = Field(None, description="The most that is allowed.")
    min: Number | None = Field(None, description="The least that is demanded.")
    min_days: Annotated[int, Field(ge=0, le=MAX_DAYS)] | None = Field(
        None, description="A date must lie further ahead of asOf than that many days; none at all is fine."
    )
    equals: bool | int | Label | None = Field(None, description="What a text or a number must be.")
    one_of: Texts | None = Field(None, description="The texts that are allowed.")
    none_of: Texts | None = Field(None, description="The texts that are not.")
    include: Patterns = Field(
        (), description="Only organizations whose name or id matches a glob, or tag:NAME of their tenant."
    )
    exclude: Patterns = Field((), description="Leave these out, by the same patterns.")
    tenants: Labels = Field(
        (), description="Only the organizations of tenants that match one of these globs."
    )
    tags: Labels = Field((), description="Only the organizations of tenants that have one of these tags.")
    licensing_models: Annotated[tuple[Model, ...], Field(strict=False)] = Field(
        (), description="Only organizations of these models.", examples=[["per-device", "co-term"]]
    )
    message: Annotated[Line, AfterValidator(check_template)] = Field(
        "",
        description="What a finding says; {value}, {threshold}, {figure}, {rule}, {subject}, {organization},"
        " {id}, {tenant}, {tag} and {due} stand for facts. Default: figure, value and threshold.",
    )
    advice: Line = Field("", description="What to do about it. Default: by figure.")
    ratchet: bool = Field(
        default=False, description="With a baseline: fail also where a known finding got worse."
    )

    @property
    def target(self) -> Figure:
        """The figure that it looks at."""
        return to_figure(self.figure)

    @property
    def level(self) -> Scope:
        """What is counted together."""
        return self.scope or (Scope.TOTAL if self.target.is_of_run else Scope.ORGANIZATION)

    @property
    def selection(self) -> Selection:
        """The choice that `include` and `exclude` make."""
        return Selection(include=self.include, exclude=self.exclude)

    @model_validator(mode="after")
    def _fits_its_figure(self) -> Self:
        given = [name for name in COMPARISONS if getattr(self, name) is not None]
        if not given:
            raise Fault("compares its figure with nothing", f"give one of {', '.join(COMPARISONS)}")
        if len(given) > 1 and set(given) != {"max", "min"}:
            raise Fault(
                f"compares in several ways: {', '.join(given)}", "one rule for each", below=(given[-1],)
            )
        self._check_kind(given)
        self._check_bite()
        self._check_scope()
        return self

    def _check_kind(self, given: Sequence[str]) -> None:
        kind = self.target.kind
        for name in given:
            if kind not in _KINDS_OF[name]:
                fitting = [other for other, kinds in _KINDS_OF.items() if kind in kinds]
                raise Fault(
                    f"does not fit {self.figure}, which is {kind.value}",
                    f"give {' or '.join(fitting)}",
                    below=(name,),
                )
        if self.equals is not None and not _is_of(kind, self.equals):
            raise Fault(f"must be {kind.value}, as {self.figure} is", below=("equals",))
        self._check_texts()

    def _check_bite(self) -> None:
        """What nothing can ever break, or everything does, is a mistake."""
        for name in ("one_of", "none_of"):
            if getattr(self, name) == ():
                raise Fault("is empty, and so compares with nothing", "name the texts", below=(name,))
        if self.max is not None and self.max > MOST:
            raise Fault(
                "allows every number that there can be", "give the most that is right", below=("max",)
            )
        if self.min is not None and self.min <= 0:
            raise Fault(
                f"demands nothing: {self.figure} is never less than 0",
                "give the least that is right, or leave it out",
                below=("min",),
            )

    def _check_texts(self) -> None:
        """What a figure can never be is misspelt: held against it, everything would pass, or nothing."""
        lists = {"one_of": self.one_of or (), "none_of": self.none_of or ()}
        places = {(key, place): text for key, texts in lists.items() for place, text in enumerate(texts)}
        for below, text in ({("equals",): self.equals} | places).items():
            if isinstance(text, str):
                try:
                    self.target.check_text(text)
                except Fault as fault:
                    raise Fault(fault.what, fault.hint, below=below) from None

    def _check_scope(self) -> None:
        figure = self.target
        selecting = [name for name in SELECTIONS if getattr(self, name)]
        if figure.is_of_run and self.level is not Scope.TOTAL:
            raise Fault(
                f"does not fit {self.figure}, a figure of the whole run", "leave it out", below=("scope",)
            )
        if figure.is_of_run and selecting:
            what = f"selects organizations, and {self.figure} is a figure of the whole run"
            raise Fault(what, "name a figure of an organization", below=(selecting[0],))
        if not figure.is_of_run and self.level is not Scope.ORGANIZATION and not figure.is_additive:
            raise Fault(
                f"adds up {self.figure}, which is {figure.kind.value} that cannot be added up",
                'scope = "organization"',
                below=("scope",),
            )


class CompletenessDemand(BaseModel):
    """How much must have been read. With no key at all: everything.

    Each key tolerates what it is about and nothing else; `min_share` is about failed and partial ones alike.
    What is tolerated here also leaves rules undecided without consequence. A tenant whose organizations
    could not be listed is never tolerated: nobody knows how many are missing.
    """

    model_config = _TABLE

    min_share: Annotated[Number, Field(ge=0, le=1)] | None = Field(
        None, description="Least share of the selected organizations, but for those skipped, to be audited."
    )
    max_failed: Annotated[int, Field(ge=0)] | None = Field(
        None, description="The most organizations that may have failed; default: 0, or any with `min_share`."
    )
    max_partial: Annotated[int, Field(ge=0)] | None = Field(
        None, description="The most organizations that may be partial; default: 0, or any with `min_share`."
    )
    max_skipped: Annotated[int, Field(ge=0)] | None = Field(
        None, description="The most organizations that may have been skipped; default: any number."
    )
    max_vanished: Annotated[int, Field(ge=0)] | None = Field(
        None,
        description="The most organizations of the baseline that may be skipped or not listed any more; if"
        " there are more, each of them is an error. Default: any number, each a warning.",
    )
    max_unknown: Annotated[int, Field(ge=0)] = Field(
        0,
        description="The most organizations that may leave rules undecided though they were read: no date, a"
        " status that nobody knows, an extra that could not be read. What was not asked for is never"
        " tolerated.",
    )
    max_age: Age | None = Field(
        None,
        description="How old the report may be when `auditor check` reads it, by its `asOf` and by the end of"
        " its run, whichever is earlier; an older one is refused.",
        examples=["36h"],
    )
    may_end_early: bool = Field(
        default=False, description="Whether the run may have been ended early, by its deadline or a signal."
    )

    require: Annotated[tuple[Annotated[Extra, Field(strict=False)], ...], Field(strict=False)] = Field(
        (),
        description="Extras that every organization that has such must have been read with.",
        examples=[["inventory"]],
    )

    @property
    def is_relaxed(self) -> bool:
        """Whether it says how many organizations need not have been read."""
        return any(one is not None for one in (self.min_share, self.max_failed, self.max_partial))


class Policy(BaseModel):
    """Everything that a report is held against. `Policy()` only demands that the audit is complete."""

    model_config = _TABLE

    completeness: CompletenessDemand = Field(
        CompletenessDemand(), description="How much must have been read."
    )
    rules: Annotated[tuple[Rule, ...], Field(strict=False)] = Field((), description="What is demanded.")
    waivers: Annotated[tuple[Waiver, ...], Field(strict=False)] = Field((), description="What is excused.")

    @property
    def demands_anything(self) -> bool:
        """Whether it has a rule, or says itself how much must have been read."""
        return bool(self.rules) or "completeness" in self.model_fields_set

    @field_validator("rules", mode="after")
    @classmethod
    def _have_ids_of_their_own(cls, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        ids = [rule.id for rule in rules]
        for place, rule_id in enumerate(ids):
            if rule_id in ids[:place]:
                raise Fault(f"repeats the id {rule_id!r}", "ids are unique", below=(place, "id"))
        return rules


def _is_of(kind: Kind, value: object) -> bool:
    match kind:
        case Kind.TRUTH:
            return isinstance(value, bool)
        case Kind.COUNT:
            return isinstance(value, int) and not isinstance(value, bool)
        case _:
            return isinstance(value, str)
