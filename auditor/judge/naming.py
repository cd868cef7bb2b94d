"""Names within the path of a figure: which can be a slip, and which the vendor may have by now.

What only this program names (notes, the states of unused licenses) is closed: another name is refused. What
the vendor names may grow: only a slip of a known name is refused, whatever the case.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from auditor.domain.license import LicenseState
from auditor.domain.note import NoteKind
from auditor.domain.organization import LicensingModel
from auditor.settings.fault import Fault

_SLIP: Final = 0.8  # `expird` is one, `paused` is another state than `unused`
_STATES: Final = tuple(member.value for member in LicenseState)
_NOTES: Final = tuple(member.value for member in NoteKind)
_UNUSED: Final = (LicenseState.UNUSED.value, LicenseState.UNUSED_ACTIVE.value)
_MODELS: Final = tuple(member.value for member in LicensingModel)
_SUBSCRIPTION_STATUSES: Final = ("active", "canceled", "expired", "inactive", "out_of_compliance")
_SUBSCRIPTION_TYPES: Final = ("enterpriseAgreement", "termed")


def check_names(path: tuple[str, ...]) -> None:
    """Refuse a name in *path* that no report can have, or that is all but a known one.

    Raises:
        Fault: with the nearest name.
    """
    match path:
        case ("notes", name) | ("totals", "notes", name):
            check_text(name, _NOTES, what="a note")
        case (*_, "unused" | "reclaim", "byType", _, name):
            check_text(name, _UNUSED, what="a state of unused licenses")
        case (*_, "byState", name) | (*_, "licenses", "byType", _, name):
            check_slip(name, _STATES, what="a license state")
        case (*_, "subscription", "byStatus", name):
            check_slip(name, _SUBSCRIPTION_STATUSES, what="a status of subscriptions")
        case (*_, "organizations", "byLicensingModel", name):
            check_slip(name, _MODELS, what="a licensing model")
        case _:
            return


def is_known(around: tuple[str, ...], name: str) -> bool:
    """Whether *name*, in the table at the path *around*, is one that the vendor or this program has."""
    match around:
        case ("notes",) | ("totals", "notes") | (*_, "unused" | "reclaim", "byType", _):
            return True
        case (*_, "byState") | (*_, "licenses", "byType", _):
            return name in _STATES
        case (*_, "subscription", "byStatus"):
            return name in _SUBSCRIPTION_STATUSES
        case (*_, "subscription", "byType"):
            return name in _SUBSCRIPTION_TYPES
        case (*_, "byLicensingModel"):
            return name in _MODELS
        case _:
            return False


def check_text(text: str, known: Sequence[str], *, what: str) -> None:
    """Refuse *text* unless it is one of *known*, which are all there is of *what*.

    Raises:
        Fault: with the nearest of them.
    """
    if text not in known:
        near = _nearest(text, known)
        hint = f"did you mean {near}?" if near else f"one of {', '.join(known)}"
        raise Fault(f"is not {what}: {text[:60]!r}", hint)


def check_slip(text: str, known: Sequence[str], *, what: str) -> None:
    """Refuse *text* where it is all but one of *known*; other names are taken.

    Raises:
        Fault: it is a slip of the keyboard.
    """
    if text in known:
        return
    if near := _nearest(text, known, cutoff=_SLIP):
        raise Fault(f"names {what} that is unknown: {text!r}", f"did you mean {near}?")


def _nearest(text: str, known: Sequence[str], *, cutoff: float = 0.6) -> str | None:
    """The one of *known* that *text* most looks like, whatever the case."""
    spelled = {one.casefold(): one for one in known}
    found = get_close_matches(text.casefold(), spelled, n=1, cutoff=cutoff)
    return spelled[found[0]] if found else None
