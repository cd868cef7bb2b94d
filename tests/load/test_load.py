"""A small form of the load test; `python -m tests.load` is the large one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.load.audits import audit, serving, variety
from tests.load.footprint import Footprint, grown, take

pytestmark = pytest.mark.slow

HELD = Footprint(memory=60 * 1024**2, blocks=200_000, descriptors=9, threads=1, tasks=1, files=2)


async def test_runs_repeated_in_one_process_leave_nothing_behind(tmp_path: Path) -> None:
    """Complete, failing or cut short: descriptors, threads, tasks and files are those of the run before."""
    trials = variety(50)
    with serving(*trials) as doors:
        for trial in trials:
            await audit(trial, doors[trial.name], tmp_path)
        before = await take(tmp_path)

        reports = [await audit(trial, doors[trial.name], tmp_path) for trial in trials]
        after = await take(tmp_path)

    endings = [report["completeness"]["organizations"] for report in reports]
    assert endings[0]["audited"] == 50
    assert endings[1]["failed"] > 0
    assert endings[2]["audited"] < 50
    assert replace(after, memory=0, blocks=0) == replace(before, memory=0, blocks=0)


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (replace(HELD, blocks=200_199, memory=HELD.memory + 2**20), []),
        (replace(HELD, descriptors=8, threads=0), []),
        (replace(HELD, descriptors=11), ["2 more descriptors"]),
        (replace(HELD, tasks=2, files=3), ["1 more tasks", "1 more files"]),
        (replace(HELD, blocks=201_000), ["1,000 more blocks for 1,000 organizations"]),
        (replace(HELD, memory=HELD.memory + 20 * 2**20), ["20.0 MB more memory"]),
    ],
)
def test_what_grew_is_told(after: Footprint, told: list[str]) -> None:
    """One block for each organization is a leak; a cache that fills a little more is none."""
    assert list(grown(HELD, after, organizations=1000)) == told
