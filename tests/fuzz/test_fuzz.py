"""That the command works and notices what it is there to notice; the fuzzing itself runs elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.fuzz import __main__ as command
from tests.fuzz.campaign import Outcome, has_engine, with_engine, without_engine
from tests.fuzz.mutation import inputs
from tests.fuzz.targets import TARGETS, Target

RUNS = 200


def _trip(data: bytes) -> None:
    if b"N_1" in data[1:]:
        raise ZeroDivisionError("planted")


def test_every_target_runs_without_the_engine_and_survives() -> None:
    """Each seed, and random changes of it."""
    done = CliRunner().invoke(command.main, ["--runs", str(RUNS)], catch_exceptions=False)

    assert done.exit_code == 0, done.output
    for name in TARGETS:
        assert f"{name:14} {RUNS:>10,} executions, 0 crashes\n" in done.stdout


def test_a_planted_crash_is_noticed_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its traceback and the input that caused it, by an exit code of 1."""
    monkeypatch.setitem(TARGETS, "date", Target(_trip, (b"N/A", b"?N_1")))

    done = CliRunner().invoke(command.main, ["--runs", "50", "date"], catch_exceptions=False)

    assert done.exit_code == 1
    assert "ZeroDivisionError: planted" in done.stderr
    assert r"input b'?N_1'" in done.stderr
    assert without_engine("date", TARGETS["date"], runs=50).crashes > 1


def test_random_inputs_are_the_same_again() -> None:
    """A crash that was found in one run can be had again in the next."""
    seeds = TARGETS["licenses"].seeds

    assert list(inputs(seeds, count=50)) == list(inputs(seeds, count=50))
    assert list(inputs(seeds, count=50)) != list(inputs(seeds, count=50, seed=1))
    assert len(set(inputs(seeds, count=50))) > 40


def test_an_engine_that_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra: the quick test run does without."""
    monkeypatch.setattr(command, "has_engine", lambda: False)

    done = CliRunner().invoke(command.main, ["date"])

    assert (done.exit_code, done.stdout) == (2, "")
    assert "atheris" in done.stderr


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_is_one_that_its_reader_can_read(name: str) -> None:
    """Fuzzing begins beyond the first check."""
    target = TARGETS[name]

    assert target.seeds
    assert all(target.run(seed) is None for seed in target.seeds)  # type: ignore[func-returns-value]


@pytest.mark.skipif(not has_engine(), reason="atheris is an extra")
def test_the_engine_starts_and_counts(tmp_path: Path) -> None:
    """A second of it: executions, coverage, a corpus that stays."""
    outcome = with_engine("date", TARGETS["date"], seconds=1, folder=tmp_path)

    assert isinstance(outcome, Outcome)
    assert (outcome.crashes, outcome.executions > 10) == (0, True), outcome.log
    assert outcome.coverage
    assert list((tmp_path / "date").iterdir())
