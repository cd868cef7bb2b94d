from typing import Any

import pytest
from pydantic import ValidationError

from auditor.settings.model import (
    AuditSettings,
    LimitSettings,
    OrganizationSettings,
    OutputSettings,
    Settings,
    TenantSettings,
)
from auditor.settings.selection import Selection


def a_tenant(**given: Any) -> TenantSettings:
    """A tenant in which only *given* matters."""
    return TenantSettings.model_validate({"name": "acme", "api_key_env": "ACME_KEY"} | given)


def test_the_defaults_are_the_documented_ones() -> None:
    """The vendor's budgets, a tenth of them left to others, and the SDK's own variable."""
    settings = Settings()

    assert settings.audit.windows_days == (30, 60, 90)
    assert settings.audit.as_of is None
    assert settings.limits == LimitSettings(
        organization_rate=10.0,
        organization_burst=10.0,
        address_rate=100.0,
        share=0.9,
        shared_budget="auto",
        max_in_flight=512,
        request_timeout=60.0,
        attempts=5,
        max_licenses=1_000_000,
        max_organizations=300_000,
        retry_after_cap=60.0,
        deadline=None,
    )
    assert settings.output.report == "-"
    assert settings.tenants == (TenantSettings(name="default", api_key_env="MERAKI_DASHBOARD_API_KEY"),)
    assert settings.tenants[0].base_url == "https://api.meraki.com/api/v1"
    assert settings.tenants[0].auth == "bearer"
    assert settings.tenants[0].selection == Selection()


@pytest.mark.parametrize("days", [[1], [3650, 1], list(range(10, 0, -1))])
def test_windows_are_sorted(days: list[int]) -> None:
    """One to ten distinct windows, in any order."""
    assert AuditSettings.model_validate({"windows_days": days}).windows_days == tuple(sorted(days))


@pytest.mark.parametrize(
    "days", [[], [0], [-1], [3651], [30, 30], list(range(1, 12)), [1.0], ["30"], [True], 30, "30"]
)
def test_windows_outside_of_the_range_are_refused(days: object) -> None:
    """Empty, twice, more than ten, not a whole number of days from 1 to 3650."""
    with pytest.raises(ValidationError):
        AuditSettings.model_validate({"windows_days": days})


@pytest.mark.parametrize(
    "limits",
    [
        {"organization_rate": 0},
        {"organization_rate": -1.0},
        {"organization_burst": 0.5},
        {"address_rate": float("inf")},
        {"address_rate": float("nan")},
        {"address_rate": True},
        {"share": 0},
        {"share": 1.01},
        {"max_in_flight": 0},
        {"max_in_flight": 1.0},
        {"attempts": 0},
        {"request_timeout": "0s"},
        {"request_timeout": -1},
        {"request_timeout": "soon"},
        {"request_timeout": float("inf")},
        {"request_timeout": None},
        {"retry_after_cap": True},
        {"deadline": 0},
        {"deadline": []},
    ],
)
def test_limits_outside_of_their_range_are_refused(limits: dict[str, object]) -> None:
    """Rates and durations are positive and finite, counts whole, the share up to 1."""
    with pytest.raises(ValidationError):
        LimitSettings.model_validate(limits)


def test_limits_above_the_vendors_are_allowed() -> None:
    """A simulator takes more than the vendor does."""
    limits = LimitSettings.model_validate(
        {"organization_rate": 5000, "address_rate": 1e6, "deadline": "1h30m"}
    )

    assert (limits.organization_rate, limits.address_rate, limits.deadline) == (5000.0, 1e6, 5400.0)


@pytest.mark.parametrize(
    "argv",
    ["pass show 'meraki/msp key'", ["pass", "show", "meraki/msp key"], ("pass", "show", "meraki/msp key")],
)
def test_a_key_command_is_words_or_a_line_of_words(argv: object) -> None:
    """A text is split as a shell would, and no shell runs it."""
    tenant = TenantSettings.model_validate({"name": "acme", "api_key_command": argv})

    assert tenant.api_key_command == ("pass", "show", "meraki/msp key")
    assert "meraki/msp" not in repr(tenant)


@pytest.mark.parametrize(
    "sources",
    [
        {},
        {"api_key_env": "A", "api_key_file": "b"},
        {"api_key_env": "A", "api_key_command": ["b"]},
        {"api_key_file": "a", "api_key_command": "b"},
        {"api_key_env": "A", "api_key_file": "b", "api_key_command": "c"},
        {"api_key_env": ""},
        {"api_key_env": "NOT A NAME"},
        {"api_key_env": "1A"},
        {"api_key_file": " "},
        {"api_key_file": "a\nb"},
        {"api_key_command": []},
        {"api_key_command": ""},
        {"api_key_command": [""]},
        {"api_key_command": "say 'it"},
        {"api_key_command": [1]},
        {"api_key_env": "a" * 40},
        {"api_key_file": "0" * 40},
    ],
)
def test_a_tenant_has_exactly_one_usable_key_source(sources: dict[str, object]) -> None:
    """None, two, and a source that cannot be one are refused, a key in place of its name too."""
    with pytest.raises(ValidationError):
        TenantSettings.model_validate({"name": "acme"} | sources)


@pytest.mark.parametrize(
    "given",
    [
        {"name": ""},
        {"name": "  "},
        {"name": "a\nb"},
        {"name": "a\u202eb"},
        {"name": 1},
        {"auth": "basic"},
        {"base_url": "http://api.meraki.com/api/v1"},
        {"tags": "gold"},
        {"tags": [""]},
        {"contact": "a\x1b[31m"},
        {"organizations": {"ids": ["1 2"]}},
        {"organizations": {"include": [""]}},
        {"organizations": {"exclude": ["tag:"]}},
        {"organizations": {"all": True}},
        {"organizations": None},
    ],
)
def test_a_tenant_with_a_wrong_value_is_refused(given: dict[str, object]) -> None:
    """Names and labels are one printable line; everything else is as its own module says."""
    with pytest.raises(ValidationError):
        a_tenant(**given)


def test_names_of_tenants_are_unique() -> None:
    """Outputs are told apart by them."""
    with pytest.raises(ValidationError, match="repeats the tenant name 'acme'"):
        Settings(tenants=(a_tenant(), a_tenant(api_key_env="OTHER")))
    with pytest.raises(ValidationError, match="must hold a tenant"):
        Settings(tenants=())


def test_a_tenant_makes_a_selection_of_its_organizations() -> None:
    """`selection` carries the three lists over."""
    tenant = a_tenant(organizations={"ids": ["1", "2"], "include": ["a*"], "exclude": ["tag:lab"]})

    assert tenant.organizations == OrganizationSettings(ids=("1", "2"), include=("a*",), exclude=("tag:lab",))
    assert tenant.selection == Selection(frozenset({"1", "2"}), ("a*",), ("tag:lab",))


@pytest.mark.parametrize("report", ["", " ", "a\x00b"])
def test_a_report_needs_a_path(report: str) -> None:
    """A path, or - for the standard output."""
    with pytest.raises(ValidationError):
        OutputSettings(report=report)


def test_settings_do_not_change() -> None:
    """Frozen all the way down."""
    settings = Settings()

    with pytest.raises(ValidationError):
        settings.limits.share = 0.5
    assert hash(settings) == hash(Settings())
