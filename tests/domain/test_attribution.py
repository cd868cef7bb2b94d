"""Whose is what, found out by asking about sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.attribution import attribute, halves

MOST = 64


def worlds() -> st.SearchStrategy[tuple[int, dict[str, frozenset[int]]]]:
    """How many organizations there are, and who has which thing; some things are shared."""
    return st.integers(2, MOST).flatmap(
        lambda count: st.tuples(
            st.just(count),
            st.dictionaries(
                st.integers(0, 30).map(str),
                st.frozensets(st.integers(0, count - 1), min_size=1, max_size=4),
                max_size=12,
            ),
        )
    )


def told(owners: Mapping[str, frozenset[int]], numbers: Iterable[int]) -> set[str]:
    asked = set(numbers)
    return {thing for thing, numbers in owners.items() if numbers & asked}


def seen(count: int, owners: Mapping[str, frozenset[int]]) -> list[tuple[set[str], set[str]]]:
    return [(told(owners, zeros), told(owners, ones)) for zeros, ones in halves(count)]


@pytest.mark.parametrize(("count", "pairs"), [(1, 0), (2, 1), (3, 2), (8, 3), (9, 4), (64, 6)])
def test_the_pairs_grow_with_the_logarithm(count: int, pairs: int) -> None:
    """Each pair splits all numbers in two, and neither half is empty."""
    assert len(halves(count)) == pairs
    for zeros, ones in halves(count):
        assert sorted(zeros + ones) == list(range(count))
        assert zeros
        assert ones


@given(worlds())
def test_everything_is_attributed_exactly(world: tuple[int, dict[str, frozenset[int]]]) -> None:
    """What one has is its own; of what several have, all of them are candidates."""
    count, owners = world
    attribution = attribute(count, seen(count, owners))

    assert attribution is not None
    assert dict(attribution.owner) == {k: min(v) for k, v in owners.items() if len(v) == 1}
    assert attribution.candidates.keys() == {k for k, v in owners.items() if len(v) > 1}
    for thing, candidates in attribution.candidates.items():
        assert owners[thing] <= set(candidates)


@given(worlds(), st.data())
def test_what_is_missing_from_one_answer_is_never_attributed(
    world: tuple[int, dict[str, frozenset[int]]], data: st.DataObject
) -> None:
    """A thing that came or went between two questions is a contradiction, not somebody else's."""
    count, owners = world
    owned = sorted(thing for thing, numbers in owners.items() if len(numbers) == 1)
    if not owned or count <= 2:  # with a single pair it would merely not be there
        return
    gone, answers = data.draw(st.sampled_from(owned)), seen(count, owners)
    for side in answers[data.draw(st.integers(0, len(answers) - 1))]:
        side.discard(gone)

    assert attribute(count, answers) is None


def test_a_number_that_nobody_has_is_a_contradiction() -> None:
    """Of three organizations none is the fourth."""
    assert attribute(3, [(set(), {"s"}), (set(), {"s"})]) is None
    assert attribute(3, [({"s"}, {"s"}), (set(), {"s"})]) is None


def test_nothing_seen_is_nothing_owned() -> None:
    """And no contradiction."""
    assert attribute(9, [(set(), set())] * 4) is not None
