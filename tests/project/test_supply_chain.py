"""What comes with the program: exact, hashed, known by name, and no more than is needed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.project.locks import LOCKS, ROOT, RUNTIME_LOCK, TEST_LOCK, read_lock, versions

REVIEWED = {
    "aiohttp": "HTTP client, and the simulator's server",
    "aiohappyeyeballs": "aiohttp: connects over IPv4 and IPv6",
    "aiosignal": "aiohttp: its hooks",
    "attrs": "aiohttp: its value classes",
    "frozenlist": "aiohttp: its lists of hooks",
    "multidict": "aiohttp: headers",
    "propcache": "aiohttp and yarl: cached properties",
    "yarl": "aiohttp: URLs",
    "idna": "yarl and anyio: host names",
    "anyio": "task groups and cancellation",
    "aiolimiter": "the pace of each address",
    "orjson": "writes the report, reads what is not a license",
    "msgspec": "reads licenses, half of the CPU of a page",
    "click": "the command line",
    "pydantic": "settings, and the schemas that are published",
    "pydantic-core": "pydantic: its validator",
    "annotated-types": "pydantic: bounds of numbers",
    "typing-inspection": "pydantic: reads annotations",
    "typing-extensions": "pydantic and others: newer typing on older Python",
    "rich": "the progress on a terminal",
    "jinja2": "the page for people",
    "markupsafe": "escapes what names hold on that page",
    "markdown-it-py": "rich asks for it; not used",
    "mdurl": "markdown-it-py asks for it; not used",
    "pygments": "rich asks for it; not used",
}
"""Everything that is installed with the program, and why. A new name is a decision: read it, then add it."""

ACCEPTED_LICENSES = {"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "MIT", "MPL-2.0", "PSF-2.0"}
"""None asks anything of who runs or passes on the program but to keep its notices."""

OLDER_SPELLINGS = {
    "Apache 2": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Python Software Foundation License": "PSF-2.0",
}

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DECLARED = {
    RUNTIME_LOCK: PROJECT["dependencies"],
    TEST_LOCK: PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"],
}
EACH_LOCK = pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.name))


def needed_by(name: str, extras: Iterable[str], *, everywhere: bool) -> Iterator[Requirement]:
    """What the installed package *name* requires; *everywhere* leaves no platform or version out."""
    for text in distribution(name).requires or []:
        requirement = Requirement(text)
        marker = requirement.marker
        is_elsewhere = everywhere and "extra" not in str(marker)
        if marker is None or is_elsewhere or any(marker.evaluate({"extra": one}) for one in ["", *extras]):
            yield requirement


def closure(declared: Iterable[str], *, everywhere: bool) -> set[str]:
    """All packages that the *declared* ones need, by the metadata of what is installed."""
    found, waiting = set[str](), [Requirement(text) for text in declared]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in found:
            continue
        found.add(name)
        if everywhere and requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue  # not installed here, and so its own needs cannot be known
        waiting += needed_by(name, requirement.extras, everywhere=everywhere)
    return found


def licenses_of(name: str) -> set[str]:
    """The identifiers in what the installed package *name* says of its license."""
    tell = distribution(name).metadata.get_all
    if expressions := tell("License-Expression", []):
        return set(re.findall(r"[\w.+-]+", " ".join(expressions))) - {"AND", "OR", "WITH"}
    told = [one for one in tell("Classifier", []) if one.startswith("License ::")]
    told = told or tell("License", []) or ["no license"]
    return {OLDER_SPELLINGS.get(one, one) for one in told}


class TestLocks:
    @EACH_LOCK
    def test_every_package_is_pinned_to_one_version_and_hashed(self, lock: Path) -> None:
        """Nothing from a repository, a URL or a path; nothing whose bytes are not known."""
        pins = read_lock(lock)

        assert pins
        for name, pin in pins.items():
            assert pin.requirement.url is None, name
            assert [one.operator for one in pin.requirement.specifier] == ["=="], name
            assert "*" not in pin.version, name
            assert pin.hashes, name
            assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in pin.hashes), name

    @EACH_LOCK
    def test_a_lock_names_no_index(self, lock: Path) -> None:
        """Where packages come from is the business of whoever installs; what they are is decided here."""
        assert re.search(r"://|@|^\s*-[^-]|--(?!hash)", lock.read_text(), re.MULTILINE) is None

    def test_what_is_tested_is_what_is_shipped(self) -> None:
        """The same versions and the same hashes."""
        shipped, tested = read_lock(RUNTIME_LOCK), read_lock(TEST_LOCK)

        assert {name: (pin.version, pin.hashes) for name, pin in shipped.items()} == {
            name: (tested[name].version, tested[name].hashes) for name in shipped
        }

    def test_what_runs_here_is_what_is_locked(self) -> None:
        """Otherwise the tests judge something else."""
        locked = read_lock(TEST_LOCK)
        here = {
            name: pin
            for name, pin in locked.items()
            if pin.requirement.marker is None or pin.requirement.marker.evaluate()
        }

        assert versions(here) == {name: distribution(name).version for name in here}

    @EACH_LOCK
    def test_a_lock_is_in_step_with_what_is_declared(self, lock: Path) -> None:
        """Each version is one that `pyproject.toml` allows."""
        pins = read_lock(lock)

        for text in DECLARED[lock]:
            requirement = Requirement(text)
            version = pins[canonicalize_name(requirement.name)].version
            assert requirement.specifier.contains(version), text

    @EACH_LOCK
    def test_a_lock_holds_what_is_needed_and_nothing_else(self, lock: Path) -> None:
        """Nothing missing on this machine, nothing that no platform needs."""
        locked = set(read_lock(lock))

        assert closure(DECLARED[lock], everywhere=False) - locked == set()
        assert locked - closure(DECLARED[lock], everywhere=True) == set()


class TestRuntime:
    def test_every_package_was_let_in_on_purpose(self) -> None:
        """A new one, also deep in the tree, needs a line with its reason."""
        assert set(read_lock(RUNTIME_LOCK)) == set(REVIEWED)

    def test_only_what_is_imported_is_declared(self) -> None:
        """A dependency that nothing imports is a risk for nothing."""
        source = "\n".join(path.read_text() for path in (ROOT / "auditor").rglob("*.py"))
        declared = [Requirement(text).name for text in DECLARED[RUNTIME_LOCK]]

        imported = set(re.findall(r"^\s*(?:import|from) (\w+)", source, re.MULTILINE))
        assert set(declared) - imported == set()

    @pytest.mark.parametrize("name", REVIEWED)
    def test_its_license_is_accepted(self, name: str) -> None:
        """In the package's own words."""
        assert licenses_of(name) <= ACCEPTED_LICENSES
