from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.organization import Organization, OrganizationId
from auditor.domain.result import OrganizationResult
from auditor.engine.audit import cut_short
from auditor.report.document import organization_block
from auditor.report.to_json import to_piece
from auditor.report.unreached import pieces_of
from tests.domain.builders import WINDOWS

organizations = st.builds(
    Organization,
    st.text(max_size=4).map(OrganizationId),
    st.text(max_size=6),
    st.sampled_from(["per-device", "co-term", "", None]),
    st.sampled_from([True, None]),
    st.sampled_from([(), ("acme", "north"), ("south", "acme")]),
)


@given(st.lists(organizations, max_size=9), st.text(max_size=6))
def test_each_entry_is_what_it_would_be_alone(those: list[Organization], reason: str) -> None:
    """Whatever its name, its licensing model and the other tenants that select it."""
    failure = cut_short(reason)

    pieces = list(pieces_of(those, tenant="acme", failure=failure, windows=WINDOWS))

    assert pieces == [
        to_piece(organization_block(OrganizationResult(one, "acme", ending=failure), WINDOWS))
        for one in those
    ]
