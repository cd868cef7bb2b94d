import pytest

from auditor.settings.environment import find_unknown_variables, variable_paths


def test_every_key_outside_of_tenants_has_a_variable() -> None:
    """`AUDITOR_SECTION_KEY`, and what can be said of tenants without a file."""
    assert variable_paths() == {
        "AUDITOR_BASE_URL": ("base_url",),
        "AUDITOR_AUTH": ("auth",),
        "AUDITOR_API_KEY_ENV": ("api_key_env",),
        "AUDITOR_API_KEY_FILE": ("api_key_file",),
        "AUDITOR_API_KEY_COMMAND": ("api_key_command",),
        "AUDITOR_AUDIT_WINDOWS_DAYS": ("audit", "windows_days"),
        "AUDITOR_AUDIT_AS_OF": ("audit", "as_of"),
        "AUDITOR_AUDIT_PLAN": ("audit", "plan"),
        "AUDITOR_AUDIT_RECONCILE": ("audit", "reconcile"),
        "AUDITOR_AUDIT_SEAT_USE": ("audit", "seat_use"),
        "AUDITOR_AUDIT_INVENTORY": ("audit", "inventory"),
        "AUDITOR_AUDIT_DETAIL": ("audit", "detail"),
        "AUDITOR_AUDIT_SHARD": ("audit", "shard"),
        "AUDITOR_AUDIT_SHARD_SIZES": ("audit", "shard_sizes"),
        "AUDITOR_AUDIT_ENGINE": ("audit", "engine"),
        "AUDITOR_LIMITS_ORGANIZATION_RATE": ("limits", "organization_rate"),
        "AUDITOR_LIMITS_ORGANIZATION_BURST": ("limits", "organization_burst"),
        "AUDITOR_LIMITS_ADDRESS_RATE": ("limits", "address_rate"),
        "AUDITOR_LIMITS_SOURCE_ADDRESS": ("limits", "source_address"),
        "AUDITOR_LIMITS_SHARE": ("limits", "share"),
        "AUDITOR_LIMITS_SHARED_BUDGET": ("limits", "shared_budget"),
        "AUDITOR_LIMITS_MAX_IN_FLIGHT": ("limits", "max_in_flight"),
        "AUDITOR_LIMITS_REQUEST_TIMEOUT": ("limits", "request_timeout"),
        "AUDITOR_LIMITS_ATTEMPTS": ("limits", "attempts"),
        "AUDITOR_LIMITS_MAX_LICENSES": ("limits", "max_licenses"),
        "AUDITOR_LIMITS_MAX_ORGANIZATIONS": ("limits", "max_organizations"),
        "AUDITOR_LIMITS_RETRY_AFTER_CAP": ("limits", "retry_after_cap"),
        "AUDITOR_LIMITS_DEADLINE": ("limits", "deadline"),
        "AUDITOR_OUTPUT_REPORT": ("output", "report"),
        "AUDITOR_OUTPUT_JOURNAL": ("output", "journal"),
        "AUDITOR_OUTPUT_RENDERINGS": ("output", "renderings"),
        "AUDITOR_OUTPUT_HISTORY": ("output", "history"),
        "AUDITOR_OUTPUT_HISTORY_KEEP_DAYS": ("output", "history_keep_days"),
        "AUDITOR_OUTPUT_PER_TENANT": ("output", "per_tenant"),
        "AUDITOR_OUTPUT_REDACT": ("output", "redact"),
        "AUDITOR_POLICY_FILE": ("policy", "file"),
        "AUDITOR_POLICY_BASELINE": ("policy", "baseline"),
        "AUDITOR_POLICY_FAIL_ON": ("policy", "fail_on"),
    }


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("AUDITOR_LIMITS_SHAR", "did you mean AUDITOR_LIMITS_SHARE?"),
        ("AUDITOR_DEADLINE", "did you mean AUDITOR_LIMITS_DEADLINE?"),
        ("AUDITOR_LOGLEVEL", "did you mean AUDITOR_LOG_LEVEL?"),
        ("AUDITOR_limits_share", "names are AUDITOR_SECTION_KEY, as AUDITOR_LIMITS_SHARE"),
        (
            "AUDITOR_API_KEY",
            "export the API key as MERAKI_DASHBOARD_API_KEY, or as what a tenant's api_key_env names",
        ),
    ],
)
def test_an_unknown_variable_is_a_problem_with_the_nearest_name(name: str, hint: str) -> None:
    """The name and a hint are told, the value is not."""
    problems = [*find_unknown_variables({name: "planted"}, others={"AUDITOR_LOG_LEVEL"})]

    assert [(problem.where, problem.what, problem.hint) for problem in problems] == [
        (name, "no such setting", hint)
    ]
    assert "planted" not in str(problems)


@pytest.mark.parametrize(
    "name",
    [
        "AUDITOR_LIMITS_SHARE",
        "AUDITOR_CONFIG",
        "_AUDITOR_COMPLETE",
        "AUDITORS",
        "PATH",
        "AUDITOR_SERVICE_HOST",
        "AUDITOR_SERVICE_PORT",
        "AUDITOR_SERVICE_PORT_HTTP",
        "AUDITOR_PORT",
        "AUDITOR_PORT_8080_TCP",
        "AUDITOR_PORT_8080_TCP_ADDR",
    ],
)
def test_a_variable_that_is_known_or_not_ours_is_no_problem(name: str) -> None:
    """Settings, what others read, other prefixes, and what Kubernetes sets for a Service named auditor."""
    assert not [*find_unknown_variables({name: "1"}, others={"AUDITOR_CONFIG"})]
