"""Why a date of an organization proves nothing: something may go dark, or begin to burn, before it.

A date that is null where nothing is ahead and a date that is null because nobody knows it look the same.
These sentences keep the two apart, also in reports of versions that did not write `dark.known` yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]


def why_dark_is_not_known(organization: Json) -> str:
    """Why something in *organization*, whose `dark` is no null, may go dark before `dark.soonest`.

    Empty where that date is certain: all that can go dark has a known date.
    """
    known = organization["dark"].get("known")
    if known is True:
        return ""
    found = (
        _of_devices(organization)
        or _of_estimates(organization)
        or _of_breaches(organization)
        or _of_standing(organization)
    )
    return found or ("" if known is None else "it has something whose dark date nobody states")


def why_standing_is_not_known(organization: Json) -> str:
    """Why nobody can say where *organization* stands, all of which was read; empty where nothing says why."""
    return _of_devices(organization) or _of_breaches(organization) or _of_model(organization)


def why_activation_is_not_known(organization: Json) -> str:
    """Why an unused license may begin to burn before `unused.activation.soonest`; empty where none can."""
    undated = organization["unused"]["activation"]["unknown"]
    return f"{_n(undated, 'unused license')} without a date of claim" if undated else ""


def _of_devices(organization: Json) -> str:
    coverage = organization.get("coverage") or {}
    counts = [
        (coverage.get(block, {}).get("unknown"), noun)
        for block, noun in (("devices", "device"), ("networkLicenses", "network license"))
    ]
    told = [_n(count, noun) for count, noun in counts if count]
    return f"no license states an end for {' and '.join(told)}" if told else ""


def _of_standing(organization: Json) -> str:
    if organization["standing"] is not None:
        return ""
    why = _of_model(organization)
    return f"its standing is not known{f': {why}' if why else ''}"


def _of_model(organization: Json) -> str:
    """By what the vendor says of the organization as a whole, or of all its subscriptions."""
    co_term, notes = organization.get("coTerm"), organization.get("notes") or {}
    if co_term is not None:
        date = (
            "without a date" if co_term["expiresAt"] is None else f"with the date {co_term['expiresAt'][:10]}"
        )
        return f"the vendor states {co_term['status']!r} {date}"
    if organization.get("subscription") is None:
        return ""
    if notes.get("noSubscriptions"):
        return "it has no subscription"
    return (
        "no subscription of it runs today" if notes.get("noLiveSubscription") else "a subscription has no end"
    )


def _of_estimates(organization: Json) -> str:
    dates = organization["dark"]["dates"]
    is_estimate = any(one["estimate"] for one in dates)
    return (
        "its dark date is an estimate: the vendor states none, and it may come sooner" if is_estimate else ""
    )


def _of_breaches(organization: Json) -> str:
    subscription = organization.get("subscription") or {}
    undated = sum(
        violation["graceEndsAt"] is None
        for one in subscription.get("subscriptions") or ()
        for violation in one["violations"] or ()
    )
    undated += (organization.get("notes") or {}).get("complianceUntold", 0)
    return f"{_n(undated, 'breach', 'breaches')} of compliance without the end of grace" if undated else ""


def _n(count: int, noun: str, nouns: str = "") -> str:
    return f"{count:,} {noun if count == 1 else nouns or f'{noun}s'}"
