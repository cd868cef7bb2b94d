"""The report in a dozen lines for a person, from the report alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from auditor.cli.progress import clock
from auditor.domain.finding import NOT_COMPARED
from auditor.report.extent import is_read_in_part, missing_in_words

MAX_ERRORS: Final = 5

ADVICE: Final[Mapping[str, str]] = {
    "auth": "the API key was refused: check that it is current and enabled",
    "forbidden": "the key's administrator lacks access to these organizations",
    "notFound": "check the ids, and whether the key's administrator was removed from them",
    "apiDisabled": "the API was switched off in the middle of the list: ask the organization's administrator",
    "unsupportedModel": "no licensing model answers, or it changed in the middle of a list: run again",
    "rateLimited": "other tools use up the organization's budget: lower --share, or run at another hour",
    "server": "the vendor answers with errors: run again later",
    "timeout": "no answer in time: check the network, or raise --request-timeout",
    "connection": "check the base URL, the network, the proxy and the firewall",
    "badResponse": "something other than the API answers: a proxy or a captive portal?",
    "pagination": "the vendor's page links cannot be followed: what was read is a lower bound",
    "deadline": "give the run more time, or fewer organizations",
    "internal": "a defect of this program: run again with --log-level debug and report it",
}


def summary_lines(report: Mapping[str, Any]) -> Iterator[str]:
    """The summary, line by line, without a final newline and without control characters."""
    return map(printable, _lines(report))


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    yield from _completeness(report)
    if (
        report["completeness"]["organizations"]["audited"]
        or report["completeness"]["organizations"]["partial"]
    ):
        yield ""
        yield from _counts(report)
    if report["completeness"]["reconciled"] is not None:
        yield ""
        yield _reconciled(report["completeness"]["reconciled"], report["findings"])
    if report["errors"]:
        yield ""
        yield from _errors(report["errors"])
    yield ""
    yield _traffic(report)


def _completeness(report: Mapping[str, Any]) -> Iterator[str]:
    completeness, counts = report["completeness"], report["completeness"]["organizations"]
    is_in_part, missing = is_read_in_part(report), missing_in_words(report)
    incomplete = (
        "INCOMPLETE, counts are lower bounds" if is_in_part else "INCOMPLETE, some standings are not known"
    )
    verdict = "complete" if completeness["complete"] else incomplete
    yield f"{_n(counts['selected'], 'organization')} as of {report['asOf']}: {verdict}"
    skipped = ", ".join(f"{count:,} {reason}" for reason, count in completeness["skippedByReason"].items())
    failed = ", ".join(f"{count:,} {name}" for name, count in completeness["failedByClass"].items())
    parts = [f"{counts['audited']:,} audited"]
    parts += [f"{counts['skipped']:,} skipped ({skipped})"] if skipped else []
    parts += [f"{counts[status]:,} {status}" for status in ("partial", "failed") if counts[status]]
    yield "  " + ", ".join(parts) + (f" ({failed})" if failed else "")
    if missing:
        exact = "what was read whole is counted exactly" if is_in_part else "the license counts are exact"
        yield f"  missing   {missing}: {exact}"
    if report["run"]["interrupted"]:
        yield f"  ended early: {report['run']['interrupted']}"


def _counts(report: Mapping[str, Any]) -> Iterator[str]:
    totals = report["totals"]
    others = [one for one in (totals["coTerm"], totals["subscription"]) if one and one["organizations"]]
    if totals["licenses"]["total"] or not others:
        yield from _licenses(totals, partial=report["completeness"]["organizations"]["partial"])
    yield from _co_term(totals["coTerm"])
    yield from _subscriptions(totals["subscription"])
    if others:
        yield from _ending(totals)
    yield from _dark(totals["organizations"]["byStanding"], report["darkDates"])
    notes = ", ".join(f"{count:,} {kind}" for kind, count in totals["notes"].items())
    if notes:
        yield f"  notes     {notes}"
    yield from _plans(totals["organizations"]["byPlan"])


def _licenses(totals: Mapping[str, Any], *, partial: int) -> Iterator[str]:
    """Per-device licensing."""
    licenses, unused = totals["licenses"], totals["unused"]
    yield f"  licenses  {licenses['total']:,}"
    yield from _wrapped(f"{count:,} {state}" for state, count in licenses["byState"].items() if count)
    told_by = totals["coverage"]["organizations"] if totals["coverage"] and partial else None
    yield from _expiring(totals["expiring"], told_by=told_by)
    idle, burning = unused["unused"], unused["unusedActive"]
    yield f"  unused    {unused['total']:,}: {idle:,} not burning, {burning:,} burning already"
    if totals["reclaim"] and totals["reclaim"]["matched"]:
        yield f"            {totals['reclaim']['matched']:,} fit a device at risk in the same organization"
    if totals["seats"]["total"]:
        yield _seats(totals["seats"])


def _expiring(expiring: Mapping[str, Any], *, told_by: int | None) -> Iterator[str]:
    of = "" if told_by is None else f" (in {_n(told_by, 'organization')} read to the end)"
    covered, at_risk = expiring["coveredByQueue"], expiring["atRisk"]
    if at_risk is not None:
        told = f"{at_risk:,} at risk, {_known(covered)} covered by what is queued"
        yield f"  expiring  {expiring['total']:,}: {told}{of}"
    if expiring["within"] is None:
        yield "  ending    not known: the dates of some organizations were not read"
        return
    label = "ending"
    within = expiring["atRiskWithin"] if at_risk is not None else None
    for days, count in expiring["within"].items():
        risk = "" if within is None else f", {within[days]:,} of them at risk"
        yield f"  {label:<8}  {count:,} within {days} days{risk}"
        label = ""


def _co_term(co_term: Mapping[str, Any] | None) -> Iterator[str]:
    if co_term is None or not co_term["organizations"]:
        return
    licensed, use = co_term["devices"]["licensed"], co_term["use"]
    devices = "devices licensed not known" if licensed is None else f"{_n(licensed, 'device')} licensed"
    read = co_term["devices"].get("organizations")
    if licensed is not None and read is not None and read < co_term["organizations"]:
        devices += f" (counts of {read:,} of them could be read)"
    over = "" if use is None else f", {_known(use['overLimit'])} in use beyond that (estimate)"
    yield f"  co-term   {_n(co_term['organizations'], 'organization')}, {devices}{over}"
    yield from _wrapped(f"{count:,} {status}" for status, count in co_term["byStatus"].items())


def _subscriptions(subscription: Mapping[str, Any] | None) -> Iterator[str]:
    if subscription is None or not subscription["organizations"]:
        return
    seats, violations = subscription["seats"], subscription["violations"]["productClasses"]
    yield (
        f"  subscr.   {_n(subscription['total'], 'subscription')} of"
        f" {_n(subscription['organizations'], 'organization')}: {_subscription_seats(seats)}"
    )
    yield from _idle(subscription["idle"])
    if violations:
        yield f"            {_n(violations, 'product class', 'product classes')} out of compliance"


def _idle(idle: Mapping[str, Any] | None) -> Iterator[str]:
    """Subscriptions that are paid for and do nothing, and those of which nobody knows."""
    if idle is None or not (idle["subscriptions"] or idle["unknown"]):
        return
    seats = "seats not known" if idle["seats"] is None else _n(idle["seats"], "seat")
    told = [f"{idle['subscriptions']:,} idle with {seats}"]
    told += [f"{idle['unknown']:,} with networks not known"] if idle["unknown"] else []
    yield f"            {', '.join(told)}"


def _subscription_seats(seats: Mapping[str, Any]) -> str:
    """With why they do not add up, where they do not."""
    if seats["limit"] is None:
        return "seats not known"
    told = [f"{seats['limit']:,} seats", f"{_known(seats['available'])} available"]
    told += [f"{seats['over']:,} over the limit"] if seats["over"] else []
    unreadable = seats["unreadable"]
    told += [f"not known of {_n(unreadable, 'subscription')}"] if unreadable else []
    return ", ".join(told)


def _ending(totals: Mapping[str, Any]) -> Iterator[str]:
    """Organizations of all licensing models."""
    within = totals["organizations"]["expiringWithin"]
    if within:
        told = ", ".join(f"{count:,} within {days} days" for days, count in within.items())
        yield f"  something ends in organizations: {told}"


def _dark(by_standing: Mapping[str, int] | None, dark_dates: Collection[Mapping[str, Any]]) -> Iterator[str]:
    names = {
        "dark": "with something dark",
        "inGrace": "in grace",
        "expiring": "expiring",
        "ok": "ok",
        "unknown": "not known",
    }
    counts = by_standing or {}
    told = [f"{counts[name]:,} {words}" for name, words in names.items() if counts.get(name)]
    told += ["not known"] if by_standing is None else []
    if told:
        yield f"  standing  organizations: {', '.join(told)}"
    soonest = next(iter(dark_dates), None)
    if soonest is not None:
        more = f", then {len(dark_dates) - 1:,} more" if len(dark_dates) > 1 else ""
        yield f"  next dark {soonest['darkAt'][:10]} in {soonest['organizationId']} {soonest['name']}{more}"


def _seats(seats: Mapping[str, Any]) -> str:
    licenses = "" if seats["licenses"] is None else f" in {_n(seats['licenses'], 'license')}"
    return f"  seats     {seats['total']:,}{licenses}"


def _plans(by_plan: Mapping[str, int]) -> Iterator[str]:
    """How the figures were come by, where not every license was read."""
    if any(count for plan, count in by_plan.items() if plan != "full"):
        used = ", ".join(f"{_n(count, 'organization')} {plan}" for plan, count in by_plan.items() if count)
        yield f"  plan      {used}"


def _reconciled(compared: int, findings: Collection[Mapping[str, Any]] | None) -> str:
    """How many organizations were compared with their overview, and what came of it."""
    if findings is None:
        return f"  {_n(compared, 'organization')} compared with the vendor's overview: findings not known"
    failed = sum(finding["subject"] == NOT_COMPARED for finding in findings)
    missed = f", {failed:,} could not be" if failed else ""
    told = f"{_n(len(findings), 'finding')}: see `findings` in the report" if findings else "no finding"
    return f"  {_n(compared, 'organization')} compared with the vendor's overview{missed}; {told}"


def _wrapped(phrases: Iterable[str]) -> Iterator[str]:
    """The phrases three to a line, below the figures."""
    listed = list(phrases)
    for start in range(0, len(listed), 3):
        yield "            " + " · ".join(listed[start : start + 3])


def _errors(errors: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The first few, those of extras last, then how many more; advice once per class."""
    listed = list(errors)
    if any(error.get("missing") is not None for error in listed):
        listed.sort(key=lambda error: error.get("missing") is not None)
    for error in listed[:MAX_ERRORS]:
        subject = error["organizationId"] or f"tenant {error['tenant']}"
        extra = f"{error['missing']}: " if error.get("missing") else ""
        yield f"  {error['class']}: {subject}: {extra}{error['message']}"
    if len(listed) > MAX_ERRORS:
        yield f"  and {len(listed) - MAX_ERRORS:,} more under `errors` in the report"
    kinds = {(error["class"], error["organizationId"] is None, error["message"]): error for error in listed}
    for advice in dict.fromkeys(map(advice_for, kinds.values())):
        yield f"  -> {advice}"


