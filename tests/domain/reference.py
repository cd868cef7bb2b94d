"""What a list of licenses comes to, reckoned a second time: plain lists, each question on its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from auditor.domain.license import License
from auditor.domain.standing import Standing
from auditor.domain.window import Windows
from tests.domain.builders import Taken

IN_USE = ("active", "expiring", "expired")
IDLE = ("recentlyQueued", "unused", "unusedActive")


@dataclass(eq=False)
class Subject:
    """A device, or a network license. *end* is None where none of its heads tells one.

    *beside* are the network licenses that cover the same as it does, itself included.
    """

    serial: str | None
    heads: list[License]
    queue: list[License]
    own_ends: list[tuple[datetime, str]] = field(default_factory=list)
    terms: list[timedelta] = field(default_factory=list)
    held: timedelta = timedelta()
    beside: list[Subject] = field(default_factory=list)

    @property
    def cover(self) -> datetime | None:
        """The end of a device, or of the network license beside it that ends last."""
        ends = [one.end for one in [self, *self.beside] if one.end is not None]
        return max(ends, default=None)

    @property
    def end(self) -> datetime | None:
        """The last end of its heads, and all terms after it that no head may hold already."""
        if not self.own_ends:
            return None
        try:
            return max(self.own_ends)[0] + max(timedelta(), sum(self.terms, timedelta()) - self.held)
        except OverflowError:
            return datetime.max.replace(tzinfo=UTC)

    @property
    def license_type(self) -> str:
        """The first by name among the heads that end last."""
        last, _ = max(self.own_ends)
        return min(license_type for end, license_type in self.own_ends if end == last)


def once_each(licenses: Sequence[License]) -> list[License]:
    """The first of each id, and all without one."""
    kept: list[License] = []
    for one in licenses:
        if one.id is None or one.id not in [other.id for other in kept]:
            kept.append(one)
    return kept


def is_head(one: License) -> bool:
    return one.state in IN_USE and (one.device_serial is not None or one.network_id is not None)


def shared_by(one: License) -> tuple[str, str] | None:
    """What a license that is on a network alone has in common with those that cover the same there."""
    if one.device_serial is not None or one.network_id is None:
        return None
    is_seated = one.license_type in {"SM", "SME"} or one.seat_count is not None
    return one.network_id, "Systems Manager" if is_seated else one.license_type


def unknown_of(licenses: Sequence[License], subjects: Sequence[Subject]) -> list[Subject]:
    """What is known by nothing but licenses in states that nobody knows, and licenses behind nothing.

    Of a network each license in such a state is one, and stands as the others beside it do.
    """
    strays = [one for one in licenses if one.state not in (*IN_USE, *IDLE)]
    known = {one.device_serial for one in licenses if is_head(one)}
    queue = [one for one in licenses if one.state == "recentlyQueued"]
    orphans = [one for one in queue if subject_of(one, licenses, subjects) is None]
    serials = {one.device_serial for one in [*strays, *orphans]} - known - {None}
    networks = [one for one in strays if shared_by(one) is not None]
    taken = {shared_by(one) for one in [*filter(is_head, licenses), *networks]}
    waiting = [one for one in orphans if shared_by(one) is not None and shared_by(one) not in taken]
    return [
        *[Subject(serial, [], []) for serial in serials],
        *[Subject(None, [one], [], beside=beside_of(one, subjects)) for one in networks],
        *[Subject(None, [one], []) for one in waiting],
    ]


def beside_of(one: License, subjects: Sequence[Subject]) -> list[Subject]:
    shared = shared_by(one)
    return [] if shared is None else [s for s in subjects if shared_by(s.heads[0]) == shared]


def apart(one: License, taken: Mapping[str, Taken]) -> Taken | None:
    """What was merged into *one*, where that is a head which can be named, and its date does not hold it."""
    told = taken.get(one.id or "")
    return told if told is not None and told.is_apart and is_head(one) else None


def spent_of(listed: Sequence[License], taken: Mapping[str, Taken], elsewhere: frozenset[str]) -> set[str]:
    """The ids of those that another license holds."""
    spent = set(elsewhere)
    for one in listed:
        told = taken.get(one.id or "")
        if told is not None and apart(one, taken) is None:
            spent |= told.listed
    return spent


def subjects_of(licenses: Sequence[License], taken: Mapping[str, Taken], spent: set[str]) -> list[Subject]:
    subjects = placed(licenses)
    queued = {one.id: one for one in licenses if one.state == "recentlyQueued" and one.id is not None}
    for subject in subjects:
        for head in subject.heads:
            told = taken.get(head.id or "")
            extra = timedelta()
            if told is not None and told.is_apart and (told.listed or not subject.queue):
                terms = [queued[one].term or timedelta() for one in told.listed if one in queued]
                extra = max(extra, timedelta(told.days) - sum(terms, timedelta()))
            if told is not None and not told.is_apart and not told.listed:
                subject.held += timedelta(told.days)
            if head.expires_at is not None:
                subject.own_ends.append((head.expires_at + extra, head.license_type))
        for one in subject.queue:
            if one.term is not None and one.id not in spent:
                told = taken.get(one.id or "")
                is_in_doubt = told is not None and not told.listed and len(subject.queue) > 1
                subject.terms.append(one.term - timedelta(told.days if told and is_in_doubt else 0))
    for subject in subjects:
        subject.beside = beside_of(subject.heads[0], subjects) if subject.serial is None else []
    return subjects


def placed(licenses: Sequence[License]) -> list[Subject]:
    subjects: list[Subject] = []
    for one in filter(is_head, licenses):
        same = [s for s in subjects if one.device_serial is not None and s.serial == one.device_serial]
        if same:
            same[0].heads.append(one)
        else:
            subjects.append(Subject(one.device_serial, [one], []))
    for one in licenses:
        if one.state == "recentlyQueued":
            subject = subject_of(one, licenses, subjects)
            if subject is not None:
                subject.queue.append(one)
    return subjects


def subject_of(one: License, licenses: Sequence[License], subjects: Sequence[Subject]) -> Subject | None:
    """Steps from license to license, at most as often as there are any."""
    looked_at: License | None = one
    for _ in range(len(licenses) + 1):
        if looked_at is None:
            return None
        if is_head(looked_at):
            return next(s for s in subjects if looked_at in s.heads and _is_its(looked_at, s))
        if looked_at.state != "recentlyQueued":
            return None
        for subject in subjects:
            if subject.serial is not None and subject.serial == looked_at.device_serial:
                return subject
        name = looked_at.head_license_id
        looked_at = next((other for other in licenses if name is not None and other.id == name), None)
    return None


def _is_its(one: License, subject: Subject) -> bool:
    return any(one is head for head in subject.heads)


def standing_of(subject: Subject, windows: Windows) -> Standing | None:
    end, as_of = subject.cover, windows.as_of
    if end is None:
        return None
    if end <= as_of - timedelta(days=30):
        return Standing.DARK
    if end <= as_of:
        return Standing.IN_GRACE
    return Standing.EXPIRING if end <= as_of + timedelta(days=max(windows.days)) else Standing.OK


def coverage_of(
    listed: Sequence[License],
    windows: Windows,
    taken: Mapping[str, Taken],
    elsewhere: frozenset[str] = frozenset(),
) -> dict[str, object]:
    """The figures of `Coverage`, without zeros, and the notes that go with them."""
    licenses, spent = once_each(listed), spent_of(listed, taken, elsewhere)
    subjects = subjects_of(licenses, taken, spent)
    everything = [*subjects, *unknown_of(licenses, subjects)]
    ends = [(one, _end_of(one, licenses, subjects)) for one in licenses]
    at_risk: Counter[str] = Counter()
    covered = 0
    for one, end in ends:
        if one.state == "expiring":
            beyond = end is not None and end > windows.horizon
            is_covered = beyond and (one.expires_at is None or (end is not None and end > one.expires_at))
            covered += is_covered
            at_risk[one.license_type] += not is_covered
    within = {
        days: sum(_counts(one, windows.as_of, last) and (end is None or end <= last) for one, end in ends)
        for days, last in windows.ends
    }
    queue = [one for one in licenses if one.state == "recentlyQueued"]
    orphans = [one for one in queue if subject_of(one, licenses, subjects) is None]
    return {
        "covered": covered,
        "at risk": +at_risk,
        "within": within,
        "devices": Counter(standing_of(s, windows) for s in everything if s.serial is not None),
        "network licenses": Counter(standing_of(s, windows) for s in everything if s.serial is None),
        "orphans": len(orphans),
        "unreadable": sum(
            one.term is None and one.id not in spent and subject_of(one, licenses, subjects) is not None
            for one in queue
        ),
    }


def _end_of(one: License, licenses: Sequence[License], subjects: Sequence[Subject]) -> datetime | None:
    subject = subject_of(one, licenses, subjects)
    if subject is None:
        same = [s for s in subjects if s.serial is not None and s.serial == one.device_serial]
        subject = next(iter(same or beside_of(one, subjects)), None)
    return None if subject is None else subject.cover


def _counts(one: License, as_of: datetime, last: datetime) -> bool:
    if one.expires_at is None or not as_of < one.expires_at <= last:
        return False
    if one.device_serial is None and one.network_id is None:
        return False
    if one.activates_at is None:
        return one.state in {"active", "expiring", "expired"}
    return one.activates_at <= as_of


def outlook_of(
    listed: Sequence[License],
    windows: Windows,
    taken: Mapping[str, Taken],
    elsewhere: frozenset[str] = frozenset(),
) -> dict[str, object]:
    """Standing, dark dates and renewals of `Outlook`; the months as (year, month)."""
    dark: Counter[tuple[object, ...]] = Counter()
    moments: list[datetime] = []
    renewals: Counter[tuple[object, ...]] = Counter()
    standings: list[Standing] = []
    licenses = once_each(listed)
    subjects = subjects_of(licenses, taken, spent_of(listed, taken, elsewhere))
    everything = [*subjects, *unknown_of(licenses, subjects)]
    for subject in everything:
        cover, standing = subject.cover, standing_of(subject, windows)
        if cover is None or standing is None:
            continue
        standings.append(standing)
        if standing in {Standing.EXPIRING, Standing.IN_GRACE}:
            moments.append(cover + timedelta(days=30))
            kind = subject.license_type if subject.serial is not None else subject.heads[0].license_type
            dark[moments[-1].date(), standing, kind] += 1
    for subject in subjects:
        end = subject.end
        if end is None:
            continue
        months = (end.year - windows.as_of.year) * 12 + end.month - windows.as_of.month
        if end > windows.as_of and months < 36:
            renewals[subject.license_type, "licenses", months] += 1
            if subject.serial is None:
                renewals[subject.license_type, "seats", months] += subject.heads[0].seat_count or 0
    worst = max([Standing.OK, *standings], key=list(Standing).index)
    is_open = len(standings) < len(everything)
    return {
        "standing": None if is_open and worst is Standing.OK else worst,
        "soonest": min(moments, default=None),
        "dark": dark,
        "renewals": +renewals,
    }
