"""Which organizations are asked for: what the tenants select, narrowed by the command line."""

from __future__ import annotations

import pytest

from auditor.domain.organization import Organization, OrganizationId
from auditor.settings.model import Settings
from auditor.settings.selection import Selection
from auditor.settings.wanted import admission, wanted_ids

ACME = Organization(OrganizationId("1"), "Acme Ltd")


@pytest.mark.parametrize(
    ("selections", "tags", "is_in"),
    [
        ([], [], True),
        ([Selection(include=("acme*",)), Selection()], [], True),
        ([Selection(include=("acme*",)), Selection(exclude=("1",))], [], False),
        ([Selection(include=("tag:gold",))], ["gold"], True),
        ([Selection(include=("tag:gold",))], ["silver"], False),
    ],
)
def test_every_selection_must_admit(selections: list[Selection], tags: list[str], *, is_in: bool) -> None:
    """One that admits nothing narrows the others to nothing."""
    assert admission(selections, tags)(ACME) is is_in


SETTINGS = Settings.model_validate(
    {
        "tenants": [
            {"name": "north", "api_key_env": "NORTH_KEY", "organizations": {"ids": ["1", "2"]}},
            {"name": "south", "api_key_env": "SOUTH_KEY"},
        ]
    }
)


def test_ids_of_the_settings_are_wanted_of_their_tenant() -> None:
    """One that its key does not list is a failure of that tenant."""
    assert wanted_ids(SETTINGS, Selection()) == {"1": "north", "2": "north"}


def test_ids_of_the_command_line_take_their_place_for_any_tenant() -> None:
    """What the settings name is not asked for then."""
    assert wanted_ids(SETTINGS, Selection(ids=frozenset({"9", "1"}))) == {"1": None, "9": None}
