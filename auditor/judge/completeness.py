"""Whether enough of the selection was read."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.judge.missing import has_standing_missing, lacks
from auditor.judge.observation import Json
from auditor.judge.policy import CompletenessDemand


def shortfalls(report: Json, demand: CompletenessDemand, *, has_rules: bool = False) -> list[str]:
    """What *report* lacks of *demand*, in sentences; nothing where it is complete enough.

    What *demand* does not speak of is not tolerated, but for organizations that were skipped on purpose,
    and for extras that are missing where the policy *has_rules*: these decide then whether anybody asks.
    """
    return [
        *_lists(report),
        *_share(report, demand),
        *_unread(report, demand),
        *_cut_off(report, demand),
        *_skipped(report, demand),
        *_required(report, demand),
        *(() if has_rules else _standings(report, demand)),
    ]


def _lists(report: Json) -> Iterator[str]:
    for error in report["errors"]:
        if error["organizationId"] is None:
            yield f"the organizations of tenant {error['tenant']} could not be listed ({error['class']})"


def _share(report: Json, demand: CompletenessDemand) -> Iterator[str]:
    counts = report["completeness"]["organizations"]
    wanted = counts["selected"] - counts["skipped"]
    if demand.min_share is not None and counts["audited"] < demand.min_share * wanted:
        share = f"{demand.min_share * 100:g} %"
        yield f"{counts['audited']:,} of {_organizations(wanted)} audited, demanded are {share}"


def _unread(report: Json, demand: CompletenessDemand) -> Iterator[str]:
    """A share that is demanded bounds both kinds; without one, a kind of which nothing is said may not be."""
    counts = report["completeness"]["organizations"]
    for status, given in (("failed", demand.max_failed), ("partial", demand.max_partial)):
        most = 0 if given is None and demand.min_share is None else given
        if most is not None and counts[status] > most:
            bound = f", at most {most:,} may be" if demand.is_relaxed else ""
            yield f"{counts[status]:,} of {_organizations(counts['selected'])} {status}{bound}"


def _cut_off(report: Json, demand: CompletenessDemand) -> Iterator[str]:
    """What ended early, or says that it is incomplete without a word on what is missing."""
    completeness, reason = report["completeness"], report["run"]["interrupted"]
    if reason is not None and not demand.may_end_early:
        yield f"the run ended early: {reason}"
    counts = completeness["organizations"]
    has_a_cause = (
        counts["failed"]
        or counts["partial"]
        or report["errors"]
        or completeness["missing"]
        or reason is not None
    )
    if not (completeness["complete"] or has_a_cause):
        yield "the report says that it is incomplete"


def _skipped(report: Json, demand: CompletenessDemand) -> Iterator[str]:
    skipped = report["completeness"]["organizations"]["skipped"]
    if demand.max_skipped is not None and skipped > demand.max_skipped:
        yield f"{_organizations(skipped)} skipped, at most {demand.max_skipped:,} may be"


def _required(report: Json, demand: CompletenessDemand) -> Iterator[str]:
    for extra in demand.require:
        count = sum(lacks(one, extra) for one in report["organizations"])
        if count:
            yield f"{_organizations(count)} without {extra.value}, which is required"


def _standings(report: Json, demand: CompletenessDemand) -> Iterator[str]:
    """What makes the report incomplete without anything read in part."""
    count = sum(has_standing_missing(one) for one in report["organizations"])
    if count > demand.max_unknown and not report["completeness"]["complete"]:
        yield f"the standing of {_organizations(count)} is not known, for an extra could not be read"


def _organizations(count: int) -> str:
    return f"{count:,} organization{'' if count == 1 else 's'}"
