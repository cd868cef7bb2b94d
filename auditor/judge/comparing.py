"""Whether one reading keeps a rule: certainly, certainly not, or nobody can say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TypeAlias

from auditor.judge.observation import Bound, Reading, instant_of
from auditor.judge.policy import Rule

Threshold: TypeAlias = int | float | str | list[str]


class Answer(Enum):
    """The answer to one rule about one place."""

    KEPT = auto()
    BROKEN = auto()
    UNDECIDED = auto()


@dataclass(frozen=True, slots=True)
class Comparison:
    """*demand* is the threshold in words, that of the half of the rule that is broken where one is."""

    answer: Answer
    threshold: Threshold
    demand: str


def compare(rule: Rule, reading: Reading, as_of: datetime) -> Comparison:
    """Hold *reading* against *rule*.

    A lower bound above `max` is certain, one that is not above it proves nothing; `min` the other way round.
    """
    halves = list(_halves(rule, reading, as_of))
    for wanted in (Answer.BROKEN, Answer.UNDECIDED):
        for half in halves:
            if half.answer is wanted:
                return half
    return halves[0]


def is_worse(rule: Rule, value: object, before: object) -> bool:
    """Whether *value* breaks *rule* by more than *before* did; of texts, whether it is another one."""
    if isinstance(value, int | float) and isinstance(before, int | float):
        if rule.max is not None and value > rule.max:
            return value > before
        return value < before if rule.min is not None else value != before
    if rule.min_days is not None and isinstance(value, str) and isinstance(before, str):
        return instant_of(value) < instant_of(before)
    return value != before


def _halves(rule: Rule, reading: Reading, as_of: datetime) -> list[Comparison]:
    if rule.max is not None or rule.min is not None:
        halves = []
        if rule.max is not None:
            halves.append(
                Comparison(_at_most(reading, rule.max), _number(rule.max), f"at most {rule.max:,g}")
            )
        if rule.min is not None:
            halves.append(
                Comparison(_at_least(reading, rule.min), _number(rule.min), f"at least {rule.min:,g}")
            )
        return halves
    if rule.min_days is not None:
        answer = _ahead(reading, as_of + timedelta(days=rule.min_days))
        return [Comparison(answer, rule.min_days, f"more than {rule.min_days:,} days ahead")]
    return [_among(rule, reading)]


def _number(value: float) -> int | float:
    return int(value) if value == int(value) else value


def _at_most(reading: Reading, most: float) -> Answer:
    if reading.bound is not Bound.UNKNOWN and _as_number(reading) > most:
        return Answer.BROKEN
    return Answer.KEPT if reading.bound is Bound.EXACT else Answer.UNDECIDED


def _at_least(reading: Reading, least: float) -> Answer:
    if reading.bound is not Bound.UNKNOWN and _as_number(reading) >= least:
        return Answer.KEPT
    return Answer.BROKEN if reading.bound is Bound.EXACT else Answer.UNDECIDED


def _ahead(reading: Reading, last: datetime) -> Answer:
    """Of a date that is read in part, an earlier one may be hidden."""
    if isinstance(reading.value, str) and instant_of(reading.value) <= last:
        return Answer.BROKEN
    return Answer.KEPT if reading.bound is Bound.EXACT else Answer.UNDECIDED


def _among(rule: Rule, reading: Reading) -> Comparison:
    if rule.none_of is not None:
        demand, threshold = f"none of {', '.join(rule.none_of)}", list(rule.none_of)
        is_kept = reading.value not in rule.none_of
        return Comparison(_exactly(reading, is_kept=is_kept), threshold, demand)
    if rule.one_of is not None:
        demand, threshold = f"one of {', '.join(rule.one_of)}", list(rule.one_of)
        return Comparison(_exactly(reading, is_kept=reading.value in rule.one_of), threshold, demand)
    wanted = rule.equals if rule.equals is not None else ""
    told = str(wanted).lower() if isinstance(wanted, bool) else str(wanted)
    if isinstance(wanted, int) and not isinstance(wanted, bool) and reading.bound is Bound.AT_LEAST:
        answer = Answer.BROKEN if _as_number(reading) > wanted else Answer.UNDECIDED
        return Comparison(answer, wanted, told)
    return Comparison(_exactly(reading, is_kept=reading.value == wanted), wanted, told)


def _exactly(reading: Reading, *, is_kept: bool) -> Answer:
    if reading.bound is not Bound.EXACT:
        return Answer.UNDECIDED
    return Answer.KEPT if is_kept else Answer.BROKEN


def _as_number(reading: Reading) -> float:
    return reading.value if isinstance(reading.value, int | float) else 0
