"""Which undecided rules stand in the way of passing, and which a policy tolerates by count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from auditor.domain.finding import Severity
from auditor.judge.observation import Cause, Reading
from auditor.judge.place import Place
from auditor.judge.policy import Rule
from auditor.judge.severity import is_at_least


@dataclass(frozen=True, slots=True)
class Undecided:
    """A rule that nobody can decide about a place. *matters* says that it stands in the way of passing.

    *unknown* are the organizations, by tenant and id, of which nobody knows what the rule asks, where nothing
    else keeps it from being decided.
    """

    rule: str
    severity: Severity
    place: Place
    subject: str
    reason: str
    matters: bool
    unknown: frozenset[tuple[str, str]] = frozenset()


def undecided_by(
    rule: Rule, place: Place, reading: Reading, *, subject: str, is_tolerant: bool, fail_on: Severity
) -> Undecided:
    """What *rule* leaves open at *place*; *is_tolerant* says that what failed to be read is tolerated."""
    is_read = reading.cause is Cause.UNKNOWN or (reading.cause is Cause.UNREAD and is_tolerant)
    unknown = reading.unknown if is_read else frozenset()
    matters = is_at_least(rule.severity, fail_on) and not (is_read and not unknown)
    return Undecided(rule.id, rule.severity, place, subject, reading.reason, matters, unknown)


def tolerated(undecided: Iterable[Undecided], most: int) -> list[Undecided]:
    """*undecided*, of which those that up to *most* organizations leave open do not matter.

    Where more organizations than that are unknown, none of them is tolerated: nobody says which.
    """
    found = list(undecided)
    unknown = frozenset[tuple[str, str]]().union(*(one.unknown for one in found if one.matters))
    if len(unknown) > most:
        return found
    return [replace(one, matters=False) if one.unknown else one for one in found]
