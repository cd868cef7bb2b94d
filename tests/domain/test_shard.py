from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.shard import Shard

ids = st.text("0123456789", min_size=1, max_size=18)
sizes = st.dictionaries(ids, st.integers(1, 60), max_size=30)


@given(st.lists(ids, unique=True), sizes, st.integers(1, 9))
def test_every_organization_is_in_exactly_one_part(
    some: list[str], pages: dict[str, int], count: int
) -> None:
    """Of known size or not, listed by all parts or by one alone."""
    shards = [Shard(number, count, pages) for number in range(1, count + 1)]

    for one in {*some, *pages}:
        assert sum(shard.takes(one) for shard in shards) == 1


@given(sizes, st.integers(1, 9))
def test_known_pages_are_spread_so_that_no_part_has_much_more(pages: dict[str, int], count: int) -> None:
    """No part exceeds another by more than its largest organization."""
    loads = [
        sum(size for one, size in pages.items() if Shard(number, count, pages).takes(one))
        for number in range(1, count + 1)
    ]

    assert max(loads) - min(loads) <= max(pages.values(), default=0)


def test_what_is_unknown_is_spread_evenly_by_its_id() -> None:
    """Ten thousand organizations over four parts: within five percent."""
    loads = [sum(Shard(number, 4).takes(str(one)) for one in range(10_000)) for number in range(1, 5)]

    assert max(loads) - min(loads) < 0.05 * 10_000


def test_the_place_of_an_organization_never_changes() -> None:
    """A new version must not read a fleet in other parts than the old one beside it."""
    places = {one: [n for n in range(1, 5) if Shard(n, 4).takes(one)] for one in ("501", "204011", "x")}

    assert places == {"501": [3], "204011": [2], "x": [1]}


@pytest.mark.parametrize(("index", "count"), [(0, 4), (5, 4), (1, 0)])
def test_a_part_that_there_is_not_is_refused(index: int, count: int) -> None:
    """Parts are counted from 1."""
    with pytest.raises(ValueError, match=f"no part {index} of {count}"):
        Shard(index, count)


def test_parts_that_were_given_other_sizes_can_be_told_apart() -> None:
    """They would overlap, and leave organizations out."""
    assert Shard(1, 2).spread is None
    assert Shard(1, 2, {"1": 3}).spread == Shard(2, 2, {"1": 3}).spread != Shard(2, 2, {"1": 4}).spread
