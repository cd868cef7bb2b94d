"""A waiver: findings that a person excuses until a day, with the reason and an owner."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Final, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from auditor.settings.fault import Fault
from auditor.settings.instants import MAX_YEAR, MIN_YEAR
from auditor.settings.model import Label

WAIVER_RULE: Final = "waiver"
"""The rule of findings about waivers themselves."""

WAIVED_PLACES: Final = ("organization", "tenant", "tag", "finding")

_TABLE: Final = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EXAMPLE_OF_DAY: Final = "for example expires = 2026-12-31"


def _to_day(value: object) -> date:
    match value:
        case datetime():
            raise Fault("is a time; the last day of a waiver has none", _EXAMPLE_OF_DAY)
        case date():
            day = value
        case str() if _DAY.fullmatch(value):
            day = _from_text(value)
        case _:
            raise Fault("is no date", _EXAMPLE_OF_DAY)
    if not MIN_YEAR <= day.year <= MAX_YEAR:
        raise Fault(f"lies outside the years {MIN_YEAR} to {MAX_YEAR}", _EXAMPLE_OF_DAY)
    return day


def _from_text(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Fault(f"is no date of the calendar: {text!r}", _EXAMPLE_OF_DAY) from error


Glob = Label
Day = Annotated[
    date,
    BeforeValidator(
        _to_day, json_schema_input_type=Annotated[str, Field(json_schema_extra={"format": "date"})]
    ),
]


class Waiver(BaseModel):
    """Findings that are excused until a day. All the places that are given must match."""

    model_config = _TABLE | ConfigDict(
        json_schema_extra={"anyOf": [{"required": [place]} for place in WAIVED_PLACES]}
    )

    rule: Glob = Field(description="Id of the rule, or a glob.", examples=["at-risk-30"])
    organization: Glob | None = Field(None, description="Id of an organization, or a glob over name or id.")
    tenant: Glob | None = Field(
        None, description="Name of a tenant, or a glob: its own findings and those of its organizations."
    )
    tag: Glob | None = Field(None, description="Tag of a finding of the scope tag, or a glob.")
    finding: Glob | None = Field(None, description="Id of a single finding, as `auditor check` tells it.")
    reason: Label = Field(description="Why it is excused.", examples=["renewal ordered, PO 4711"])
    owner: Label = Field(description="Who answers for it.", examples=["jane@example.com"])
    expires: Day = Field(description="The last day (UTC) on which it holds.", examples=["2026-12-31"])

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if not any(getattr(self, place) for place in WAIVED_PLACES):
            raise Fault("does not say what it excuses", f"give one of {', '.join(WAIVED_PLACES)}")
        return self
