from __future__ import annotations

from typing import Any

import pytest

from auditor.errors import SettingsError
from auditor.settings.layers import build_settings
from auditor.settings.model import Settings

TWO_TENANTS = '[[tenants]]\nname = "a"\napi_key_env = "A"\n[[tenants]]\nname = "b"\napi_key_env = "B"\n'
NAMES = {
    key: f"--{key.replace('_', '-')}" for key in ("api_key_env", "api_key_file", "api_key_command", "auth")
}


def build(text: str = "", *, environment: dict[str, str] | None = None, **options: Any) -> Settings:
    return build_settings(
        file_text=text, file_name="a.toml", environment=environment or {}, options=options, option_names=NAMES
    )


def test_a_key_file_of_the_environment_replaces_the_default_variable() -> None:
    """A container with a mounted secret needs no configuration file."""
    (tenant,) = build(environment={"AUDITOR_API_KEY_FILE": "/run/secrets/meraki"}).tenants

    assert (tenant.api_key_file, tenant.api_key_env) == ("/run/secrets/meraki", None)


def test_an_option_replaces_what_the_environment_and_the_file_say() -> None:
    """The place of the key obeys the same precedence as everything else."""
    text = '[[tenants]]\nname = "a"\napi_key_env = "A"\n'
    (tenant,) = build(text, environment={"AUDITOR_API_KEY_FILE": "/x"}, api_key_command="pass show m").tenants

    assert tenant.api_key_command == ("pass", "show", "m")
    assert (tenant.api_key_file, tenant.api_key_env) == (None, None)


def test_the_form_of_the_header_holds_for_every_tenant() -> None:
    """It is a property of the way to the vendor, such as a proxy."""
    settings = build(TWO_TENANTS, auth="x-cisco-meraki-api-key")

    assert {tenant.auth for tenant in settings.tenants} == {"x-cisco-meraki-api-key"}


def test_one_key_for_several_tenants_is_refused() -> None:
    """Whose would it be?"""
    with pytest.raises(SettingsError, match="--api-key-file: gives one API key, and the configuration has 2"):
        build(TWO_TENANTS, api_key_file="/x")


def test_two_places_for_one_key_are_refused() -> None:
    """Which would win is nobody's guess."""
    with pytest.raises(SettingsError, match="once more"):
        build(api_key_file="/x", api_key_env="A")
