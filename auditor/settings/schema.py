"""The JSON Schema of the configuration file, for editors and other programs."""

from __future__ import annotations

from typing import Any

from auditor.settings.model import Settings

SCHEMA_ID = "urn:auditor:config:1"
"""Changes with the first key that goes away or changes its meaning."""


def config_schema() -> dict[str, Any]:
    """A JSON Schema, draft 2020-12, that every valid configuration satisfies.

    It describes what a user may write, so a duration is a number or a text. What takes more than a
    schema (unique names, URLs, patterns of organizations) only `build_settings` checks.
    """
    described = _without_nulls(Settings.model_json_schema(mode="validation"))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **described,
        "title": "Configuration of auditor",
    }


def _without_nulls(node: Any) -> Any:
    """*node* without null, as a type, a default or a part of one: in TOML a key is absent instead."""
    match node:
        case {"anyOf": [one, {"type": "null"}], **rest}:
            return _without_nulls({**one, **rest})
        case dict():
            return {key: _without_nulls(value) for key, value in node.items() if value is not None}
        case list():
            return [_without_nulls(item) for item in node if item != {"type": "null"}]
        case _:
            return node
