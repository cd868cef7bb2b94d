"""What a run asks of every organization, and which requests answer it.

The vendor offers two answers: the list of all licenses, page by page, and an overview that counts them
by state in one request. A run may read the list, the overview, or the overview and then only those
parts of the list that the overview cannot answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from auditor.domain.license import LicenseState
from auditor.domain.organization import LicensingModel, Organization
from auditor.domain.overview import Overview
from auditor.domain.window import Windows

STATES_ASKED_FOR: Final = (LicenseState.EXPIRING, LicenseState.UNUSED, LicenseState.UNUSED_ACTIVE)
"""The states whose licenses the audit looks at one by one; of the others it needs the number."""

LICENSES_PER_PAGE: Final = 1000
"""How long the pages are that are asked for: `getOrganizationLicenses` takes 3..1000; OpenAPI 1.73.0."""

FEW_PAGES: Final = 2
"""Organizations known to have no more pages are read at once.

The list of a single page is never dearer than an overview. Two pages cost two requests; an overview first
makes it one where no license is in question, two where all that are in question are of one state and fit a
page, and three otherwise. So it pays only where organizations without any expiring or unused license are
more frequent than those with several such states, and among those of more than a thousand licenses they
are not. From three pages on an overview wins with one state in question, too.
"""

USUAL_WARNING_DAYS: Final = 90
"""When the vendor calls a license expiring, where an overview does not say; its own example has 90."""


A_MOMENT: Final = timedelta(minutes=1)
"""So long after its reference time a run may begin and still count as one that looks ahead from now."""


class PlanKind(StrEnum):
    """How an organization's figures are come by. The text is the report's `organizations[].plan`."""

    FULL = "full"  # every license is read
    TARGETED = "targeted"  # the overview, and the licenses of `STATES_ASKED_FOR`
    COUNTS = "counts"  # the overview alone


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of every organization.

    *now* (aware) is when the asking begins: the states that the vendor tells are those of its clock, not
    of the windows' reference time. With *reconcile*, an organization that is read in full is also asked
    for its overview, and the two are compared. With *seat_use*, so is one that has Systems Manager
    licenses, for the seats in use; with *inventory*, one under co-termination for its devices in use.
    With *detail*, the licenses that ask for attention are kept one by one.
    """

    windows: Windows
    plan: PlanKind = PlanKind.FULL
    reconcile: bool = False
    seat_use: bool = False
    inventory: bool = False
    detail: bool = False
    now: datetime = field(kw_only=True)


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


def feasible_plan(wanted: PlanKind, windows: Windows, *, now: datetime) -> PlanKind:
    """*wanted*, or the full one where no overview could ever make it right to read by state.

    A license that ended between the reference time and *now* is in the windows and is `expired` by now,
    which is not read by state.
    """
    is_past = now - windows.as_of > A_MOMENT
    return PlanKind.FULL if wanted is PlanKind.TARGETED and is_past else wanted


def pages_of(licenses: int, *, page_size: int) -> int:
    """Pages in a list of *licenses*; an empty list is a page, too."""
    return max(1, -(-licenses // page_size))


def pages_by_state(
    overview: Overview, windows: Windows, *, now: datetime, page_size: int
) -> Mapping[LicenseState, int] | None:
    """The states to read, with their pages, to answer for less than the whole list; None: read it all.

    The vendor's states are those of *now*. Read by state, a window finds only licenses that are expiring
    by then, so it has to end before the vendor's own warning does and must not begin in the past; and where
    it begins in the future, no license may be queued that could start until then. Only a license that
    ends while the run lasts can be missed.
    """
    counts = {state: overview.by_state.get(state) for state in STATES_ASKED_FOR}
    known = {state: count for state, count in counts.items() if count is not None}
    if len(known) < len(counts) or not _can_be_told_by_state(overview, windows, now):
        return None
    pages = {state: pages_of(count, page_size=page_size) for state, count in known.items() if count}
    return pages if sum(pages.values()) < pages_of(overview.total, page_size=page_size) else None


def _can_be_told_by_state(overview: Overview, windows: Windows, now: datetime) -> bool:
    ahead = windows.as_of - now
    warning = timedelta(days=overview.warning_days or USUAL_WARNING_DAYS)
    has_queue = overview.by_state.get(LicenseState.RECENTLY_QUEUED) != 0
    is_told_by_expiring = timedelta(days=max(windows.days)) + max(ahead, timedelta()) <= warning
    return ahead >= -A_MOMENT and is_told_by_expiring and not (ahead > A_MOMENT and has_queue)
