"""What is wrong, as every format for machines tells it: findings, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from auditor.render.text import MAX_MESSAGE, MAX_NAME, clipped, counted
from auditor.report.extent import is_nothing_audited, is_read_in_part, missing_in_words
from auditor.report.reading import Document

UNREAD_RULE: Final = "unread"
"""The name under which formats that know only rules list what could not be read."""

UNREAD_MEANING: Final = "Not all of it was read: what is found is all that is certain, not all that there is."
NOT_JUDGED: Final = "The report has no findings: judge it first, with auditor check --output."

_FINGERPRINT_CHARACTERS: Final = 32
_BY_URGENCY: Final = {"error": 0, "warning": 1, "info": 2}

Names = Mapping[tuple[str | None, str | None], str]
"""Of organizations, by tenant and id."""


@dataclass(frozen=True, slots=True)
class Told:
    """One finding, ready to be shown. *place* names the organization, the tenant, or the whole fleet.

    *waiver* is why it is excused, None where it is not. *is_known* says that the baseline has it already.
    *is_failure* says that a gate has to fail for it.
    """

    id: str
    rule: str
    severity: str
    tenant: str
    organization_id: str | None
    place: str
    subject: str
    message: str
    due: str | None
    advice: str
    waiver: str | None
    is_known: bool
    is_failure: bool

    @property
    def sentence(self) -> str:
        """Place, subject, message and due date on one line."""
        due = f" (due {self.due[:10]})" if self.due else ""
        subject = _below(self.place, self.subject)
        is_said = not subject or self.message.startswith(f"{subject} ")
        return f"{self.place}: {'' if is_said else f'{subject}: '}{self.message}{due}"

    @property
    def fingerprint(self) -> str:
        """The same in every run, and another one where two tenants hold the same organization."""
        return _digest(self.tenant, self.id)


@dataclass(frozen=True, slots=True)
class Undecided:
    """A rule of which nobody can say whether it holds at *place*, for *reason*."""

    rule: str
    tenant: str
    place: str
    subject: str
    reason: str

    @property
    def sentence(self) -> str:
        """All of it on one line."""
        return f"{self.place}: {_below(self.place, self.subject)}: cannot be decided: {self.reason}"


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was not read, or not to its end. *cause* is the failure class, or `interrupted`."""

    tenant: str
    organization_id: str | None
    place: str
    status: str
    cause: str
    message: str

    @property
    def sentence(self) -> str:
        """All of it on one line."""
        return f"{self.place}: {self.status} ({self.cause}): {self.message}"

    @property
    def fingerprint(self) -> str:
        """The same in every run in which the same is missing."""
        return _digest(UNREAD_RULE, self.tenant, self.organization_id or self.status)


def is_judged(report: Document) -> bool:
    """Whether findings were looked for, so that there being none tells something."""
    return report["findings"] is not None


def findings_of(report: Document) -> list[Told]:
    """The findings in the order of the report; none where it was not judged."""
    names = _names(report)
    fail_on = _urgency((report.get("verdict") or {}).get("failOn") or "error")
    return [_told(finding, names, fail_on) for finding in report["findings"] or ()]


def undecided_of(report: Document) -> list[Undecided]:
    """What stands in the way of a verdict; nothing where none was given."""
    names = _names(report)
    return [
        Undecided(
            rule=clipped(one["rule"], MAX_NAME),
            tenant=clipped(one["tenant"] or "", MAX_NAME),
            place=_place(one, names),
            subject=clipped(one["subject"], MAX_NAME),
            reason=clipped(one["reason"], MAX_MESSAGE),
        )
        for one in (report.get("verdict") or {}).get("undecided") or ()
        if one["matters"]
    ]


def shortfall_of(report: Document) -> str | None:
    """Why the audit is not complete enough, None where it is.

    A verdict has the last word, for a policy may tolerate that some of it was not read.
    """
    verdict = report.get("verdict")
    if is_nothing_audited(report):
        return f"nothing was audited: {completeness_sentence(report)}"
    if verdict:
        return "; ".join(clipped(one, MAX_MESSAGE) for one in verdict["shortfalls"]) or None
    return None if report["completeness"]["complete"] else completeness_sentence(report)


def by_urgency(findings: Sequence[Told]) -> list[Told]:
    """What fails first, then by severity, then what is due first; else in the order given."""

    def rank(told: Told) -> tuple[bool, int, str]:
        return not told.is_failure, _urgency(told.severity), told.due or "~"

    return sorted(findings, key=rank)


