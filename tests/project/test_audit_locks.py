from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from packaging.requirements import Requirement

from tests.project import audit_locks
from tests.project.audit_locks import Answer, objections, pip, refusal, vulnerabilities
from tests.project.locks import Pin

GOOD, BAD = "a" * 64, "b" * 64
PINS = {"some-package": Pin(Requirement("some-package==1.0"), (f"sha256:{GOOD}",))}
YANKED = (
    "WARNING: The candidate selected for download or install is a yanked version: 'some-package' candidate "
    "(version 1.0 at somewhere)\nReason for being yanked: it was broken"
)


def report(version: str = "1.0", digest: str = GOOD, **told: Any) -> bytes:
    """What pip reports of one package."""
    archive = {"archive_info": {"hashes": {"sha256": digest}}}
    entry = {"metadata": {"name": "Some_Package", "version": version}, "download_info": archive, **told}
    return orjson.dumps({"install": [entry]})


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer(0, report(), "WARNING: something else"), []),
        (Answer(0, report(is_yanked=False), ""), []),
        (Answer(0, report(is_yanked=True), ""), ["some-package 1.0 was withdrawn (yanked)"]),
        (Answer(0, report(), YANKED), ["some-package 1.0 was withdrawn (yanked)"]),
        (Answer(0, report(version="2.0"), ""), ["some-package 2.0 is not what is locked"]),
        (Answer(0, report(digest=BAD), ""), ["some-package 1.0: the file's hash is none of the locked ones"]),
    ],
)
def test_what_speaks_against_a_lock_is_told(answer: Answer, told: list[str]) -> None:
    """Withdrawn, changed or another version, in the words of older and newer versions of pip."""
    assert list(objections(answer, PINS)) == told


@pytest.mark.parametrize(
    ("stderr", "told"),
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM", "a file's bytes are not those"),
        ("WARNING: x\nERROR: No matching distribution found for y\n", "ERROR: No matching distribution"),
        ("no answer within 240 s", "no answer within 240 s"),
    ],
)
def test_why_pip_refused_is_told(stderr: str, told: str) -> None:
    """In its own last words."""
    assert refusal(Answer(1, b"", stderr)).startswith(told)


FLAW = {"id": "PYSEC-0", "fix_versions": ["1.1"]}


@pytest.mark.parametrize(
    ("dependencies", "found", "reach"),
    [
        ([{"name": "a", "version": "1.0", "vulns": []}], [], "1 of 1"),
        ([{"name": "a", "version": "1.0", "vulns": [FLAW]}], ["a 1.0: PYSEC-0, fixed in 1.1"], "1 of 1"),
        ([{"name": "a", "skip_reason": "not found"}], [], "0 of 1"),
    ],
)
def test_what_could_not_be_looked_up_is_not_called_sound(
    dependencies: list[Mapping[str, Any]], found: list[str], reach: str
) -> None:
    """The scanner ends well also where it learned nothing."""
    answer = Answer(0, orjson.dumps({"dependencies": dependencies}), "")

    assert vulnerabilities(answer) == (found, f"vulnerabilities: {reach} packages could be looked up")


def test_a_scanner_without_an_answer_is_told() -> None:
    """Offline, it prints a traceback and nothing else."""
    assert vulnerabilities(Answer(1, b"", "Traceback"))[1].endswith(
        "not looked up (no service could be reached)"
    )


def test_a_program_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry that stalls ends the audit, not the night."""
    monkeypatch.setattr(audit_locks, "PIP_SECONDS", 0.01)

    assert audit_locks.run(["sleep", "10"]).stderr == "no answer within 0.01 s"


def test_pip_is_found_though_the_environment_has_none() -> None:
    """The README makes the environment without it."""
    assert pip()[1:] == ["-m", "pip"]
