from __future__ import annotations

from typing import Any

import pytest

from auditor.history.entry import Entry, Mark, full_name, names_in, steps_of
from tests.history.runs import FIRST


def an_entry(**changes: Any) -> Entry:
    """A complete run of a fleet."""
    fields: dict[str, Any] = {
        "run_id": "r",
        "as_of": FIRST,
        "finished_at": FIRST,
        "tool_version": "1.2.3",
        "windows_days": (30, 60),
        "plan": "full",
        "is_complete": True,
        "figures": {"expiring.total": 5},
    }
    return Entry(**fields | changes)


@pytest.mark.parametrize(
    ("before", "after", "marks"),
    [
        ({}, {}, ()),
        ({}, {"is_complete": False}, (Mark.NOT_COMPLETE,)),
        ({"is_complete": False}, {}, (Mark.AFTER_INCOMPLETE,)),
        ({}, {"appeared": 1}, (Mark.OTHER_ORGANIZATIONS,)),
        ({}, {"vanished": 2}, (Mark.OTHER_ORGANIZATIONS,)),
        ({}, {"windows_days": (30,)}, (Mark.OTHER_WINDOWS,)),
        ({"plan": "counts"}, {}, (Mark.OTHER_PLAN,)),
        ({"plan": None}, {}, ()),
        ({"is_complete": False}, {"is_complete": False}, (Mark.NOT_COMPLETE, Mark.AFTER_INCOMPLETE)),
        ({"is_complete": False}, {"is_complete": False, "lacks_as_before": True}, ()),
    ],
)
def test_runs_that_do_not_compare_are_marked(
    before: dict[str, Any], after: dict[str, Any], marks: tuple[Mark, ...]
) -> None:
    """Each with the reason; where nothing was read there is no plan to compare."""
    first, second = steps_of([an_entry(**before), an_entry(**after)], ["expiring.total"])

    assert second.marks == marks
    assert first.marks == (() if first.entry.is_complete else (Mark.NOT_COMPLETE,))


@pytest.mark.parametrize(("old", "new", "change"), [(5, 7, 2), (7, 7, 0), (None, 7, None), (5, None, None)])
def test_a_change_takes_two_values(old: int | None, new: int | None, change: int | None) -> None:
    """Nobody knows by how much something changed that was not known."""
    entries = [an_entry(figures={"a": value}) for value in (old, new)]

    assert [step.changes["a"] for step in steps_of(entries, ["a"])] == [None, change]


def test_a_change_of_completeness_has_no_dust_of_floating_point() -> None:
    """1 - 0.8 is 0.2."""
    entries = [an_entry(figures={"completeness": value}) for value in (0.8, 1.0)]

    assert steps_of(entries, ["completeness"])[1].changes["completeness"] == 0.2


def test_figures_have_short_names_and_paths() -> None:
    """A path stands for itself."""
    assert full_name("unused") == "unused.total"
    assert full_name("expiring.within.30") == "expiring.within.30"
    assert names_in([an_entry(figures={"a": 1}), an_entry(figures={"b": 1, "a": 1})]) == ["a", "b"]