def gaps_of(report: Document) -> list[Gap]:
    """What is missing from the report: the run's end, tenants' lists, organizations."""
    return [*_interruptions(report), *_lists(report), *_organizations(report)]


def completeness_sentence(report: Document) -> str:
    """How much of the selection was read, in one sentence."""
    counts = report["completeness"]["organizations"]
    parts = [f"{counts[status]:,} {status}" for status in ("audited", "partial", "failed", "skipped")]
    missing = missing_in_words(report)
    parts += [f"missing are {missing}"] if missing else []
    told = f"{counted(counts['selected'], 'organization')}: {', '.join(parts)}"
    if report["completeness"]["complete"]:
        return f"complete, {told}"
    bound = "all counts are lower bounds" if is_read_in_part(report) else "some standings are not known"
    return f"incomplete, {bound}, {told}"


def error_message(error: Mapping[str, Any]) -> str:
    """What an entry of `errors` says, after the extra that is missing for it."""
    extra = error.get("missing")
    return f"{extra}: {error['message']}" if extra else str(error["message"])


def place_of(organization_id: str | None, name: str | None, tenant: str | None) -> str:
    """An organization by name and id, else its tenant, else the fleet."""
    if organization_id:
        label, short_id = clipped(name or "", MAX_NAME).strip(), clipped(organization_id, MAX_NAME)
        return f"{label} ({short_id})" if label else short_id
    return f"tenant {clipped(tenant, MAX_NAME)}" if tenant else "all organizations"


def _told(finding: Mapping[str, Any], names: Names, fail_on: int) -> Told:
    waiver, is_known = _waiver(finding.get("waived")), finding.get("isNew") is False
    return Told(
        id=finding["id"],
        rule=clipped(finding["rule"], MAX_NAME),
        severity=finding["severity"],
        tenant=clipped(finding["tenant"] or "", MAX_NAME),
        organization_id=finding["organizationId"] or None,
        place=_place(finding, names),
        subject=clipped(finding["subject"] or "", MAX_NAME),
        message=clipped(finding["message"], MAX_MESSAGE),
        due=finding["due"],
        advice=clipped(finding.get("advice") or "", MAX_MESSAGE),
        waiver=waiver,
        is_known=is_known,
        is_failure=waiver is None and not is_known and _urgency(finding["severity"]) <= fail_on,
    )


def _below(place: str, subject: str) -> str:
    """*subject* without the *place* that it may begin with."""
    return subject.removeprefix(f"{place}: ").removeprefix("total: ")


def _names(report: Document) -> Names:
    return {(one["tenant"], one["id"]): one["name"] for one in report["organizations"]}


def _place(block: Mapping[str, Any], names: Names) -> str:
    """Where a finding, or what is like it, belongs."""
    tenant, organization_id = block["tenant"], block["organizationId"]
    return place_of(organization_id, names.get((tenant, organization_id)), tenant)


def _urgency(severity: str) -> int:
    """0 is the worst; a severity of a later version is the least."""
    return _BY_URGENCY.get(severity, len(_BY_URGENCY))


def _waiver(waived: Any) -> str | None:
    """The reason, where the judge tells one."""
    if not waived:
        return None
    reason = waived.get("reason") if isinstance(waived, dict) else waived
    return clipped(reason, MAX_MESSAGE) if isinstance(reason, str) else "waived"


def _interruptions(report: Document) -> Iterator[Gap]:
    reason = report["run"]["interrupted"]
    if reason is not None:
        message = f"the run ended early: {clipped(reason, MAX_MESSAGE)}"
        yield Gap("", None, place_of(None, None, None), "cut off", "interrupted", message)


def _lists(report: Document) -> Iterator[Gap]:
    for error in report["errors"]:
        if error["organizationId"] is None:
            tenant = clipped(error["tenant"], MAX_NAME)
            message = clipped(error["message"], MAX_MESSAGE)
            yield Gap(tenant, None, place_of(None, None, tenant), "list failed", error["class"], message)


def _organizations(report: Document) -> Iterator[Gap]:
    for one in report["organizations"]:
        if one["status"] in ("failed", "partial"):
            yield Gap(
                clipped(one["tenant"], MAX_NAME),
                one["id"],
                place_of(one["id"], one["name"], one["tenant"]),
                one["status"],
                one["error"] or "unknown",
                clipped(one["message"] or "", MAX_MESSAGE),
            )


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode(errors="replace")).hexdigest()[:_FINGERPRINT_CHARACTERS]
