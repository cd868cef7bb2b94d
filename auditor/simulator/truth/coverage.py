"""Until when each device and each network is covered, its queue included, and what follows from that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from auditor.simulator.truth.counts import ends_within
from auditor.simulator.truth.license import QUEUED, License
from auditor.simulator.truth.moments import (
    GRACE,
    WINDOWS_DAYS,
    count_standings,
    later,
    month_ahead,
    standing_of,
    worst_of,
    write_moment,
)

Block = dict[str, Any]


@dataclass(eq=False)
class Subject:
    """A device with all of its licenses, or one license that covers a network.

    *queue* are its queued licenses, *listed* all licenses of the organization, by id. *spent* are the ids of
    those that another license holds in its total and, where that is a head, in its date.
    *siblings* are the licenses of the same network that cover the same as it does, itself included;
    *own_kind* is the type of a license that covers a network.
    Its end is reckoned once, when it is first asked for: everything must have its place by then.
    """

    serial: str | None
    heads: list[License] = field(default_factory=list)
    queue: list[License] = field(default_factory=list)
    listed: Mapping[str, License] = field(default_factory=dict)
    spent: frozenset[str] = frozenset()
    siblings: list[Subject] = field(default_factory=list)
    own_kind: str | None = None

    @cached_property
    def cover(self) -> datetime | None:
        """Until when that is covered which it covers: a device by itself, a network by all its licenses."""
        ends = [one.end for one in [self, *self.siblings] if one.end is not None]
        return max(ends, default=None)

    @cached_property
    def end(self) -> datetime | None:
        """When the last of its licenses ends, those of its queue one after another behind the heads."""
        ends = sorted(end for end, _ in self._dated)
        if not ends:
            return None
        queued = sum(map(self._days_of, self.queue), timedelta())
        # What a head holds without saying which it is may be any of the queued ones: those are not all new.
        held = sum(one.merged_days for one in self.heads if not one.merged and not one.ends_too_early)
        return later(ends[-1], max(timedelta(), queued - timedelta(days=held)))

    @cached_property
    def kind(self) -> str:
        """The type of the license that ends last; of several, the first by name."""
        if self.own_kind is not None:
            return self.own_kind
        last = max(end for end, _ in self._dated)
        return min(kind for end, kind in self._dated if end == last)

    @property
    def _dated(self) -> list[tuple[datetime, str]]:
        """The ends of its heads, what was merged into them included, with their types."""
        return [(later(one.ends, self._missing(one)), one.kind) for one in self.heads if one.ends is not None]

    def _missing(self, head: License) -> timedelta:
        """What *head* should last beyond its date for a merged license that is nowhere in the list."""
        if not head.ends_too_early or (self.queue and not head.merged):
            return timedelta()
        missing = timedelta(days=head.merged_days)
        for name in head.merged:
            row = self.listed.get(name)
            if row is not None and row.state == QUEUED and row.term is not None:
                missing -= row.term
        return max(timedelta(), missing)

    def _days_of(self, queued: License) -> timedelta:
        """What *queued* adds to the queue: nothing where another license holds it already.

        Where it does not say what was merged into it, that may be any other of the queue: then it adds its
        own days alone.
        """
        if queued.id in self.spent or queued.term is None:
            return timedelta()
        if queued.merged or len(self.queue) == 1:
            return queued.term
        return queued.term - timedelta(days=queued.merged_days)

    @property
    def seats(self) -> int:
        """The seats of a license that covers a network; 0 for devices."""
        return 0 if self.serial is not None else sum(one.seats or 0 for one in self.heads)

    def standing(self, as_of: datetime) -> str | None:
        """Where it stands; None when no end is told."""
        return None if self.cover is None else standing_of(self.cover, as_of)


@dataclass(slots=True)
class Estate:
    """Every subject of one organization, and the subject of each license that has one.

    *devices* are subjects by serial, *shelters* those of the licenses of a network that cover the same.
    """

    subjects: list[Subject]
    subject_of: dict[License, Subject]
    orphans: list[License]
    devices: dict[str, Subject]
    shelters: dict[tuple[str, str], list[Subject]]

    def cover_of(self, one: License) -> datetime | None:
        """Until when that is covered which *one* is on, or waits for; None where nobody knows."""
        if one in self.subject_of:
            return self.subject_of[one].cover
        if one.device is not None:
            return self.devices[one.device].cover if one.device in self.devices else None
        beside = self.shelters.get(one.shelter, []) if one.shelter is not None else []
        return beside[0].cover if beside else None


def lay_out(licenses: Sequence[License]) -> Estate:
    """Gather *licenses* around what they cover, and find the place of each queued one."""
    devices: dict[str, Subject] = {}
    networks: list[Subject] = []
    shelters: dict[tuple[str, str], list[Subject]] = {}
    subject_of: dict[License, Subject] = {}
    for one in licenses:
        if not one.is_head:
            continue
        if one.device is None:
            networks.append(subject := Subject(None, own_kind=one.kind))
            _house(subject, one, shelters)
        else:
            subject = devices.setdefault(one.device, Subject(one.device))
        subject.heads.append(one)
        subject_of[one] = subject
    by_id = {one.id: one for one in licenses}
    spent = frozenset(
        name for one in licenses if not (one.is_head and one.ends_too_early) for name in one.merged
    )
    for subject in subject_of.values():
        subject.listed, subject.spent = by_id, spent
    orphans = []
    for one in licenses:
        if one.state != QUEUED:
            continue
        head = find_head(one, devices, by_id)
        if head is None:
            orphans.append(one)
            continue
        subject_of[one] = subject_of[head]
        subject_of[head].queue.append(one)
    lost = _lay_out_lost(licenses, orphans, devices, shelters)
    return Estate([*devices.values(), *networks, *lost], subject_of, orphans, devices, shelters)


def _house(subject: Subject, one: License, shelters: dict[tuple[str, str], list[Subject]]) -> None:
    """Put *subject*, which *one* makes, among those that cover the same in the network."""
    if one.shelter is not None:
        subject.siblings = shelters.setdefault(one.shelter, [])
        subject.siblings.append(subject)


def _lay_out_lost(
    licenses: Sequence[License],
    orphans: Sequence[License],
    devices: Mapping[str, Subject],
    shelters: dict[tuple[str, str], list[Subject]],
) -> list[Subject]:
    """Devices and network licenses of which no license says until when they are covered.

    Those are devices and networks that have nothing but licenses that wait behind nothing, and licenses in
    states that nobody knows: of a network each of the latter, wherever it stands by the others there.
    """
    strays = [one for one in licenses if one.is_stray]
    named = {one.device for one in [*strays, *orphans] if one.device is not None}
    lost = [Subject(serial) for serial in sorted(named - devices.keys())]
    for one in [one for one in strays if one.device is None]:
        lost.append(subject := Subject(None, own_kind=one.kind))
        _house(subject, one, shelters)
    waiting = [one for one in orphans if one.shelter is not None and one.shelter not in shelters]
    return [*lost, *[Subject(None) for _ in waiting]]


def find_head(
    queued: License, devices: Mapping[str, Subject], by_id: Mapping[str, License]
) -> License | None:
    """A license that covers what *queued* waits for; None where that is nothing in the list.

    The device tells it or, where there is none, the license in front, or the one in front of that.
    """
    passed: set[str] = set()
    one: License | None = queued
    while one is not None and one.id not in passed:
        passed.add(one.id)
        if one.state == QUEUED and one.device is not None and one.device in devices:
            return devices[one.device].heads[0]
        if one.is_head:
            return one
        one = by_id.get(one.head or "") if one.state == QUEUED else None
    return None


def count_coverage(licenses: Sequence[License], as_of: datetime, estate: Estate) -> Block:
    """Where the subjects stand, and which of the licenses that expire have nothing behind them."""
    horizon = as_of + timedelta(days=max(WINDOWS_DAYS))
    expiring = [one for one in licenses if one.state == "expiring"]
    at_risk = [one for one in expiring if not is_covered(one, estate.cover_of(one), horizon)]
    return {
        "expiring": {
            "coveredByQueue": len(expiring) - len(at_risk),
            "atRisk": len(at_risk),
            "atRiskWithin": {
                str(days): sum(
                    ends_within(one, as_of, days) and not _outlasts(estate.cover_of(one), as_of, days)
                    for one in licenses
                )
                for days in WINDOWS_DAYS
            },
            "atRiskByType": dict(Counter(one.kind for one in at_risk)),
        },
        "coverage": {
            "devices": count_standings(one.standing(as_of) for one in estate.subjects if one.serial),
            "networkLicenses": count_standings(
                one.standing(as_of) for one in estate.subjects if not one.serial
            ),
        },
        "notes": {"orphanedQueue": len(estate.orphans)},
    }


def is_covered(one: License, end: datetime | None, horizon: datetime) -> bool:
    """Whether that stays covered, until *end*, which *one* is on: past its own end and past *horizon*."""
    return end is not None and end > horizon and (one.ends is None or end > one.ends)


def _outlasts(end: datetime | None, as_of: datetime, days: int) -> bool:
    return end is not None and end > as_of + timedelta(days=days)


def tell_dark(subjects: Sequence[Subject], as_of: datetime) -> Block:
    """The standing of an organization, and the days on which parts of it go dark unless renewed.

    Without anything that could go dark all is well. Where something of it tells no end, and nothing of it is
    known to be worse than well, there is no standing.
    """
    ending = [(one.cover, one.kind) for one in subjects if one.cover is not None]
    is_open = any(one.cover is None for one in subjects)
    worst = worst_of(["ok", *[standing_of(end, as_of) for end, _ in ending]])
    going = [
        (later(end, GRACE), standing_of(end, as_of), kind)
        for end, kind in ending
        if standing_of(end, as_of) in {"expiring", "inGrace"}
    ]
    counts = Counter((dark.date(), standing, kind) for dark, standing, kind in going)
    return {
        "standing": None if is_open and worst == "ok" else worst,
        "dark": {
            "soonest": write_moment(min((dark for dark, _, _ in going), default=None)),
            "known": len(ending) == len(subjects),
            "dates": [
                {
                    "date": day.isoformat(),
                    "standing": standing,
                    "what": kind,
                    "count": count,
                    "estimate": False,
                }
                for (day, standing, kind), count in sorted(counts.items())
            ],
        },
    }


def tell_renewals(subjects: Iterable[Subject], as_of: datetime) -> Counter[tuple[str, str, str]]:
    """What ends in each month: licenses, and the seats of those that cover a network, by type."""
    renewals: Counter[tuple[str, str, str]] = Counter()
    for one in subjects:
        month = month_ahead(one.end, as_of)
        if month is not None:
            renewals[one.kind, "licenses", month] += 1
            renewals[one.kind, "seats", month] += one.seats
    return +renewals
