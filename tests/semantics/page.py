"""The page on semantics, which is a section of the README, read as its figures and their sources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SECTION = (ROOT / "README.md").read_text().split("## What each figure means\n", 1)[1].split("\n## ", 1)[0]


@dataclass(frozen=True)
class Figure:
    """One figure of the table: where in the report it is, and what the table says of it."""

    path: str
    unit: str
    sources: frozenset[str]
    meaning: str
    other_meaning: str

    @property
    def snake(self) -> str:
        """Its name as names of tests have it."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])|\.", "_", self.path).lower()


def _rows() -> Iterator[tuple[str, ...]]:
    for line in SECTION.splitlines():
        if line.startswith("| `"):
            yield tuple(cell.strip() for cell in line.strip("|").split("|"))


def _figures() -> Iterator[Figure]:
    for named, unit_and_source, meaning, other_meaning in _rows():
        unit, _, sources = unit_and_source.rpartition(", ")
        letters = frozenset(re.findall(r"\b[A-Z]\b", sources))
        for path in re.findall(r"`([\w.]+)`", named):
            yield Figure(path, unit, letters, meaning, other_meaning)


FIGURES = tuple(_figures())

_FULL_NAME = {"ComplianceStatuses": "getAdministeredLicensingSubscriptionSubscriptionsComplianceStatuses"}
"""Told as the end of the name before it."""

OPERATIONS = {
    letter: _FULL_NAME.get(name, name)
    for letter, name in re.findall(r"\b([A-Z]) = (?:the same with )?`(\w+)`", SECTION)
}
"""The operations of the vendor's API, by the letter that the table has for each."""


def figure_of(test_name: str) -> str | None:
    """The figure, in snake case, that a test is named after; None where the table has no such figure."""
    told = test_name.removeprefix("test_")
    names = [one.snake for one in FIGURES if f"{told}_".startswith(f"{one.snake}_")]
    return max(names, key=len, default=None)


def places(report: Mapping[str, Any], path: str) -> list[Any]:
    """Every value that *report* has for a figure: in the totals, in organizations, and of itself."""
    found = (_walk(block, path) for block in (report["totals"], *report["organizations"], report))
    return [values[0] for values in found if values]


def _walk(block: Any, path: str) -> list[Any]:
    for key in path.split("."):
        if not isinstance(block, dict) or key not in block:
            return []
        block = block[key]
    return [block]
