"""Null is a value: wherever a report may have it, each reader goes on, and takes it for no zero."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.errors import AuditorError
from auditor.history.record import record_of
from auditor.report.reading import Document, UnreadableReportError, read_report
from tests.end_to_end.consumers import CONSUMERS, SLOW
from tests.end_to_end.nullable import (
    Pattern,
    Place,
    leaves_of,
    nullable_patterns,
    places_in,
    told,
    value_at,
    with_values,
    zeroed,
)
from tests.end_to_end.sampled import samples
from tests.report.joined import merged

BATCHES: Final = 8
SUMMING: Final = frozenset({"merge", "split", "check by tenant", "results", "telemetry"})
"""Those that make the sums anew, of what each organization has."""

CONTRADICTIONS: Final[Mapping[str, frozenset[str]]] = {
    "run.shard": frozenset({"merge"}),
    "forecast": SUMMING,
    "organizations.*.plan": SUMMING,
    "organizations.*.error": SUMMING,
    "organizations.*.reason": SUMMING,
    **{
        f"organizations.*.{block}": SUMMING
        for block in ("licenses", "expiring", "unused", "seats", "coTerm", "subscription")
    },
}
"""Where null contradicts the rest of the report, and who may refuse it for that: what was read has figures of
its licensing model, what was not has a reason, and a part of an audit has its number."""

COUNTED_AS_UNKNOWN: Final[Mapping[str, Place]] = {
    "organizations.*.subscription.subscriptions.*.seats": ("seats", "unreadable"),
    "organizations.*.subscription.subscriptions.*.seats.*": ("seats", "unreadable"),
    "organizations.*.subscription.subscriptions.*.violations": ("violations", "unknown"),
}
"""What leaves a sum a lower bound, and which figure of the totals of subscriptions says so."""


@cache
def reports() -> Mapping[str, Document]:
    """The samples as their readers get them."""
    return {name: read_report(text) for name, text in samples().items()}


@cache
def holder_of(pattern: Pattern) -> tuple[str, Place] | None:
    """The smallest sample that has something at *pattern*, by name, and where; no zero if possible."""
    by_size = sorted(reports().items(), key=lambda pair: len(samples()[pair[0]]))
    found = [(name, place) for name, report in by_size for place in places_in(report, pattern)]
    telling = (
        (name, place) for name, place in found if (value := value_at(reports()[name], place)) != zeroed(value)
    )
    return next(telling, next(iter(found), None))


def consume(name: str, nulls: list[Place], *, patterns: set[str], slow: bool) -> Iterator[str]:
    """What comes of *nulls* in the sample *name*: each consumer that fails of it, and how."""
    report, original = read_report(with_values(samples()[name], nulls)), reports()[name]
    for consumer, consume_it in CONSUMERS.items():
        if consumer in SLOW and not slow:
            continue
        try:
            consume_it(report, original)
        except AuditorError as error:
            if not any(consumer in CONTRADICTIONS.get(pattern, ()) for pattern in patterns):
                yield f"{consumer} refuses {sorted(patterns)}: {error}"
        except Exception as error:  # noqa: BLE001 - whatever else it is, it is a fault
            yield f"{consumer} fails of {sorted(patterns)}: {error!r}"


def test_the_samples_have_something_at_every_nullable_place() -> None:
    """A figure that is new in the schema is covered as soon as a sample has it, and asked for until then."""
    lacking = [told(pattern) for pattern in nullable_patterns() if holder_of(pattern) is None]

    assert lacking == []
    assert len(nullable_patterns()) > 150


@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_single_null_stops_a_reader(batch: int) -> None:
    """Each nullable place in its turn: no reader raises, but where null contradicts the rest."""
    faults: list[str] = []
    for pattern in nullable_patterns()[batch::BATCHES]:
        holder = holder_of(pattern)
        if holder is not None:
            name, place = holder
            faults += consume(name, [place], patterns={told(pattern)}, slow=False)

    assert faults == []


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["whole", "abridged"]), st.data())
def test_no_set_of_nulls_stops_a_reader(name: str, data: st.DataObject) -> None:
    """The same of several at once, anywhere, and of the slow readers too; a contradiction may be refused."""
    patterns = data.draw(st.sets(st.sampled_from(nullable_patterns()), min_size=1, max_size=20))
    found = [(pattern, list(places_in(reports()[name], pattern))) for pattern in sorted(patterns)]
    nulls = [place for _, places in found for place in data.draw(st.just(places) | subsets_of(places))]
    try:
        read_report(with_values(samples()[name], nulls))
    except UnreadableReportError:
        return
    assert list(consume(name, nulls, patterns=set(map(told, patterns)), slow=True)) == []


def subsets_of(places: list[Place]) -> st.SearchStrategy[list[Place]]:
    """Some of *places*."""
    return st.lists(st.sampled_from(places), unique=True) if places else st.just([])


def test_all_figures_that_may_be_null_at_once_stop_no_reader() -> None:
    """All leaves of what may be null: each block is there, and of what it may leave open it says nothing."""
    deep = [one for one in nullable_patterns() if not is_around_another(one)]
    deep = [one for one in deep if told(one) not in CONTRADICTIONS]
    faults = [
        fault
        for name, report in reports().items()
        for fault in consume(
            name,
            [place for pattern in deep for place in places_in(report, pattern)],
            patterns=set(map(told, deep)),
            slow=True,
        )
    ]
    assert faults == []


def is_around_another(pattern: Pattern) -> bool:
    """Whether another nullable place lies below *pattern*."""
    return any(one != pattern and one[: len(pattern)] == pattern for one in nullable_patterns())


def sums_of(report: Document) -> dict[Place, Any]:
    """What is summed up of organizations: the totals of a joined report, and the figures of a history."""
    joined, record = merged([report]), record_of(report)
    tenants = {name: dict(part.figures) for name, part in record.tenants.items()}
    return dict(leaves_of({"totals": joined["totals"], "whole": dict(record.whole.figures), **tenants}))


@pytest.mark.parametrize("batch", range(2))
def test_no_sum_takes_null_for_zero(batch: int) -> None:
    """Where 0 would change a sum, null does not give the same one: it is not known, or says what it lacks."""
    faults: list[str] = []
    own = [one for one in nullable_patterns() if one[0] == "organizations"][batch::2]
    for pattern in own:
        name, place = holder_of(pattern) or ("", ())
        value = value_at(reports()[name], place)
        if told(pattern) in CONTRADICTIONS or zeroed(value) == value:
            continue
        texts = (with_values(samples()[name], [place], one) for one in (value, None, zeroed(value)))
        before, null, zero = (sums_of(read_report(text)) for text in texts)
        alike = [one for one in before if zero.get(one, 0) != before[one] and null.get(one) == zero.get(one)]
        known = COUNTED_AS_UNKNOWN.get(told(pattern))
        says_so = known is not None and null["totals", "subscription", *known] > 0
        faults += [f"{told(place)}: {told(one)}" for one in alike if not says_so and one in zero]

    assert faults == []


def told_in(organizations: list[Document]) -> dict[Place, Any]:
    """What is known of *organizations*, but for a key of the totals that one of them has but in a sample."""
    known = {path: value for path, value in leaves_of(organizations) if value is not None}
    return {path: value for path, value in known.items() if path[1:] != ("coverage", "organizations")}


def test_a_joined_report_keeps_null_where_a_part_has_it() -> None:
    """What is not known of an organization is not known of it in the whole, and nothing else goes with it."""
    faults: list[str] = []
    for pattern in nullable_patterns():
        holder = holder_of(pattern)
        if pattern[0] != "organizations" or holder is None or told(pattern) in CONTRADICTIONS:
            continue
        name, place = holder
        before, after = (
            merged([read_report(text)])["organizations"]
            for text in (samples()[name], with_values(samples()[name], [place]))
        )
        same = orjson.loads(with_values(orjson.dumps({"organizations": before}), [place]))
        faults += [] if told_in(same["organizations"]) == told_in(after) else [told(place)]

    assert faults == []
