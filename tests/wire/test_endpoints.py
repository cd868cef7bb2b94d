"""The URLs asked for, and the caller's card."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.domain.license import LicenseState
from auditor.domain.plan import SUBSCRIPTION_BATCH
from auditor.wire.endpoints import (
    co_term_keys_url,
    compliance_url,
    devices_in_use_url,
    licenses_url,
    organizations_url,
    overview_url,
    subscriptions_url,
    user_agent,
)
from auditor.wire.origin import Origin

BASE = "https://api.meraki.com/api/v1"


def test_organizations_are_asked_for_in_the_largest_pages() -> None:
    """9000 to a page, whether or not the base URL ends in a slash."""
    assert organizations_url(BASE) == f"{BASE}/organizations?perPage=9000"
    assert organizations_url(f"{BASE}/") == f"{BASE}/organizations?perPage=9000"


def test_licenses_are_asked_for_in_the_largest_pages() -> None:
    """1000 to a page, and no filter that was not asked for."""
    assert licenses_url(BASE, "123") == f"{BASE}/organizations/123/licenses?perPage=1000"


def test_an_overview_is_one_object() -> None:
    """No page size, no filter; an id that would name another path is refused here as well."""
    assert overview_url(BASE, "123") == f"{BASE}/organizations/123/licenses/overview"
    with pytest.raises(ValueError, match="no organization id"):
        overview_url(BASE, "..")


def test_keys_and_devices_are_asked_for_in_the_largest_pages() -> None:
    """Of the devices only those in use; an id that would name another path is refused here as well."""
    assert (
        co_term_keys_url(BASE, "1 2") == f"{BASE}/organizations/1%202/licensing/coterm/licenses?perPage=1000"
    )
    assert (
        devices_in_use_url(BASE, "12")
        == f"{BASE}/organizations/12/inventory/devices?perPage=1000&usedState=used"
    )
    for url_of in (co_term_keys_url, devices_in_use_url):
        with pytest.raises(ValueError, match="no organization id"):
            url_of(BASE, "..")


def test_subscriptions_of_many_are_asked_for_at_once() -> None:
    """An id each, under a name whose brackets are encoded."""
    path = f"{BASE}/administered/licensing/subscription/subscriptions"

    assert (
        subscriptions_url(BASE, ["1", "2"])
        == f"{path}?perPage=1000&organizationIds%5B%5D=1&organizationIds%5B%5D=2"
    )
    assert compliance_url(f"{BASE}/", ["7"]) == f"{path}/compliance/statuses?organizationIds%5B%5D=7"


def test_the_longest_question_fits_any_server() -> None:
    """A whole batch of ids of 18 digits, of organizations and of subscriptions, in less than 8 kB."""
    ids = [str(10**17 + number) for number in range(SUBSCRIPTION_BATCH)]

    assert len(subscriptions_url(BASE, ids, subscription_ids=ids)) < 8000


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1, max_size=4))
def test_ids_in_a_query_come_back_out_of_it(ids: list[str]) -> None:
    """Whatever they hold."""
    url = subscriptions_url(BASE, ids, subscription_ids=ids)

    query = parse_qs(urlsplit(url).query, strict_parsing=True)
    assert query == {"perPage": ["1000"], "organizationIds[]": ids, "subscriptionIds[]": ids}
    assert Origin(BASE).admits(url)


def test_filters_use_the_vendors_names() -> None:
    """`state`, `deviceSerial` and `networkId` reach the query as the API spells them."""
    url = licenses_url(
        BASE, "1", state=LicenseState.UNUSED_ACTIVE, device_serial="Q2AA-0000-0001", network_id="N_1&x=2"
    )

    assert parse_qs(urlsplit(url).query) == {
        "perPage": ["1000"],
        "state": ["unusedActive"],
        "deviceSerial": ["Q2AA-0000-0001"],
        "networkId": ["N_1&x=2"],
    }


@pytest.mark.parametrize("organization_id", ["", ".", ".."])
def test_an_id_that_names_another_path_is_refused(organization_id: str) -> None:
    """Dot segments would be folded away on the wire."""
    with pytest.raises(ValueError, match="no organization id"):
        licenses_url(BASE, organization_id)


@settings(deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda x: x not in {".", ".."}),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
)
def test_ids_come_back_out_of_the_url(organization_id: str, serial: str) -> None:
    """Whatever an id holds, it stays one path segment on the same origin."""
    url = licenses_url(BASE, organization_id, device_serial=serial)

    path = urlsplit(url).path.removeprefix("/api/v1/")
    assert [unquote(each) for each in path.split("/")] == ["organizations", organization_id, "licenses"]
    assert parse_qs(urlsplit(url).query, strict_parsing=True)["deviceSerial"] == [serial]
    assert Origin(BASE).admits(url)


@pytest.mark.parametrize(
    ("version", "agent"),
    [
        ("0.1.0", "LicenseAuditor/0.1.0 AuditorProject"),
        ("1.2.3-rc.1+g12", "LicenseAuditor/1.2.3.rc.1.g12 AuditorProject"),
    ],
)
def test_the_default_agent_has_the_vendors_form(version: str, agent: str) -> None:
    """One space, one slash, and no hyphen even in a development version."""
    assert user_agent(version, None) == agent


@pytest.mark.parametrize("caller", ["NightlyAudit/2.0 ExampleMsp", "NightlyAudit ExampleMsp"])
def test_a_caller_introduces_itself(caller: str) -> None:
    """Whoever runs the audit may put its own name in place of ours."""
    assert user_agent("0.1.0", caller) == caller


@pytest.mark.parametrize(
    "caller",
    [
        "",
        "App",
        "App/1.0",
        "App/1.0  Vendor",
        "App/1.0 Ven-dor",
        "My App/1.0 Vendor",
        "App/ Vendor",
        "App/1..0 Vendor",
        "App/1.0 Vendor\n",
        "App/1.0 Vendor\r\nX-Evil: 1",
        "Äpp/1.0 Vendor",
    ],
)
def test_a_caller_of_another_form_is_refused(caller: str) -> None:
    """Nothing else reaches a request header."""
    with pytest.raises(ValueError, match="is not like"):
        user_agent("0.1.0", caller)
