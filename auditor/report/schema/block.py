"""What every block of the report's schema is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

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

TermDays = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]*)$")]
ByTerm = Annotated[
    dict[TermDays, Count],
    Field(
        description="Counts by the whole days that a license lasts.",
        json_schema_extra={"additionalProperties": False},
    ),
]

Month = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}$")]


class Block(BaseModel):
    """Keys as the vendor's API writes them. A reader must ignore keys that it does not know."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, extra="allow", frozen=True)
