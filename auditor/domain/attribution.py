"""Finds out which of many organizations has what, where answers do not say whose they are.

One asks about sets of organizations. For every bit of an organization's number there are two sets: those
with a 0 there and those with a 1. What turns up in one set of each pair belongs to exactly one
organization, whose number the sets spell; what turns up in both sets of a pair belongs to several.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

ASKED_ONE_BY_ONE: Final = 8
"""So many organizations are asked each for itself. To tell eight apart by sets takes six calls, nine eight:
what little that saves, a single subscription that several of them share takes back."""

Halves: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]
Seen: TypeAlias = tuple[Collection[str], Collection[str]]
"""What turned up in each of the two sets of a pair."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """*owner* is the number of the only organization that can have a thing.

    Of things that several have, *candidates* are all numbers that the sets allow, which may be too many.
    """

    owner: Mapping[str, int]
    candidates: Mapping[str, tuple[int, ...]]


def halves(count: int) -> tuple[Halves, ...]:
    """The pairs of sets to ask about, to tell *count* numbers from 0 on apart; none of them is empty."""
    return tuple(
        (
            tuple(number for number in range(count) if not number >> bit & 1),
            tuple(number for number in range(count) if number >> bit & 1),
        )
        for bit in range((count - 1).bit_length())
    )


def attribute(count: int, seen: Sequence[Seen]) -> Attribution | None:
    """Who has what, by what was *seen* for each of the `halves`.

    None where the answers contradict each other, as they do when something came or went meanwhile.
    """
    owner: dict[str, int] = {}
    candidates: dict[str, tuple[int, ...]] = {}
    for thing in {thing for pair in seen for side in pair for thing in side}:
        numbers = tuple(
            number
            for number in range(count)
            if all(thing in pair[number >> bit & 1] for bit, pair in enumerate(seen))
        )
        is_spread = any(thing in zeros and thing in ones for zeros, ones in seen)
        if len(numbers) < 1 + is_spread:
            return None
        if is_spread:
            candidates[thing] = numbers
        else:
            (owner[thing],) = numbers
    return Attribution(owner, candidates)
