"""Finds each organization in both reports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from auditor.judge.comparison.difference import Entry
from auditor.judge.observation import Json


@dataclass(frozen=True, slots=True)
class Pair:
    """One organization, and its entry in each report; one of the two may be missing."""

    old: Json | None
    new: Json | None

    @property
    def known(self) -> Json:
        """The newest entry that there is."""
        return self.new or self.old or {}

    @property
    def entry(self) -> Entry:
        """Which organization it is."""
        known = self.known
        return Entry(organization_id=known["id"], name=known["name"], tenant=known["tenant"])

    @property
    def both(self) -> tuple[Json, Json] | None:
        """The two entries; None where one is missing."""
        return None if self.old is None or self.new is None else (self.old, self.new)


def pairs_of(old: Json, new: Json) -> list[Pair]:
    """Every organization of either report, ordered by tenant and id.

    An id that went over to another tenant is still that organization, as long as it is the only one.
    """
    olds, news = _by_place(old), _by_place(new)
    moved = dict(_moved(olds.keys() - news.keys(), news.keys() - olds.keys()))
    origins = set(moved.values())
    pairs = [Pair(olds.get(moved.get(place, place)), block) for place, block in news.items()]
    pairs += [
        Pair(block, None) for place, block in olds.items() if place not in news and place not in origins
    ]
    return sorted(pairs, key=lambda pair: (pair.known["tenant"], pair.known["id"]))


Place = tuple[str, str]


def _by_place(report: Json) -> Mapping[Place, Json]:
    return {(one["tenant"], one["id"]): one for one in report["organizations"]}


def _moved(gone: Iterable[Place], come: Iterable[Place]) -> Iterator[tuple[Place, Place]]:
    """The new place and the old one of each id that is once in both."""
    gone_by_id, come_by_id = _by_id(gone), _by_id(come)
    for organization_id, places in come_by_id.items():
        origins = gone_by_id.get(organization_id, [])
        if len(places) == len(origins) == 1:
            yield places[0], origins[0]


def _by_id(places: Iterable[Place]) -> dict[str, list[Place]]:
    by_id: dict[str, list[Place]] = {}
    for place in places:
        by_id.setdefault(place[1], []).append(place)
    return by_id
