"""Starts a cluster on loopback, and runs the real program on it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import orjson
from anyio.streams.buffered import BufferedByteReceiveStream

from tests.end_to_end.driving import AS_OF_TEXT, KEY, environment

KEY_OF_WORKERS = f"MERAKI_DASHBOARD_API_KEY={KEY}"
LINE_BYTES = 64 * 1024 * 1024


@dataclass
class Cluster:
    """*pids* are of the workers, by the address that each sends from; *logs* come when it has ended."""

    scheduler: str
    pids: dict[str, int]
    logs: list[str] = field(default_factory=list)

    @property
    def engine(self) -> str:
        """What `--engine` is given."""
        return f"dask://{self.scheduler}"


@asynccontextmanager
async def a_cluster(*words: str) -> AsyncIterator[Cluster]:
    """See `tests.cluster.local_cluster`; no variable of ours is in its environment but those in *words*."""
    process = await anyio.open_process(
        [sys.executable, "-m", "tests.cluster.local_cluster", *words],
        stderr=subprocess.DEVNULL,
        env=environment(MERAKI_DASHBOARD_API_KEY="", PYTHONWARNINGS=""),
    )
    async with process:
        assert process.stdout is not None
        assert process.stdin is not None
        lines = BufferedByteReceiveStream(process.stdout)
        cluster = Cluster(**orjson.loads(await lines.receive_until(b"\n", LINE_BYTES)))
        try:
            yield cluster
        finally:
            await process.stdin.aclose()
            with anyio.move_on_after(20, shield=True):
                cluster.logs.append(orjson.loads(await lines.receive_until(b"\n", LINE_BYTES))["logs"])


def a_run(base_url: str, *more: str) -> tuple[str, ...]:
    """The arguments of a run over the whole world."""
    return ("run", "--base-url", base_url, "--as-of", AS_OF_TEXT, "--progress", "off", *more)


def report_at(path: Path) -> dict[str, Any]:
    """The report in a file."""
    report: dict[str, Any] = orjson.loads(path.read_bytes())
    return report
