"""Organizations that came, went, or could not be read any more; and what else is told about each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal

from auditor.domain.outcome import Status
from auditor.judge.comparison.difference import Access, Change, Organizations, Unknown, Whereabouts
from auditor.judge.comparison.pairing import Pair
from auditor.judge.observation import Json

_READ: Final = frozenset({Status.AUDITED, Status.PARTIAL})
_TOLD: Final[tuple[Literal["status", "licensingModel", "standing", "tenant", "name"], ...]] = (
    "status",
    "licensingModel",
    "standing",
    "tenant",
    "name",
)


def organizations_of(pairs: Iterable[Pair], old: Json, new: Json) -> Organizations:
    """Which came and went. One that is missing from a report that could not list all did neither."""
    found = Organizations(appeared=[], vanished=[], unknown=[], lost_access=[], came_back=[])
    for pair in pairs:
        if pair.both is not None:
            _add_access(found, pair, *pair.both)
        elif pair.old is None:
            _add_missing(found, pair, found.appeared, missing_from="old", report=old)
        else:
            _add_missing(found, pair, found.vanished, missing_from="new", report=new)
    return found


def changes_of(pairs: Iterable[Pair]) -> Iterator[Change]:
    """Texts that are other ones now; a text that one side does not know has not changed."""
    for pair in pairs:
        if pair.both is None:
            continue
        before, after = pair.both
        for what in _TOLD:
            is_access = what == "status" and is_read(before) is not is_read(after)
            if None not in (before[what], after[what]) and before[what] != after[what] and not is_access:
                yield Change(**dict(pair.entry), what=what, before=before[what], after=after[what])


def is_read(organization: Json) -> bool:
    """Whether anything of it was read."""
    return organization["status"] in _READ


def _add_access(found: Organizations, pair: Pair, before: Json, after: Json) -> None:
    if is_read(before) is is_read(after):
        return
    unread = after if is_read(before) else before
    access = Access(
        **dict(pair.entry),
        before=before["status"],
        after=after["status"],
        reason=unread["error"] or unread["reason"],
    )
    (found.lost_access if is_read(before) else found.came_back).append(access)


def _add_missing(
    found: Organizations,
    pair: Pair,
    known: list[Whereabouts],
    *,
    missing_from: Literal["old", "new"],
    report: Json,
) -> None:
    status = pair.known["status"]
    if lists_all(report, pair.known["tenant"]):
        known.append(Whereabouts(**dict(pair.entry), status=status))
    else:
        found.unknown.append(Unknown(**dict(pair.entry), status=status, missing_from=missing_from))


def lists_all(report: Json, tenant: str) -> bool:
    """Whether *report* would have an organization of *tenant* if there was one."""
    if report["run"]["interrupted"] is not None:
        return False
    return not any(one["organizationId"] is None and one["tenant"] == tenant for one in report["errors"])
