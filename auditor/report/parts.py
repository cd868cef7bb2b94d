"""Reports on parts of the organizations, held against one another: are they the parts of one audit?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from auditor.errors import AuditorError
from auditor.report.document import SCHEMA_VERSION
from auditor.report.reading import Document

_FEW: Final = 10

_TOLD: Final[Mapping[str, Callable[[Document], Any]]] = {
    "asOf": lambda one: one["asOf"],
    "windowsDays": lambda one: one["windowsDays"],
    "tool.version": lambda one: one["tool"]["version"],
}
_UNTOLD: Final[Mapping[str, Callable[[Document], Any]]] = {
    "tenants": lambda one: one["tenants"],
    "run.question": lambda one: one["run"].get("question"),
    "run.spread": lambda one: one["run"].get("spread"),
    "completeness.reconciled": lambda one: one["completeness"]["reconciled"] is None,
}
"""In what else parts of one audit agree; what it is in each would tell nobody anything."""

_FROM_RUNS: Final = "give what `auditor run --shard` of this version writes"
_ALIKE: Final = (
    "run all parts with the same configuration, selection, --as-of and --shard-sizes, and masked ones"
    " with the same AUDITOR_REDACT_SALT"
)
_WHOLE: Final = "give its report as well, or --allow-missing"


class MergeError(AuditorError):
    """Reports that cannot be joined: *complaints* name the parts. *hint* says what to do instead."""

    def __init__(self, *complaints: str, hint: str = "") -> None:
        self.complaints = complaints
        self.hint = hint
        super().__init__("; ".join(complaints))


@dataclass(frozen=True, slots=True)
class PartReport:
    """Part *index* of *count*, from 1; *head* is its report, which may lack its organizations."""

    index: int
    count: int
    name: str
    head: Document = field(repr=False)


@dataclass(slots=True)
class Parts:
    """The parts that were given, and what is wrong about them.

    They are held against one another as they come, and all complaints are raised at the end.
    """

    given: list[PartReport] = field(default_factory=list)
    _no_parts: list[str] = field(default_factory=list)
    _twins: list[str] = field(default_factory=list)
    _holders: dict[str, PartReport] = field(default_factory=dict)
    _shared: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def admit(self, head: Document, *, name: str) -> PartReport | None:
        """Take a report in; None where it cannot be joined, for whatever reason."""
        part = self._numbered(head, name)
        if part is None:
            return None
        twin = next((one for one in self.given if one.index == part.index), None)
        is_of_another = any(differences(self.given[0], part)) if self.given else False
        self.given.append(part)
        if is_of_another:
            return None
        if twin is not None:
            self._twins.append(f"{twin.name} and {part.name} are the same part")
            return None
        return part

    def hold(self, part: PartReport, organization_id: str) -> None:
        """Note that *part* has this organization, which no other one has if all were cut alike."""
        holder = self._holders.setdefault(organization_id, part)
        if holder is not part:
            first, second = sorted((holder, part), key=lambda one: one.index)
            self._shared.setdefault((first.name, second.name), []).append(organization_id)

    def checked(self, *, allow_missing: bool) -> tuple[list[PartReport], str]:
        """The parts in their order, and a sentence about those that are missing; empty where none is.

        Raises:
            MergeError: they cannot be joined.
        """
        if self._no_parts:
            raise MergeError(*self._no_parts, hint=_FROM_RUNS)
        if not self.given:
            raise MergeError("there is no report to join")
        ordered = sorted(self.given, key=lambda one: (one.index, one.count))
        if unlike := [told for other in ordered[1:] for told in differences(ordered[0], other)]:
            raise MergeError(*unlike, hint=_ALIKE)
        if overlaps := [*self._twins, *self._overlaps()]:
            raise MergeError(*overlaps)
        missing = _missing(ordered)
        if missing and not allow_missing:
            raise MergeError(missing, hint=_WHOLE)
        return ordered, missing

    def _numbered(self, head: Document, name: str) -> PartReport | None:
        shard = head["run"]["shard"]
        called = (f"part {shard}" if shard else "a report") + (f" ({name})" if name else "")
        number = re.fullmatch(r"([1-9][0-9]*)/([1-9][0-9]*)", shard or "")
        if head["schemaVersion"] != SCHEMA_VERSION:
            what = f"is of version {head['schemaVersion']}, not {SCHEMA_VERSION}"
        elif number is None:
            what = "is joined already" if shard else "is no part: it is about all organizations"
        else:
            return PartReport(int(number[1]), int(number[2]), called, head)
        self._no_parts.append(f"{called} {what}")
        return None

    def _overlaps(self) -> Iterator[str]:
        for (one, other), ids in sorted(self._shared.items()):
            yield f"{one} and {other} overlap: both have {_listed(ids, len(ids))}"


def differences(first: PartReport, other: PartReport) -> Iterator[str]:
    """In what two reports differ that parts of one audit have in common."""
    between = f"{first.name} and {other.name} differ in"
    if first.count != other.count:
        yield f"{between} the number of parts"
    for key, value in _TOLD.items():
        if value(first.head) != value(other.head):
            yield f"{between} {key}: {value(first.head)}, {value(other.head)}"
    for key, value in _UNTOLD.items():
        if value(first.head) != value(other.head):
            yield f"{between} {key}"


def _missing(parts: Sequence[PartReport]) -> str:
    count, present = parts[0].count, {part.index for part in parts}
    absent = (f"{index}/{count}" for index in range(1, count + 1) if index not in present)
    number = count - len(present)
    if not number:
        return ""
    named = _listed(list(islice(absent, _FEW)), number)
    return f"part {named} is missing" if number == 1 else f"parts {named} are missing"


def _listed(words: Sequence[str], count: int) -> str:
    """The first of *count* words, and how many more there are."""
    more = f" and {count - _FEW} more" if count > _FEW else ""
    return ", ".join(words[:_FEW]) + more
