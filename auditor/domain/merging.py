"""What was merged into a license for good, and whether the date of the license holds it.

`totalDurationInDays` of a license (`getOrganizationLicenses`, OpenAPI 1.73.0) is its own `durationInDays` and
what was merged into it. What that is lists `permanentlyQueuedLicenses`, which is deprecated and may be empty
or missing one day; what was merged may be a row of the list all the same. Nobody must count it twice then.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple

TOLERANCE: Final = timedelta(days=1)
"""By how much the span of two dates may differ from a number of days that it is said to be."""


class Place(NamedTuple):
    """What a license belongs to: a device, or the network license of an id."""

    serial: str | None
    network_license_id: str | None


class Merger(NamedTuple):
    """A license in use that others were merged into, where that takes a closer look.

    *term* is that of all that was merged, *ids* are those that are listed of it. Only what *is_in_date* and
    is listed needs no closer look: the license lasts as its date says, and what is listed adds nothing.
    """

    place: Place
    license_type: str
    ends_at: datetime | None
    term: timedelta
    ids: tuple[str, ...]
    is_in_date: bool


def is_in_date(
    begins_at: datetime | None, ends_at: datetime | None, *, own_term: timedelta, merged_term: timedelta
) -> bool:
    """Whether a license that ends at *ends_at* ends after all that was merged into it.

    That it does rests on one example of the vendor's: 365 days of its own and 60 merged, and 425 days from
    its activation to its end. So the other answer is understood too, where the dates give it: they are as
    far apart as *own_term* says, give or take a day, and not as far as both terms together.
    """
    if begins_at is None or ends_at is None:
        return True
    lasts = ends_at - begins_at
    return abs(lasts - own_term) > TOLERANCE or abs(lasts - own_term - merged_term) <= TOLERANCE
