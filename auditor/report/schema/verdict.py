"""The blocks that a judged report has: findings, and the verdict."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from auditor.domain.finding import Severity
from auditor.report.schema.block import Block, Count


class Waived(Block):
    """What excuses a finding."""

    reason: str
    owner: str
    expires: Annotated[
        str,
        Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="Its last day (UTC)."),
    ]


class Finding(Block):
    """One thing to look into. It changes neither counts nor completeness."""

    id: Annotated[
        str, Field(description="The same in every run for the same rule, tenant, organization and subject.")
    ]
    rule: Annotated[
        str,
        Field(
            description="`reconcile`: the list is compared with the vendor's overview. `waiver`: about"
            " a waiver of the policy. `idle`: about a rule of it that looks at nothing. `selection`: about a"
            " tenant of whom nothing was selected. `vanished`: about an organization that the baseline"
            " has and that is skipped or not listed any more. Others are the rules of the policy."
        ),
    ]
    severity: Severity
    organization_id: Annotated[
        str | None, Field(description="Null where it is about a tenant, or about all of them.")
    ]
    tenant: Annotated[str | None, Field(description="Null where it is about all of them.")]
    subject: Annotated[
        str,
        Field(
            description="What differs: `total`, `byState.expiring`. With the severity `info`, `notCompared`:"
            " there was no overview to compare with, and the message says why; or `soonestActivation`: the"
            " vendor names another day for the next unused licenses to begin to burn. Of a policy's rule, its"
            " figure, after the tenant, the tag or `total` where it is judged for these."
        ),
    ]
    message: str
    due: Annotated[AwareDatetime | None, Field(description="When it comes to bite, where that is known.")]
    value: Annotated[
        bool | int | float | str | None, Field(description="Of the figure; a lower bound at least.")
    ] = None
    threshold: Annotated[
        bool | int | float | str | list[str] | None, Field(description="What the rule demands.")
    ] = None
    advice: str | None = None
    waived: Waived | None = None
    is_new: Annotated[
        bool | None, Field(description="False: the baseline excuses it. Null where there is none.")
    ] = None
    value_before: Annotated[
        bool | int | float | str | None, Field(description="Of the figure in the baseline.")
    ] = None


class VerdictCounts(Block):
    """How many findings fail, how many do not and why, and how many rules nobody can decide somewhere."""

    failing: Count
    waived: Count
    known: Annotated[Count, Field(description="In the baseline as well.")]
    undecided: Count


class RuleResult(Block):
    """What came of one rule: places judged, broken (of which waived), undecided."""

    id: str
    tenant: Annotated[str | None, Field(description="Whose own policy has it; null: that of all.")] = None
    severity: Severity
    scope: Literal["organization", "tenant", "tag", "total"]
    figure: str
    judged: Count
    broken: Count
    waived: Count
    undecided: Count


class Undecided(Block):
    """A rule that nobody can decide about a place."""

    rule: str
    severity: Severity
    organization_id: str | None
    tenant: str | None
    subject: str
    reason: str
    matters: Annotated[bool, Field(description="Whether it stands in the way of passing.")]


class Verdict(Block):
    """What follows from the findings."""

    outcome: Literal["passed", "failed", "undecided", "nothingAudited"]
    fail_on: Severity
    baseline_as_of: AwareDatetime | None
    shortfalls: Annotated[list[str], Field(description="What completeness lacks; empty where it is enough.")]
    counts: VerdictCounts
    rules: list[RuleResult]
    undecided: list[Undecided]
