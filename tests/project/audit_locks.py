"""Asks the package registry whether the locks still hold: each file there, unchanged, not withdrawn.

    .venv/bin/python -m tests.project.audit_locks

Everything goes through pip as this machine is configured; the project names no registry. Nothing is
installed, and no package's code is run: sources, which run code to be built, are refused.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import orjson
from packaging.utils import canonicalize_name

from tests.project.locks import LOCKS, Pin, read_lock

PIP_SECONDS: Final = 240.0
SCANNER: Final = "pip-audit"
HASHES_DIFFER: Final = "THESE PACKAGES DO NOT MATCH THE HASHES"
EXIT_UNFIT: Final = 1
EXIT_NOT_ASKED: Final = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """What a program said."""

    code: int
    stdout: bytes
    stderr: str


def run(command: Sequence[str]) -> Answer:
    """Run *command* to its end."""
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=PIP_SECONDS)  # noqa: S603
    except subprocess.TimeoutExpired:
        return Answer(EXIT_NOT_ASKED, b"", f"no answer within {PIP_SECONDS:g} s")
    return Answer(done.returncode, done.stdout, done.stderr.decode(errors="replace"))


def pip() -> list[str]:
    """This interpreter's pip, or that of the one it was made from: the README's environment has none.

    Raises:
        click.ClickException: neither has one.
    """
    for python in (sys.executable, str(Path(sys.executable).resolve())):
        if run([python, "-m", "pip", "--version"]).code == 0:
            return [python, "-m", "pip"]
    raise click.ClickException("no pip: install it for the Python that made this environment")


def ask_pip(lock: Path, *, python_version: str | None) -> Answer:
    """Let pip find, fetch and hash each file of *lock* that fits; stdout is its report, as JSON."""
    command = [*pip(), "install", "--dry-run", "--ignore-installed", "--no-deps", "--require-hashes"]
    command += ["--only-binary", ":all:", "--quiet", "--report", "-", "-r", str(lock)]
    if python_version is not None:
        command += ["--python-version", python_version, "--target", "unused"]
    return run(command)


def objections(answer: Answer, pins: Mapping[str, Pin]) -> Iterator[str]:
    """What speaks against *pins*, by pip's answer.

    Withdrawn files (PEP 592) are told by newer versions of pip in the report and by older ones as a
    warning. A registry that keeps no such mark cannot say so: then nothing is told.
    """
    for name, version in re.findall(r"candidate.*?yanked.*?'(\S+)' candidate \(version (\S+)", answer.stderr):
        yield f"{name} {version} was withdrawn (yanked)"
    for entry in orjson.loads(answer.stdout)["install"]:
        yield from _objections_to(entry, pins)


def _objections_to(entry: Mapping[str, Any], pins: Mapping[str, Pin]) -> Iterator[str]:
    name, version = canonicalize_name(entry["metadata"]["name"]), entry["metadata"]["version"]
    if name not in pins or pins[name].version != version:
        yield f"{name} {version} is not what is locked"
        return
    digest = entry["download_info"].get("archive_info", {}).get("hashes", {}).get("sha256")
    if f"sha256:{digest}" not in pins[name].hashes:
        yield f"{name} {version}: the file's hash is none of the locked ones"
    if entry.get("is_yanked"):
        yield f"{name} {version} was withdrawn (yanked)"


def refusal(answer: Answer) -> str:
    """Why pip gave no report, in its own last words."""
    if HASHES_DIFFER in answer.stderr:
        return "a file's bytes are not those that were locked"
    lines = [line for line in answer.stderr.splitlines() if line.startswith("ERROR")]
    return lines[-1] if lines else answer.stderr.strip()[-300:]


def scan(lock: Path) -> tuple[list[str], str]:
    """Known vulnerabilities in *lock*, and one line on how far they could be looked up."""
    scanner = shutil.which(SCANNER) or shutil.which(SCANNER, path=str(Path(sys.executable).parent))
    if scanner is None:
        return [], f"vulnerabilities: not looked up ({SCANNER} is not installed)"
    answer = run([scanner, "-r", str(lock), "--require-hashes", "--disable-pip", "-f", "json"])
    return vulnerabilities(answer)


def vulnerabilities(answer: Answer) -> tuple[list[str], str]:
    """The same from the scanner's *answer*: what it skipped it did not look up, whatever it exits with."""
    try:
        dependencies = orjson.loads(answer.stdout)["dependencies"]
    except (orjson.JSONDecodeError, KeyError):
        return [], "vulnerabilities: not looked up (no service could be reached)"
    looked_up = [one for one in dependencies if "skip_reason" not in one]
    found = [
        f"{one['name']} {one['version']}: {flaw['id']}, fixed in {', '.join(flaw['fix_versions']) or 'none'}"
        for one in looked_up
        for flaw in one["vulns"]
    ]
    return found, f"vulnerabilities: {len(looked_up)} of {len(dependencies)} packages could be looked up"


@click.command()
@click.option("--python", "python_version", metavar="X.Y", help="Judge what another Python would take.")
@click.option("--strict", is_flag=True, help="Fail also where vulnerabilities could not be looked up.")
def main(*, python_version: str | None, strict: bool) -> None:
    """Judge both locks. Exit code 0: they hold; 1: something speaks against them; 2: could not be asked."""
    lock = LOCKS[-1]  # the tests see to it that it holds the other one whole
    pins = read_lock(lock)
    answer = ask_pip(lock, python_version=python_version)
    if answer.code:
        click.echo(f"{lock.name}: pip refused: {refusal(answer)}", err=True)
        sys.exit(EXIT_UNFIT if HASHES_DIFFER in answer.stderr else EXIT_NOT_ASKED)
    against = list(objections(answer, pins))
    taken = len(orjson.loads(answer.stdout)["install"])
    click.echo(
        f"{lock.name}: {taken} of {len(pins)} packages apply here; their files were fetched and hashed"
    )
    flaws, reach = scan(lock)
    click.echo(reach)
    for line in against + flaws:
        click.echo(f"against: {line}", err=True)
    is_blind = strict and not re.search(r"(\d+) of \1 ", reach)
    sys.exit(EXIT_UNFIT if against or flaws else EXIT_NOT_ASKED if is_blind else 0)


if __name__ == "__main__":
    main(prog_name="python -m tests.project.audit_locks")
