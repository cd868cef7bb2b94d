"""What a report says about one figure, and how sure that is.

What was read in part is a lower bound, what was not read is unknown, and what a licensing model does not
have is no reading at all. Null is never taken for zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from typing import Any, Final, TypeAlias

from auditor.domain.organization import LicensingModel
from auditor.domain.outcome import Status
from auditor.domain.question import STATES_ASKED_FOR, PlanKind
from auditor.judge.figure import IDENTITY, NULL_IS_NONE, Figure, Kind, dotted
from auditor.judge.left_out import why_left_out
from auditor.judge.missing import why_lower, why_missing
from auditor.judge.undated import (
    why_activation_is_not_known,
    why_dark_is_not_known,
    why_standing_is_not_known,
)
from auditor.report.extent import is_read_in_part

Json: TypeAlias = Mapping[str, Any]
Value: TypeAlias = int | float | str | None

_PER_DEVICE: Final = frozenset({"licenses", "expiring", "unused", "coverage", "seats", "reclaim"})
_FAMILY_OF: Final = {
    **dict.fromkeys(_PER_DEVICE, "licenses"),
    "coTerm": "coTerm",
    "subscription": "subscription",
}
_FAMILY_OF_MODEL: Final[Mapping[str | None, str]] = {
    LicensingModel.PER_DEVICE: "licenses",
    LicensingModel.CO_TERM: "coTerm",
    LicensingModel.SUBSCRIPTION: "subscription",
}
_WHY_NOT_KNOWN: Final[Mapping[tuple[str, ...], Callable[[Json], str]]] = {
    ("dark", "soonest"): why_dark_is_not_known,
    ("unused", "activation", "soonest"): why_activation_is_not_known,
}
"""What says of a date whether an earlier one may be hidden behind it."""

_EMPTY_IS_NONE: Final = frozenset({"reason", "error", "message"})
_NEVER_DUE: Final = frozenset({"notes", "seats", *IDENTITY})
_IDLE: Final = ("subscription", "idle")


class Bound(Enum):
    """How a value relates to the truth."""

    EXACT = auto()
    AT_LEAST = auto()  # of dates: at the latest
    UNKNOWN = auto()


class Cause(Enum):
    """Why a reading is not exact."""

    NONE = auto()
    UNREAD = auto()  # a failure, which a policy may tolerate
    LACKING = auto()  # it was not asked
    UNKNOWN = auto()  # it was asked, and nobody could say: no date, no status that is known


@dataclass(frozen=True, slots=True)
class Reading:
    """One value. None, where it is exact, is a date that is none. *due* is when it comes to bite.

    *unknown* are the organizations, by tenant and id, of which nobody could say what is asked.
    """

    value: Value
    bound: Bound = Bound.EXACT
    cause: Cause = Cause.NONE
    reason: str = ""
    due: str | None = None
    unknown: frozenset[tuple[str, str]] = frozenset()


class _NullError(Exception):
    """There is no value at the path that it carries."""


def observe(figure: Figure, organization: Json) -> Reading | None:
    """The reading of *figure* in an entry of `organizations`; None where it has no such thing."""
    root = figure.path[0]
    if root in IDENTITY:
        return _identity(root, organization)
    if not _has(_FAMILY_OF.get(root), organization):
        return None
    if organization["plan"] is None:
        return _unread(f"it was not read ({organization['error']})")
    try:
        return _read(figure, organization)
    except _NullError as null:
        if _has_no_date(figure, organization):
            return Reading(None)
        return _absent(str(null), figure, organization)


def _has(family: str | None, organization: Json) -> bool:
    """Whether it may have figures of *family*: of which it has, or, unread, which model it states."""
    if organization["status"] == Status.SKIPPED:
        return False
    if organization["plan"] is None:
        stated = _FAMILY_OF_MODEL.get(organization["licensingModel"])
        return family is None or stated in {None, family}
    families = {one for one in _FAMILY_OF.values() if organization.get(one) is not None}
    return family is None or family in families or not families


def observe_run(figure: Figure, report: Json) -> Reading:
    """The reading of *figure*, of the run as a whole."""
    try:
        value = _value(figure, report)
    except _NullError as null:
        return _lacking(f"{null} is not known")
    if figure.path[0] != "totals":
        return Reading(value)
    if is_read_in_part(report):
        return _in_part(figure, Reading(value), "the audit is incomplete: all totals are lower bounds")
    why = why_lower(figure.shape, report)
    if why:
        lower = _in_part(figure, Reading(value), f"{dotted(figure.path)}: {why}")
        return replace(lower, cause=Cause.LACKING)
    return _without_what_is_left_out(figure, Reading(value), report)


def _without_what_is_left_out(figure: Figure, reading: Reading, report: Json) -> Reading:
    """*reading*, of the totals: a lower bound where that of one organization is."""
    found = [(why_left_out(figure.path[1:], one), one) for one in report["organizations"]]
    left_out = [(f"{one['id']}: {why}", (one["tenant"], one["id"])) for why, one in found if why]
    if not left_out:
        return reading
    more = f" (and {len(left_out) - 1:,} more)" if len(left_out) > 1 else ""
    unknown = frozenset(place for _, place in left_out)
    return replace(
        reading, bound=Bound.AT_LEAST, cause=Cause.UNKNOWN, reason=f"{left_out[0][0]}{more}", unknown=unknown
    )


def instant_of(text: str) -> datetime:
    """An instant as the report writes it."""
    return datetime.fromisoformat(text)


def due_of(figure: Figure, organization: Json) -> str | None:
    """When that which *figure* tells comes to bite, as far as the report says."""
    root, *below = figure.path
    if root in _NEVER_DUE or figure.path[:2] == _IDLE:
        return None
    if figure.kind is Kind.INSTANT:
        return _or_none(organization, figure.path)
    if root != "unused":
        return _or_none(organization, ("dark", "soonest"))
    if below[0] in {"unusedActive", "burning"}:  # they burn by now
        return None
    return _or_none(organization, ("unused", "activation", "soonest"))


def _identity(key: str, organization: Json) -> Reading | None:
    value = organization[key]
    if value is not None:
        return Reading(value)
    if key in _EMPTY_IS_NONE:
        return Reading("")
    if organization["status"] == Status.SKIPPED:
        return None
    return _unread("it was not read") if key == "plan" else _unknown("the vendor does not say", organization)


def _read(figure: Figure, organization: Json) -> Reading:
    value, due = _value(figure, organization), due_of(figure, organization)
    if _is_beyond_plan(figure, organization):
        return _lacking(f"{dotted(figure.path)} was not read under the plan {organization['plan']}")
    reading = Reading(value, due=due)
    why = why_missing(figure.path, organization) if _is_open(figure, organization) else ""
    why = why or _WHY_NOT_KNOWN.get(figure.path, _nothing)(organization)
    if why:
        unknown = _unknown(f"{dotted(figure.path)}: {why}", organization)
        bound = Bound.UNKNOWN if value is None else Bound.AT_LEAST
        reading = replace(unknown, value=value, bound=bound, due=due)
    left_out = why_left_out(figure.path, organization)
    if left_out:
        reading = replace(_unknown(left_out, organization), value=value, bound=Bound.AT_LEAST, due=due)
    if organization["status"] != Status.PARTIAL or figure.kind in {Kind.TEXT, Kind.TRUTH}:
        return reading
    return _in_part(figure, reading, f"it was read in part ({organization['error']})")


def _is_open(figure: Figure, organization: Json) -> bool:
    """Whether its dark date may be there for want of a standing."""
    return figure.path[0] == "dark" and organization["standing"] is None


def _nothing(_: Json) -> str:
    return ""


def _in_part(figure: Figure, reading: Reading, reason: str) -> Reading:
    """*reading*, where not everything was read: a bound, or nothing."""
    bound = Bound.AT_LEAST if figure.is_bounded_by_part else Bound.UNKNOWN
    return replace(reading, bound=bound, cause=Cause.UNREAD, reason=reason)


def _value(figure: Figure, block: Json) -> Value:
    """The value at the path; a name that is not in a table of names is counted nought times."""
    place: Any = block
    for depth, key in enumerate(figure.path):
        if place is None:
            raise _NullError(dotted(figure.path[:depth]))
        if key not in place and figure.kind is Kind.COUNT and depth and key not in map(str, figure.windows):
            return 0
        place = place.get(key)
    if place is None and figure.shape not in NULL_IS_NONE:
        raise _NullError(dotted(figure.path))
    value: Value = place
    return value


def _is_beyond_plan(figure: Figure, organization: Json) -> bool:
    """Whether it counts licenses of a type in a state that the plan does not read one by one."""
    match figure.path:
        case ("licenses", "byType", _, state):
            return organization["plan"] != PlanKind.FULL and state not in STATES_ASKED_FOR
        case _:
            return False


def _has_no_date(figure: Figure, organization: Json) -> bool:
    """Whether nothing is licensed, so that there is nothing to end: the vendor's date is `N/A` then.

    A count that cannot be read is no sign of that, nor is one of nought where nothing states the standing.
    """
    if figure.path != ("coTerm", "expiresAt") or organization.get("coTerm") is None:
        return False
    return organization["coTerm"]["devices"]["licensed"] == 0 and organization["standing"] is not None


def _absent(path: str, figure: Figure, organization: Json) -> Reading:
    missing = why_missing(figure.shape, organization)
    if missing:
        return _unknown(f"{path} is not known: {missing}", organization)
    if organization["status"] == Status.PARTIAL:
        return _unread(f"{path} is not known: it was read in part ({organization['error']})")
    if organization.get("licenses") is not None and organization["plan"] != PlanKind.FULL:
        return _lacking(f"{path} is not known (plan {organization['plan']})")
    why = why_standing_is_not_known(organization) if path == "standing" else ""
    because = f": {why}" if why else f" (plan {organization['plan']})"
    return _unknown(f"{path} is not known{because}", organization)


def _unread(reason: str) -> Reading:
    return Reading(None, Bound.UNKNOWN, Cause.UNREAD, reason)


def _unknown(reason: str, organization: Json) -> Reading:
    place = (organization["tenant"], organization["id"])
    return Reading(None, Bound.UNKNOWN, Cause.UNKNOWN, reason, unknown=frozenset({place}))


def _lacking(reason: str) -> Reading:
    return Reading(None, Bound.UNKNOWN, Cause.LACKING, reason)


def _or_none(block: Json, path: tuple[str, ...]) -> str | None:
    place: Any = block
    for key in path:
        place = place.get(key) if place is not None else None
    return place if isinstance(place, str) else None
