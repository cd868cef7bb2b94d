from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.judge.message import NAMES, check_template, filled
from auditor.settings.fault import Fault
from tests.judge.drawn import FEW


def test_facts_take_the_place_of_their_names() -> None:
    """All of them, also where one stands twice."""
    assert filled("{value} of {tenant}: {value}", {"value": "3", "tenant": "acme"}) == "3 of acme: 3"


def test_a_name_that_no_finding_has_is_refused() -> None:
    """When the policy is read, not when it first matters."""
    with pytest.raises(Fault) as caught:
        check_template("{organisation}")

    assert caught.value.hint == "did you mean {organization}?"


@FEW
@given(st.sampled_from(NAMES), st.text())
def test_braces_in_facts_stay_as_they_are(name: str, fact: str) -> None:
    """A name from the API is no template."""
    assert filled(f"<{{{name}}}>", {name: fact}) == f"<{fact}>"
