from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from auditor.journal.terms import RESUMED_WITHIN, Terms

BEGUN = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)


def terms(**facts: Any) -> Terms:
    return Terms(facts, BEGUN, BEGUN)


def test_terms_are_read_as_they_were_written() -> None:
    """The journal keeps them as text."""
    written = terms(plan="full", windows_days=[30, 60])

    assert Terms.from_json(written.to_json()) == written


def test_every_difference_is_told_with_both_values() -> None:
    """So that the user sees at once which option has changed."""
    now = terms(plan="counts", windows_days=[30], tags=["x"])

    assert terms(plan="full", windows_days=[30], ids=["1"]).differences(now) == [
        'plan: "full", now "counts"',
        'ids: ["1"], now not there',
        'tags: not there, now ["x"]',
    ]
    assert terms(plan="full").differences(terms(plan="full")) == []


@pytest.mark.parametrize(("age", "is_recent"), [(RESUMED_WITHIN, True), (RESUMED_WITHIN * 1.01, False)])
def test_a_run_of_yesterday_is_history(age: timedelta, is_recent: bool) -> None:  # noqa: FBT001
    """A nightly job that always says --resume must not report last night's figures."""
    assert terms().is_recent(BEGUN + age) is is_recent
