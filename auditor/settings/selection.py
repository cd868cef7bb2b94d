"""Which organizations an audit is for: ids, patterns over names and tags."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase

from auditor.settings.fault import Fault
from auditor.settings.key import is_api_key

_TAG_PREFIX = "tag:"
_ORGANIZATION_ID = re.compile(r"[A-Za-z0-9_-]+")

ID_HINT = "an organization id is made of letters, digits, - and _"
_KEY_HINT = "the report would show it; `auditor orgs` lists the ids and names"


@dataclass(frozen=True, slots=True)
class Selection:
    """A choice among organizations. Every list that is given narrows; `Selection()` takes everything.

    *ids* names organizations outright. *include* and *exclude* hold patterns: a glob over the name
    (case does not matter) or over the id, or `tag:NAME`. An organization is in when *ids* is empty or
    names it, *include* is empty or matches it, and *exclude* does not match it.

    Raises:
        Fault: a pattern or an id is malformed.
    """

    ids: frozenset[str] = frozenset()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for organization_id in self.ids:
            check_organization_id(organization_id)
        for pattern in (*self.include, *self.exclude):
            check_pattern(pattern)

    def admits(self, organization_id: str, name: str, tags: Collection[str] = ()) -> bool:
        """Whether the organization belongs to the choice."""

        def is_matched(pattern: str) -> bool:
            return _matches(pattern, organization_id=organization_id, name=name, tags=tags)

        if self.ids and organization_id not in self.ids:
            return False
        if self.include and not any(map(is_matched, self.include)):
            return False
        return not any(map(is_matched, self.exclude))


def check_organization_id(text: str) -> str:
    """*text* itself, when it can be an organization id. The message does not repeat it.

    Raises:
        Fault: it cannot.
    """
    if not _ORGANIZATION_ID.fullmatch(text):
        raise Fault("is not an organization id", ID_HINT)
    if is_api_key(text):
        raise Fault("looks like an API key", _KEY_HINT)
    return text


def check_pattern(text: str) -> str:
    """*text* itself, when it is a pattern.

    Raises:
        Fault: it is blank, or `tag:` without a name.
    """
    if not text.removeprefix(_TAG_PREFIX).strip():
        raise Fault(f"is not a pattern: {text!r}", "write a glob such as 'acme*', or tag:NAME")
    if is_api_key(text.removeprefix(_TAG_PREFIX)):
        raise Fault("looks like an API key", _KEY_HINT)
    return text


def _matches(pattern: str, *, organization_id: str, name: str, tags: Collection[str]) -> bool:
    folded = pattern.casefold()
    if pattern.startswith(_TAG_PREFIX):
        return folded.removeprefix(_TAG_PREFIX) in {tag.casefold() for tag in tags}
    return fnmatchcase(name.casefold(), folded) or fnmatchcase(organization_id, pattern)
