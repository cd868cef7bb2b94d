"""What a finding about a broken rule says: the value, what is allowed, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from auditor.judge.comparing import Comparison
from auditor.judge.finding import JudgedFinding
from auditor.judge.message import filled
from auditor.judge.observation import Bound, Reading
from auditor.judge.place import Place
from auditor.judge.policy import Rule

ADVICE: Final[Mapping[str, str]] = {
    "unused": "assign them, or move them to an organization that needs them: see `reclaimHints`",
    "coTerm": "renew, buy licenses, or take devices out of the organization",
    "subscription": "renew it, or buy the seats that are missing",
    "completeness": "see `errors` in the report, and run again",
    "status": "see `errors` in the report, and run again",
    "error": "see `errors` in the report, and run again",
    "traffic": "see `traffic` in the report",
    "run": "see `run` in the report",
    "notes": "see `notes` in the README",
}
BIND: Final = "bind it to networks, or finish its Smart Account: see `networks` and `smartAccount`"
RENEW: Final = "renew or queue licenses, or move unused ones: see `reclaim` and `reclaimHints`"


def finding_of(rule: Rule, place: Place, reading: Reading, comparison: Comparison) -> JudgedFinding:
    """The finding that *rule* makes of *reading* at *place*."""
    facts = _facts(rule, place, reading, comparison)
    message = (
        filled(rule.message, facts) or f"{rule.figure} is {facts['value']}, allowed is {comparison.demand}"
    )
    return JudgedFinding(
        rule.id,
        rule.severity,
        place,
        place.subject(rule.figure),
        message,
        due=reading.due,
        value=reading.value,
        threshold=comparison.threshold,
        advice=rule.advice or _advice_on(rule.target.path),
    )


def _advice_on(path: tuple[str, ...]) -> str:
    return BIND if path[:2] == ("subscription", "idle") else ADVICE.get(path[0], RENEW)


def _facts(rule: Rule, place: Place, reading: Reading, comparison: Comparison) -> Mapping[str, str]:
    return {
        "value": _told(reading),
        "threshold": comparison.demand,
        "figure": rule.figure,
        "rule": rule.id,
        "subject": place.subject(rule.figure),
        "organization": place.name,
        "id": place.organization_id or "",
        "tenant": place.tenant or "",
        "tag": place.tag or "",
        "due": (reading.due or "")[:10],
    }


def _told(reading: Reading) -> str:
    value = reading.value
    if isinstance(value, bool):
        return str(value).lower()  # as the report has it, and the demand
    told = f"{value:,}" if isinstance(value, int | float) else str(value)
    return f"at least {told}" if reading.bound is Bound.AT_LEAST and isinstance(value, int | float) else told
