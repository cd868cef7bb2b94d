from __future__ import annotations

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from auditor.simulator.budgets import Budget
from auditor.simulator.faults import FaultKind
from auditor.simulator.traffic import Peak, Traffic


@given(st.lists(st.sampled_from([0, 0.125, 0.25, 0.5, 1, 3]), max_size=60))
def test_the_peak_is_the_busiest_second(pauses: list[float]) -> None:
    """No window of one second holds more events than the peak, and one holds as many."""
    moments = list(accumulate(pauses))
    peak = Peak()

    for moment in moments:
        peak.record(moment)

    windows = [sum(end - 1 < moment <= end for moment in moments) for end in moments]
    assert peak.most == max(windows, default=0)


def test_everything_recorded_is_told() -> None:
    """Each kind of event has its place, each client and organization its own busiest second."""
    traffic = Traffic()
    for address, organization_id, at in (
        ("a", None, 0.25),
        ("a", "1", 0.5),
        ("a", "1", 0.75),
        ("b", "2", 9.0),
    ):
        traffic.record_request(address, organization_id, at)
    traffic.record_response(429)
    traffic.record_response(200)
    traffic.record_break()
    traffic.record_refusal(Budget.ADDRESS)
    traffic.record_fault(FaultKind.RESET)

    assert traffic.as_dict() == {
        "requests": 4,
        "firstRequestAt": 0.25,
        "firstOrganizationRequestAt": 0.5,
        "lastRequestAt": 9.0,
        "responses": {"200": 1, "429": 1, "broken": 1},
        "rateLimited": {"organization": 0, "address": 1},
        "faults": {"reset": 1},
        "peakPerSecond": {"a": 3, "b": 1},
        "organizationPeakPerSecond": 2,
    }


def test_before_the_first_request_there_is_no_instant() -> None:
    """None, and not a zero that would be an instant too."""
    told = Traffic().as_dict()

    assert told["firstRequestAt"] is None
    assert told["firstOrganizationRequestAt"] is None
    assert told["lastRequestAt"] is None
