"""What a rule is judged for: an organization, a tenant, a tag, or everything; and the sums over it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any, Final, TypeAlias

from auditor.domain.idle_subscriptions import idle_of
from auditor.judge.figure import Figure
from auditor.judge.observation import (
    Bound,
    Cause,
    Json,
    Reading,
    due_of,
    instant_of,
    observe,
    observe_run,
)
from auditor.judge.policy import Rule, Scope
from auditor.report.results import subscription_of
from auditor.report.shared import tenants_of
from auditor.report.subscription import idle_block
from auditor.settings.selection import Selection

Tags: TypeAlias = Mapping[str, Sequence[str]]
"""The tags of each tenant, by its name."""

_SEATS: Final = ("limit", "assigned", "available", "over")
_OVER: Final = frozenset({"canceled", "expired"})


@dataclass(frozen=True, slots=True)
class Place:
    """An organization (with its tenant), or a tenant, or a tag (of a tenant, where its own policy says so).

    With none of them, everything.
    """

    organization_id: str | None = None
    name: str = ""
    tenant: str | None = None
    tag: str | None = None

    def subject(self, figure: str) -> str:
        """What a finding about *figure* is about, in words that tell places apart."""
        if self.organization_id is not None:
            return figure
        return f"{self.words or 'total'}: {figure}"

    @property
    def words(self) -> str:
        """The tenant and the tag, in words; empty for everything."""
        named = (("tenant", self.tenant), ("tag", self.tag))
        return ", ".join(f"{kind} {name}" for kind, name in named if name is not None)

    def within(self, owner: str | None) -> Place:
        """The place as the own policy of the tenant *owner* has it, if there is one: of that tenant."""
        return self if owner is None else replace(self, tenant=owner)


def tags_of(report: Json) -> Tags | None:
    """The tags that *report* tells of its tenants; None where it does not tell of all of them."""
    tags = {one["name"]: one["tags"] for one in report["tenants"]}
    owners = (tenants_of(one) for one in report["organizations"])
    return tags if tags and all(one in tags for several in owners for one in several) else None


def readings(rule: Rule, report: Json, tags: Tags | None) -> Iterator[tuple[Place, Reading]]:
    """All that *rule* has to judge, in the order of the report."""
    figure = rule.target
    if figure.is_of_run:
        yield Place(), observe_run(figure, report)
        return
    if tags is None and _asks_for_tags(rule):
        yield (
            Place(),
            Reading(None, Bound.UNKNOWN, Cause.LACKING, "the report does not tell the tenants' tags"),
        )
        return
    chosen = [one for one in report["organizations"] if _is_chosen(one, rule, tags or {})]
    if rule.level is Scope.ORGANIZATION:
        for one in chosen:
            reading = observe(figure, one)
            if reading is not None:
                yield Place(one["id"], one["name"], one["tenant"]), reading
        return
    empty = {*_empty_tenants_of(rule, report)}
    for place, tenants in _groups(rule, report, tags or {}):
        if place.tenant in empty:
            yield place, Reading(0)
            continue
        members = [one for one in chosen if _is_chosen(one, rule, tags or {}, within=tenants)]
        reading = _sum(figure, members, unlisted=_unlisted(rule, report, tenants, tags or {}), report=report)
        if reading is not None:
            yield place, reading


def _asks_for_tags(rule: Rule) -> bool:
    patterns = (*rule.include, *rule.exclude)
    return rule.level is Scope.TAG or bool(rule.tags) or any(one.startswith("tag:") for one in patterns)


def is_for_nobody(rule: Rule, report: Json, tags: Tags | None) -> bool:
    """Whether *rule* names organizations, tenants or tags, and none of *report* is one of these.

    Of a part of an audit that says nothing, nor where some organizations could not be listed.
    """
    is_narrow = rule.include or rule.exclude or rule.tenants or rule.tags
    is_told = tags is not None or not _asks_for_tags(rule)
    if not (is_narrow and is_told and report["organizations"] and is_whole(report)):
        return False
    is_for_some = any(_is_admitted(one, rule, tags or {}) for one in report["organizations"])
    return not (is_for_some or _unlisted(rule, report, None, tags or {}))


def parts_for_nobody(rule: Rule, report: Json, tags: Tags | None) -> Iterator[tuple[str, str]]:
    """The patterns, tenants and tags of *rule*, each after its key, that nothing in *report* matches.

    Where some organizations could not be listed, a pattern may be for one of these.
    """
    if not (report["organizations"] and is_whole(report)):
        return
    tenants = {one["name"] for one in report["tenants"]} | _tenants_in(report)
    is_listed = not any(one["organizationId"] is None for one in report["errors"])
    for key in ("include", "exclude"):
        for pattern in getattr(rule, key):
            is_told = is_listed and (tags is not None or not pattern.startswith("tag:"))
            if is_told and not any(
                _is_like_pattern(one, pattern, tags or {}) for one in report["organizations"]
            ):
                yield key, pattern
    yield from (
        ("tenants", glob) for glob in rule.tenants if not any(is_like(tenant, glob) for tenant in tenants)
    )
    own = _folded(tag for tenant in tenants for tag in (tags or {}).get(tenant, ()))
    if tags is not None:
        yield from (("tags", tag) for tag in rule.tags if tag.casefold() not in own)


def _is_like_pattern(organization: Json, pattern: str, tags: Tags) -> bool:
    selection = Selection(include=(pattern,))
    return any(
        selection.admits(organization["id"], organization["name"], tags.get(tenant, ()))
        for tenant in tenants_of(organization)
    )


def empty_tenants(report: Json) -> list[str]:
    """The tenants whose list was read and of whom nothing was selected. Of a part nobody can say."""
    if not is_whole(report):
        return []
    found = _tenants_in(report)
    return sorted(one["name"] for one in report["tenants"] if one["name"] not in found)


def _tenants_in(report: Json) -> set[str]:
    """The tenants of whom *report* has an organization or an error."""
    return {tenant for one in (*report["organizations"], *report["errors"]) for tenant in tenants_of(one)}


def _empty_tenants_of(rule: Rule, report: Json) -> list[str]:
    """Those for whom *rule* sees nothing. What organizations they would have for it, nobody can say."""
    return [] if rule.include or rule.licensing_models else empty_tenants(report)


def is_whole(report: Json) -> bool:
    """Whether *report* is of all that was selected: no part of it, and not cut off."""
    return report["run"]["shard"] is None and report["run"]["interrupted"] is None


def _is_chosen(organization: Json, rule: Rule, tags: Tags, *, within: Collection[str] | None = None) -> bool:
    if rule.licensing_models and _model_of(organization) not in {*rule.licensing_models, None}:
        return False
    return _is_admitted(organization, rule, tags, within=within)


def _is_admitted(
    organization: Json, rule: Rule, tags: Tags, *, within: Collection[str] | None = None
) -> bool:
    """Whether *rule* is for *organization* as one of a tenant that has it: of one of those *within*."""
    for tenant in tenants_of(organization):
        own_tags = tags.get(tenant, ())
        if (
            (within is None or tenant in within)
            and rule.selection.admits(organization["id"], organization["name"], own_tags)
            and _is_chosen_tenant(tenant, rule, own_tags)
        ):
            return True
    return False


def _is_chosen_tenant(tenant: str, rule: Rule, own_tags: Iterable[str]) -> bool:
    if rule.tenants and not any(is_like(tenant, glob) for glob in rule.tenants):
        return False
    return not rule.tags or bool(_folded(rule.tags) & _folded(own_tags))


def _model_of(organization: Json) -> str | None:
    """Its licensing model; None where the vendor did not say, so that nothing is left out for that."""
    model = organization["licensingModel"]
    return model if isinstance(model, str) else None


def is_like(text: str, glob: str) -> bool:
    """Whether *glob* matches *text*, whatever the case."""
    return fnmatchcase(text.casefold(), glob.casefold())


def _folded(tags: Iterable[str]) -> set[str]:
    return {tag.casefold() for tag in tags}


def _groups(rule: Rule, report: Json, tags: Tags) -> Iterator[tuple[Place, frozenset[str] | None]]:
    """The places of *rule* and the tenants of each; None stands for all."""
    if rule.level is Scope.TOTAL:
        yield Place(), None
        return
    if rule.level is Scope.TENANT:
        tenants = _tenants_in(report)
        for tenant in sorted(tenants.union(_empty_tenants_of(rule, report))):
            if _is_chosen_tenant(tenant, rule, tags.get(tenant, ())):
                yield Place(tenant=tenant), frozenset({tenant})
        return
    spelled: dict[str, str] = {}
    for tag in sorted(tag for own in tags.values() for tag in own):
        spelled.setdefault(tag.casefold(), tag)
    for folded, tag in spelled.items():
        if not rule.tags or folded in _folded(rule.tags):
            yield Place(tag=tag), frozenset(one for one, own in tags.items() if folded in _folded(own))


def _unlisted(rule: Rule, report: Json, tenants: frozenset[str] | None, tags: Tags) -> list[str]:
    """The tenants of a place whose organizations could not all be listed."""
    failed = {one["tenant"] for one in report["errors"] if one["organizationId"] is None}
    return sorted(
        tenant
        for tenant in failed
        if (tenants is None or tenant in tenants) and _is_chosen_tenant(tenant, rule, tags.get(tenant, ()))
    )


def _sum(figure: Figure, members: Iterable[Json], *, unlisted: list[str], report: Json) -> Reading | None:
    """The sum over *members*: a lower bound as soon as one of them is; None where none has the figure."""
    total, has_any, dues = 0, False, []
    reasons: dict[str, Cause] = {
        f"the organizations of tenant {tenant} could not be listed": Cause.UNREAD for tenant in unlisted
    }
    seen: set[str] = set()
    unknown = frozenset[tuple[str, str]]()
    for one in members:
        reading = observe(figure, one)
        if reading is None:
            continue
        has_any = True
        if reading.bound is not Bound.EXACT:
            reasons[f"{one['id']}: {reading.reason}"] = reading.cause
            unknown |= reading.unknown
        if isinstance(reading.value, int):
            value = (
                _own_part(figure, one, seen, report) if figure.path[0] == "subscription" else reading.value
            )
            total += value
            dues += [due for due in (due_of(figure, one),) if due is not None and value]
    if not (has_any or reasons):
        return None
    due = min(dues, key=instant_of, default=None)
    if not reasons:
        return Reading(total, due=due)
    cause = next(one for one in (Cause.LACKING, Cause.UNREAD, Cause.UNKNOWN) if one in reasons.values())
    return Reading(total, Bound.AT_LEAST, cause, _told(list(reasons)), due, unknown)


def _told(reasons: list[str]) -> str:
    more = f" (and {len(reasons) - 1:,} more)" if len(reasons) > 1 else ""
    return f"{reasons[0]}{more}"


def _own_part(figure: Figure, organization: Json, seen: set[str], report: Json) -> int:
    """What *organization* adds to a sum: its subscriptions but for those that another one shares with it."""
    total = 0
    for one in organization["subscription"]["subscriptions"]:
        if one["id"] not in seen:
            seen.add(one["id"])
            place: Any = _sums_of(one, report)
            for key in figure.path[1:]:
                place = place.get(key, 0) if isinstance(place, Mapping) else 0
            total += place
    return total


def _sums_of(one: Json, report: Json) -> Json:
    """One subscription in the shape of the sums over several."""
    told: Mapping[str, Json | None] = one["seats"] or {}
    seats = {sku: _with_over(of) for sku, of in told.items() if of is not None}
    violations = one["violations"] or ()
    missing: dict[str, int] = {}
    for violation in violations:
        for sku, count in violation["missing"].items():
            missing[sku] = missing.get(sku, 0) + (count or 0)
    return {
        "total": 1,
        "shared": int(one["shared"]),
        "byStatus": {one["status"]: 1},
        "byType": {one["type"]: 1},
        "renewalRequested": int(one["renewalRequested"] is True),
        "endingWithin": {str(days): int(_ends_within(one, days, report)) for days in report["windowsDays"]},
        "seats": {
            **{key: sum(of[key] for of in seats.values()) for key in _SEATS},
            "unreadable": int(one["seats"] is None or len(seats) < len(told)),
            "bySku": seats,
        },
        "idle": _idle_of(one, report),
        "violations": {"productClasses": len(violations), "missing": missing},
    }


def _with_over(seats: Json) -> Json:
    """*seats* of one SKU; a report that does not state how many are over the limit states what shows it."""
    stated = seats.get("over")
    return {**seats, "over": max(0, seats["assigned"] - seats["limit"]) if stated is None else stated}


def _idle_of(one: Json, report: Json) -> Json:
    """Nought for seats that cannot be read: the readings say of them that the sum is a lower bound."""
    idle = idle_block(idle_of([subscription_of(one)], instant_of(report["asOf"])))
    return {key: count or 0 for key, count in idle.items()}


def _ends_within(one: Json, days: int, report: Json) -> bool:
    if one["endsAt"] is None or one["status"] in _OVER:
        return False
    as_of = instant_of(report["asOf"])
    return as_of < instant_of(one["endsAt"]) <= as_of + timedelta(days=days)
