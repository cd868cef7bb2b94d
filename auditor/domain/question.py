"""What a run asks of every organization, and which requests answer it.

The vendor offers two answers: the list of all licenses, page by page, and an overview that counts them
by state in one request. A run may read the list, the overview, or the overview and then only those
parts of the list that the overview cannot answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from auditor.domain.license import LicenseState
from auditor.domain.organization import LicensingModel, Organization
from auditor.domain.overview import Overview
from auditor.domain.window import Windows

STATES_ASKED_FOR: Final = (LicenseState.EXPIRING, LicenseState.UNUSED, LicenseState.UNUSED_ACTIVE)
"""The states whose licenses the audit looks at one by one; of the others it needs the number."""

FEW_PAGES: Final = 2
"""Up to so many pages are read at once: an overview and one page of what it points at cost as much."""

USUAL_WARNING_DAYS: Final = 90
"""When the vendor calls a license expiring, where an overview does not say; its own example has 90."""


class PlanKind(StrEnum):
    """How an organization's figures are come by. The text is the report's `organizations[].plan`."""

    FULL = "full"  # every license is read
    TARGETED = "targeted"  # the overview, and the licenses of `STATES_ASKED_FOR`
    COUNTS = "counts"  # the overview alone


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of every organization.

    With *reconcile*, an organization that is read in full is also asked for its overview, and the two
    are compared.
    """

    windows: Windows
    plan: PlanKind = PlanKind.FULL
    reconcile: bool = False


def opening_plan(wanted: PlanKind, organization: Organization, *, known_pages: int | None) -> PlanKind:
    """The plan to begin with, where *known_pages* is how many pages the organization had last time.

    Only an organization that says it is under per-device licensing is asked for its overview: that of
    another model has no such counts, and its list says so in the vendor's own words.
    """
    if organization.licensing_model != LicensingModel.PER_DEVICE:
        return PlanKind.FULL
    if wanted is PlanKind.TARGETED and known_pages is not None and known_pages <= FEW_PAGES:
        return PlanKind.FULL
    return wanted


def pages_of(licenses: int, *, page_size: int) -> int:
    """Pages in a list of *licenses*; an empty list is a page, too."""
    return max(1, -(-licenses // page_size))


def pages_by_state(
    overview: Overview, windows: Windows, *, page_size: int
) -> Mapping[LicenseState, int] | None:
    """The states to read, with their pages, to answer for less than the whole list; None: read it all.

    Read by state, a window finds only licenses that the vendor calls expiring. So every window has to
    end before the vendor's own warning does.
    """
    counts = {state: overview.by_state.get(state) for state in STATES_ASKED_FOR}
    known = {state: count for state, count in counts.items() if count is not None}
    if len(known) < len(counts) or max(windows.days) > (overview.warning_days or USUAL_WARNING_DAYS):
        return None
    pages = {state: pages_of(count, page_size=page_size) for state, count in known.items() if count}
    return pages if sum(pages.values()) < pages_of(overview.total, page_size=page_size) else None
