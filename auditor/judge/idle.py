"""Findings about what is not there: a rule that looks at nothing, a tenant of whom nothing was selected.

A misspelt tag, tenant or pattern matches nothing and so breaks nothing: unsaid, it would pass for good.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from auditor.domain.finding import Severity
from auditor.domain.question import PlanKind
from auditor.judge.figure import RUN_KEYS, dotted
from auditor.judge.finding import JudgedFinding
from auditor.judge.naming import is_known
from auditor.judge.observation import Json
from auditor.judge.place import Place, Tags, empty_tenants, is_for_nobody, is_whole, parts_for_nobody
from auditor.judge.policy import IDLE_RULE, SELECTION_RULE, Rule


def about_idle_rule(rule: Rule, report: Json, tags: Tags | None, *, is_idle: bool) -> Iterator[JudgedFinding]:
    """What of *rule* looks at nothing in *report*: all of it, where it *is_idle*, and each part by itself.

    A rule for a licensing model that nobody has is no mistake.
    """
    parts = len((*rule.include, *rule.exclude, *rule.tenants, *rule.tags))
    is_all = is_idle and is_for_nobody(rule, report, tags)
    if is_all:
        yield _about(
            f"rule {rule.id}",
            "no organization is one that it is for, so it judged nothing",
            "look for a slip in its include, exclude, tenants and tags, or take it out of the policy",
        )
    for key, part in parts_for_nobody(rule, report, tags) if not is_all or parts > 1 else ():
        # Whoever excludes nothing looks at more than was meant, and passes nothing by that.
        severity = Severity.INFO if key == "exclude" else Severity.WARNING
        advice = f"look for a slip in it, or take it out of {key}"
        yield _about(f"rule {rule.id}: {key} {part}", "matches nobody", advice, severity)


def about_unknown_names(rule: Rule, report: Json) -> Iterator[JudgedFinding]:
    """A warning for each name in the figure of *rule* that nothing in *report* has: its count is nought.

    Names that the vendor or this program is known for are none, nor is one in a table that was not read: a
    cheaper plan leaves out the types of which no license is in a state that it asks for.
    """
    path, named = rule.target.path, rule.target.named
    plans = {one["plan"] for one in report["organizations"]} - {None}
    for at in named if is_whole(report) and plans <= {PlanKind.FULL} else ():
        around, name = path[:at], path[at]
        found = _names_in(around, report)
        if found is None or name in found or is_known(around, name):
            continue
        near = get_close_matches(name, found, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        yield _about(
            f"rule {rule.id}: {dotted(path[: at + 1])}",
            "no organization that was read has that name, so it is counted nought times",
            f"{hint}look for a slip in it, or take the rule out of the policy",
        )


def _names_in(around: tuple[str, ...], report: Json) -> set[str] | None:
    """The keys of the tables at *around*; None where there is no such table, or one was not read."""
    roots = [report] if around[0] in RUN_KEYS else report["organizations"]
    names, has_any = set[str](), False
    for root in roots:
        if root.get(around[0]) is None:
            continue
        place: Any = root
        for key in around:
            if place is None:
                return None
            place = place.get(key, {})
        if place is None:
            return None
        names.update(place)
        has_any = True
    return names if has_any else None


def _about(subject: str, message: str, advice: str, severity: Severity = Severity.WARNING) -> JudgedFinding:
    return JudgedFinding(IDLE_RULE, severity, Place(), subject, message, advice=advice)


def about_empty_tenants(report: Json) -> Iterator[JudgedFinding]:
    """A warning for each tenant that has no organization in *report*, though its list was read."""
    for name in empty_tenants(report):
        place = Place(tenant=name)
        yield JudgedFinding(
            SELECTION_RULE,
            Severity.WARNING,
            place,
            place.subject("organizations"),
            "no organization was audited for it: its selection matches none",
            advice="look for a slip in its ids, include and exclude: `auditor orgs` lists what its key sees",
        )
