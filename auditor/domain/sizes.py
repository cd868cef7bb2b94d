"""How many pages organizations have: as an earlier run told, else as this one has learned so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from auditor.domain.outcome import Status
from auditor.domain.question import PlanKind
from auditor.domain.result import OrganizationResult


class Sizes:
    """What to expect of an organization's list before, and while, it is read.

    An organization that an earlier run read is expected to be as long as it was. Of the others, each is
    expected to be as long as the organizations that this run has read to their end, on average; and one
    that goes on after so many pages, as long as those of them that went on as well. Where there were none
    yet, every page is expected to be the last but one that names a next page.

    So a first run begins the long ones as it meets them: one that is listed last is known to be long when
    its first page has come, and what remains of it comes after everything else.
    """

    def __init__(self, known: Mapping[str, int] | None = None) -> None:
        self._known = known or {}
        self._finished: Counter[int] = Counter()
        self._organizations = 0
        self._pages = 0

    def known(self, organization_id: str) -> int | None:
        """Pages that an earlier run read, None where there was none."""
        return self._known.get(organization_id)

    def learn(self, result: OrganizationResult) -> None:
        """Take in an organization that is done; only a list of licenses read to its end tells anything."""
        if result.tally is None or result.plan is not PlanKind.FULL:
            return
        if result.status is Status.AUDITED:
            self._finished[result.pages] += 1
            self._organizations += 1
            self._pages += result.pages

    def to_come(self, organization_id: str, *, read: int) -> float:
        """Pages to be asked for still, at least 1, when *read* pages came and the last named a next one."""
        known = self._known.get(organization_id)
        if known is not None:
            return max(1, known - read)
        if not read:
            return self._pages / self._organizations if self._organizations else 1.0
        longer = [(pages, count) for pages, count in self._finished.items() if pages > read]
        organizations = sum(count for _, count in longer)
        pages = sum(pages * count for pages, count in longer)
        return pages / organizations - read if organizations else 1.0
