"""Waivers: which finding they excuse, and what is wrong with the waivers themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from difflib import get_close_matches
from fnmatch import fnmatchcase

from auditor.domain.finding import Severity
from auditor.judge.finding import JudgedFinding
from auditor.judge.place import Place, is_like
from auditor.judge.waiver import WAIVED_PLACES, WAIVER_RULE, Waiver


def is_live(waiver: Waiver, today: date) -> bool:
    """Whether it holds on *today*, the UTC day of the report; on its last day it does."""
    return today <= waiver.expires


def excuses(waiver: Waiver, *, rule: str, place: Place, finding_id: str) -> bool:
    """Whether *waiver* speaks of that which *rule* found at *place*, its date aside."""
    if not fnmatchcase(rule, waiver.rule):
        return False
    if waiver.organization is not None and not _is_organization(waiver.organization, place):
        return False
    if waiver.tenant is not None and (place.tenant is None or not is_like(place.tenant, waiver.tenant)):
        return False
    if waiver.tag is not None and (place.tag is None or not is_like(place.tag, waiver.tag)):
        return False
    return waiver.finding is None or fnmatchcase(finding_id, waiver.finding)


def excuse_for(waivers: Iterable[Waiver], *, rule: str, place: Place, finding_id: str) -> Waiver | None:
    """The waiver that lasts longest of those that speak of it; None where none does."""
    fitting = [one for one in waivers if excuses(one, rule=rule, place=place, finding_id=finding_id)]
    return max(fitting, key=lambda one: one.expires, default=None)


def findings_about(
    waivers: Iterable[Waiver], *, used: Collection[Waiver], rules: Collection[str], today: date
) -> Iterator[JudgedFinding]:
    """A warning for each waiver that has lapsed by *today* or is about no rule of *rules*.

    And a word about each other one that excuses nothing.
    """
    for waiver in dict.fromkeys(waivers):
        words = words_of(waiver)
        if not is_live(waiver, today):
            message = f"lapsed after {waiver.expires}, excuses nothing: {waiver.reason} ({waiver.owner})"
            yield _about(Severity.WARNING, f"lapsed: {words}, expires {waiver.expires}", message, waiver)
        elif waiver not in used:
            slip = _misspelled(waiver, rules)
            severity = Severity.WARNING if slip else Severity.INFO
            yield _about(severity, f"unused: {words}", f"excuses nothing in this report{slip}", waiver)


def words_of(waiver: Waiver) -> str:
    """What *waiver* is about, on one line."""
    places = [f"{key} {getattr(waiver, key)}" for key in WAIVED_PLACES if getattr(waiver, key) is not None]
    return ", ".join([f"rule {waiver.rule}", *places])


def _is_organization(glob: str, place: Place) -> bool:
    if place.organization_id is None:
        return False
    return fnmatchcase(place.organization_id, glob) or is_like(place.name, glob)


def _misspelled(waiver: Waiver, rules: Collection[str]) -> str:
    if any(fnmatchcase(rule, waiver.rule) for rule in rules):
        return ""
    near = get_close_matches(waiver.rule, rules, n=1)
    return f": no rule has that name{f'; did you mean {near[0]}?' if near else ''}"


def _about(severity: Severity, subject: str, message: str, waiver: Waiver) -> JudgedFinding:
    advice = f"renew it or take it out of the policy; ask {waiver.owner}"
    return JudgedFinding(WAIVER_RULE, severity, Place(), subject, message, advice=advice)
