"""Findings about what is not there: a rule that looks at nothing, a tenant of whom nothing was selected.

A misspelt tag, tenant or pattern matches nothing and so breaks nothing: unsaid, it would pass for good.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.domain.finding import Severity
from auditor.judge.finding import JudgedFinding
from auditor.judge.observation import Json
from auditor.judge.place import Place, Tags, empty_tenants, is_for_nobody
from auditor.judge.policy import IDLE_RULE, SELECTION_RULE, Rule


def about_idle_rule(rule: Rule, report: Json, tags: Tags | None) -> JudgedFinding | None:
    """A warning where *rule*, which found nothing to judge in *report*, is for no organization in it.

    A rule for a licensing model that nobody has is no mistake.
    """
    if not is_for_nobody(rule, report, tags):
        return None
    return JudgedFinding(
        IDLE_RULE,
        Severity.WARNING,
        Place(),
        f"rule {rule.id}",
        "no organization is one that it is for, so it judged nothing",
        advice="look for a slip in its include, exclude, tenants and tags, or take it out of the policy",
    )


def about_empty_tenants(report: Json) -> Iterator[JudgedFinding]:
    """A warning for each tenant that has no organization in *report*, though its list was read."""
    for name in empty_tenants(report):
        place = Place(tenant=name)
        yield JudgedFinding(
            SELECTION_RULE,
            Severity.WARNING,
            place,
            place.subject("organizations"),
            "no organization was audited for it: its selection matches none, or another tenant has them",
            advice="look for a slip in its ids, include and exclude: `auditor orgs` lists what its key sees",
        )
