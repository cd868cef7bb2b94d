"""The JSON Schema of the policy file, for editors and other programs."""

from __future__ import annotations

from typing import Any, Final

from auditor.judge.policy import Policy
from auditor.settings.schema import without_nulls

SCHEMA_ID: Final = "urn:auditor:policy:1"
"""Changes with the first key that goes away or changes its meaning."""


def policy_schema() -> dict[str, Any]:
    """A JSON Schema, draft 2020-12, that every valid policy satisfies.

    What takes more than a schema (paths of figures, what fits them, dates) only `read_policy` checks.
    """
    described = without_nulls(Policy.model_json_schema(mode="validation"))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **described,
        "title": "Policy of auditor",
    }
