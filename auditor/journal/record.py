"""One finished organization as text, and back: counts and words, never a license, a serial or a key.

The organization itself is not in it. Its name and its model are today's, from the list that a resumed run
asks for anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from auditor.domain.finding import Finding, Severity
from auditor.domain.note import NoteKind
from auditor.domain.organization import Organization
from auditor.domain.outcome import Failure, Skip, SkipReason
from auditor.domain.question import PlanKind
from auditor.domain.reducer import Tally
from auditor.domain.result import OrganizationResult

Json = dict[str, Any]


class UnreadableRecordError(ValueError):
    """Not the text of a record: its organization has to be asked again."""


def to_record(result: OrganizationResult) -> str:
    """The text of *result*, which must be audited or skipped: failures are not worth keeping."""
    ending = result.ending
    if isinstance(ending, Failure):
        raise TypeError("a failed organization has no record")
    return json.dumps(
        {
            "pages": result.pages,
            "plan": result.plan.value,
            "skip": None if ending is None else [ending.reason.value, ending.message],
            "tally": None if result.tally is None else _from_tally(result.tally),
            "findings": [_from_finding(finding) for finding in result.findings],
            "isReconciled": result.is_reconciled,
        },
        separators=(",", ":"),
    )


def from_record(text: str, organization: Organization, *, tenant: str) -> OrganizationResult:
    """The result of *organization* that *text* was made of.

    Raises:
        UnreadableRecordError: it was not made by `to_record`.
    """
    try:
        record = json.loads(text)
        skip, tally = record["skip"], record["tally"]
        return OrganizationResult(
            organization=organization,
            tenant=tenant,
            tally=None if tally is None else _to_tally(tally),
            pages=record["pages"],
            ending=None if skip is None else Skip(SkipReason(skip[0]), skip[1]),
            plan=PlanKind(record["plan"]),
            findings=tuple(_to_finding(one, organization.id, tenant) for one in record["findings"]),
            is_reconciled=record["isReconciled"],
        )
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise UnreadableRecordError(f"{type(error).__name__} in a record") from error


def _from_tally(tally: Tally) -> Json:
    return {
        "counts": [[*kind, count] for kind, count in tally.by_type_and_state.items()],
        "untyped": dict(tally.untyped),
        "within": [[days, count] for days, count in tally.expiring_within.items()],
        "seats": dict(tally.seats_by_state),
        "seatLicenses": tally.seat_licenses,
        "seatsAsSummed": tally.seats_as_summed,
        "notes": {kind.value: count for kind, count in tally.notes.items()},
    }


def _to_tally(record: Mapping[str, Any]) -> Tally:
    return Tally(
        by_type_and_state={(kind, state): count for kind, state, count in record["counts"]},
        untyped=dict(record["untyped"]),
        expiring_within=dict(record["within"]),
        seats_by_state=dict(record["seats"]),
        seat_licenses=record["seatLicenses"],
        seats_as_summed=record["seatsAsSummed"],
        notes={NoteKind(kind): count for kind, count in record["notes"].items()},
    )


def _from_finding(finding: Finding) -> list[str | None]:
    due = None if finding.due is None else finding.due.isoformat()
    return [finding.rule, finding.severity.value, finding.subject, finding.message, due]


def _to_finding(record: list[Any], organization_id: str, tenant: str) -> Finding:
    rule, severity, subject, message, due = record
    return Finding(
        rule=rule,
        severity=Severity(severity),
        organization_id=organization_id,
        tenant=tenant,
        subject=subject,
        message=message,
        due=None if due is None else datetime.fromisoformat(due),
    )