def advice_for(error: Mapping[str, Any]) -> str:
    """What to do about an entry of `errors`."""
    failure_class = error["class"]
    if failure_class == "notFound" and error["organizationId"] is None:
        return "notFound: check the base URL: it ends with /api/v1"
    if failure_class == "deadline" and "stopped by" in error["message"]:
        return "deadline: the run was stopped before it was done: run it again"
    if error["organizationId"] is None and "has no usable id" in error["message"]:
        return "badResponse: report it to the vendor; the other organizations of the list were audited"
    return f"{failure_class}: {ADVICE[failure_class]}"


def _traffic(report: Mapping[str, Any]) -> str:
    traffic = report["traffic"]
    return (
        f"  {_n(traffic['requests'], 'request')} in {clock(report['run']['durationSeconds'])}"
        f" ({traffic['effectiveRate']:.0f}/s, {traffic['budgetUtilization']:.0%} of the address budget),"
        f" {_n(traffic['retries'], 'retry', 'retries')}, {traffic['rateLimited']:,} × 429"
    )


def _known(count: int | None) -> str:
    return "an unknown number" if count is None else f"{count:,}"


def _n(count: int, noun: str, plural: str | None = None) -> str:
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def printable(text: str) -> str:
    """*text* without control characters, which names from the API may hold and terminals obey."""
    return "".join(char if char.isprintable() else "?" for char in text)
