from __future__ import annotations

import pytest

from auditor.report.patterns import identifier_spans


@pytest.mark.parametrize(
    "identifier",
    [
        "Q2XX-TEST-0001",
        "q2xx-test-0001",
        "Z2AA-BBBB-CCCC-DDDD",
        "Z21234567890",
        "4C1234567",
        "L_646829496481105433",
        "646829496481105433",
        "ada@mail.example",
        "https://n1.dashboard.example/o/abc/manage?x=1",
        "00:18:0a:00:00:01",
        "198.51.100.7",
        "Q2ABCD12EF34",
        "q2abcd12ef34",
        "n1.dashboard.example/o/AbCd/manage",
        "dashboard.example:8443/o/AbCd",
        "0018.0a12.3456",
        "2001:db8::1",
        "2001:db8:0:0:0:0:0:1",
        "fe80::",
        "::1",
    ],
)
def test_what_names_a_thing_or_a_person_is_found(identifier: str) -> None:
    """Whole, in the middle of a sentence."""
    text = f"the vendor says {identifier} is odd"

    assert [text[start:end] for start, end in identifier_spans(text)] == [identifier]


@pytest.mark.parametrize(
    "text",
    [
        "expiring.atRisk is 12345678, allowed is 0",
        "1,234,567 of MX64-ENT end on 2026-12-24, at 2026-12-24T06:30:00Z",
        "LIC-MR-E: 30 seats; HTTP 503 after 5 attempts",
        "not finished: the deadline of 0.25 s came",
        "from 06:30:00 to 07:30:00: a::z, Quarterlies, 10.25/month, total:: nothing",
    ],
)
def test_figures_dates_and_kinds_are_no_identifiers(text: str) -> None:
    """They are what a report is about."""
    assert list(identifier_spans(text)) == []
