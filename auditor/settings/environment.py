"""The `AUDITOR_...` environment variables: one for each key, but for what only a file says of a tenant."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches

from auditor.errors import Problem
from auditor.settings.complaints import is_name_of_secret
from auditor.settings.fields import keys_at
from auditor.settings.model import DEFAULT_KEY_VARIABLE, KEY_SOURCES

PREFIX = "AUDITOR_"

OF_TENANTS = ("base_url", "auth", *KEY_SOURCES)
"""Keys of tenants that the environment and the options set: for all, or where the key is for the only one."""

# Kubernetes gives these to every pod next to a Service that is called "auditor"; they are not ours.
_SERVICE_LINK = re.compile(
    r"AUDITOR_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_[0-9]+_(?:TCP|UDP|SCTP)\w*)?)"
)


def variable_paths() -> dict[str, tuple[str, ...]]:
    """Every known variable, with the path of the key that it sets."""
    paths: list[tuple[str, ...]] = [(key,) for key in OF_TENANTS]
    for section in keys_at(()):
        if section != "tenants":
            paths += [(section, key) for key in keys_at((section,))]
    return {PREFIX + "_".join(path).upper(): path for path in paths}


def find_unknown_variables(environment: Mapping[str, str], *, others: Collection[str]) -> Iterator[Problem]:
    """A problem for each `AUDITOR_...` variable that nobody reads; *others* are read elsewhere."""
    known = variable_paths()
    for name in sorted(environment):
        if (
            name.startswith(PREFIX)
            and name not in known
            and name not in others
            and not _SERVICE_LINK.fullmatch(name)
        ):
            yield Problem(name, "no such setting", _hint(name, [*known, *others]))


def _hint(name: str, known: Collection[str]) -> str:
    # The common prefix would make any two names look alike.
    suffix = name.removeprefix(PREFIX)
    if is_name_of_secret(suffix):
        return f"export the API key as {DEFAULT_KEY_VARIABLE}, or as what a tenant's api_key_env names"
    near = get_close_matches(suffix, [other.removeprefix(PREFIX) for other in known], n=1)
    return (
        f"did you mean {PREFIX}{near[0]}?"
        if near
        else f"names are {PREFIX}SECTION_KEY, as {PREFIX}LIMITS_SHARE"
    )
