"""Reports in every condition, for properties of whatever judges or compares them."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from tests.judge.reports import (
    a_co_term,
    a_document,
    an_organization,
    failed,
    partial,
    skipped,
    unlisted,
)

FEW = settings(max_examples=40, deadline=None)
TENANTS = [
    {"name": "acme", "tags": ["gold"], "contact": ""},
    {"name": "north", "tags": ["gold", "iron"], "contact": ""},
]


@st.composite
def organizations(draw: st.DrawFn) -> dict[str, Any]:
    """One organization in any condition; the id is set by `reports`."""
    count = draw(st.integers(0, 4))
    unused = {"unused.unusedActive": count, "unused.burning.licenses": count}
    tenant = draw(st.sampled_from(["acme", "north"]))
    return draw(
        st.sampled_from(
            [
                an_organization("0", unused, tenant=tenant),
                an_organization("0", unused | {"unused.burning": None}, tenant=tenant),
                partial("0", unused, tenant=tenant),
                failed("0", tenant=tenant),
                skipped("0", tenant=tenant),
                a_co_term("0", tenant=tenant),
            ]
        )
    )


@st.composite
def reports(draw: st.DrawFn) -> dict[str, Any]:
    """Any report, also one in which nothing was audited."""
    drawn = draw(st.lists(organizations(), max_size=5))
    errors = draw(st.lists(st.sampled_from(["acme", "north"]).map(unlisted), max_size=1))
    numbered = [one | {"id": str(n)} for n, one in enumerate(drawn)]
    return a_document(*numbered, errors=errors, tenants=TENANTS)
