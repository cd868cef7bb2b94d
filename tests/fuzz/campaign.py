"""Fuzzes one target after the other and collects what came of it."""

from __future__ import annotations

import re
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tests.fuzz.mutation import inputs
from tests.fuzz.targets import Target

MAX_INPUT_BYTES: Final = 8192
SLOW_SECONDS: Final = 5  # one input: a reader that is not linear gets there with 8 KB
GRACE_SECONDS: Final = 120  # to start, and to write what was found

_RUNS = re.compile(r"^#([0-9]+)\b", re.MULTILINE)
_COVERAGE = re.compile(r"\bcov: ([0-9]+)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What fuzzing one target found. *coverage* counts edges; None without the engine."""

    target: str
    executions: int
    crashes: int
    coverage: int | None
    log: str


def has_engine() -> bool:
    """Whether atheris (the extra `fuzz`) is installed."""
    return find_spec("atheris") is not None


def with_engine(name: str, target: Target, *, seconds: int, folder: Path) -> Outcome:
    """Fuzz guided by coverage for *seconds*. What is worth keeping stays in *folder*/NAME for the next time.

    Crashing inputs are written to *folder* as NAME-crash-..., NAME-timeout-....
    """
    corpus = folder / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    before = set(folder.glob(f"{name}-*"))
    log = _log_of(name, corpus, seconds=seconds, prefix=f"{folder}/{name}-")
    runs, edges = _RUNS.findall(log), _COVERAGE.findall(log)
    found = set(folder.glob(f"{name}-*")) - before
    return Outcome(name, int(runs[-1]) if runs else 0, len(found), int(edges[-1]) if edges else 0, log)


def _log_of(name: str, corpus: Path, *, seconds: int, prefix: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own module
        [
            sys.executable,
            "-m",
            "tests.fuzz.drive",
            name,
            f"-max_total_time={seconds}",
            f"-max_len={MAX_INPUT_BYTES}",
            f"-timeout={SLOW_SECONDS}",
            f"-artifact_prefix={prefix}",
            str(corpus),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=seconds + GRACE_SECONDS,
        check=False,
    )
    return done.stdout.decode(errors="replace")


def without_engine(name: str, target: Target, *, runs: int) -> Outcome:
    """Run the seeds and random changes of them: quick, and blind to what the input reaches."""
    failures = [told for data in inputs(target.seeds, count=runs) if (told := _failure_of(target.run, data))]
    return Outcome(name, runs, len(failures), None, "\n".join(failures))


def _failure_of(run: Callable[[bytes], None], data: bytes) -> str:
    try:
        run(data)
    except Exception:  # noqa: BLE001 - whatever comes is what is looked for
        return f"input {data!r:.300}\n{traceback.format_exc()}"
    return ""
