"""The lock files, read: every pinned package with its marker and hashes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
RUNTIME_LOCK = ROOT / "requirements.lock"
TEST_LOCK = ROOT / "requirements-test.lock"
LOCKS = (RUNTIME_LOCK, TEST_LOCK)


@dataclass(frozen=True, slots=True)
class Pin:
    """One package of a lock: its requirement as written, and the hashes of the files it may come in."""

    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def name(self) -> str:
        """As the registry compares names."""
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str:
        """The one version that is allowed."""
        (specifier,) = self.requirement.specifier
        return specifier.version


def read_lock(path: Path) -> dict[str, Pin]:
    """The pins of the lock at *path* by name.

    Raises:
        ValueError: a line that is no pin, or a package that comes twice.
    """
    pins: dict[str, Pin] = {}
    for line in _logical_lines(path.read_text()):
        text, *options = re.split(r"\s+(?=--)", line)
        pin = Pin(Requirement(text), tuple(option.removeprefix("--hash=") for option in options))
        if pin.name in pins:
            raise ValueError(f"{path.name}: {pin.name} is pinned twice")
        pins[pin.name] = pin
    return pins


def versions(pins: Mapping[str, Pin]) -> dict[str, str]:
    """Name and version alone."""
    return {name: pin.version for name, pin in pins.items()}


def _logical_lines(text: str) -> Iterator[str]:
    """Lines without comments, joined where they end with a backslash."""
    without_comments = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)
    for line in without_comments.replace("\\\n", " ").splitlines():
        if line.strip():
            yield line.strip()
