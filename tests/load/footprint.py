"""What this process holds at one moment, and what it may not hold more of after another run."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BLOCKS_PER_ORGANIZATION: Final = 0.2
"""One object kept for each organization would be five times that; caches still fill a little."""

SLACK_BYTES: Final = 8 * 1024 * 1024
"""Pages that the allocator keeps differ by a few megabytes from look to look."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """*memory* is resident bytes, *blocks* what Python has allocated, *files* those in the run's folder."""

    memory: int
    blocks: int
    descriptors: int
    threads: int
    tasks: int
    files: int


async def take(folder: Path) -> Footprint:
    """Look once all that is about to go has gone."""
    await asyncio.sleep(0)  # what was closed in the last turn of the loop is closed by the next
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    resident_pages = int(Path("/proc/self/statm").read_text().split()[1])
    return Footprint(
        memory=resident_pages * os.sysconf("SC_PAGESIZE"),
        blocks=sys.getallocatedblocks(),
        descriptors=len(os.listdir("/proc/self/fd")),  # noqa: PTH208 - names alone are asked for
        threads=len(os.listdir("/proc/self/task")),  # noqa: PTH208
        tasks=len(asyncio.all_tasks()),
        files=sum(1 for _ in folder.rglob("*")),
    )


def grown(before: Footprint, after: Footprint, *, organizations: int) -> Iterator[str]:
    """What there is more of, after *organizations* were audited in between; each a sentence."""
    for name in ("descriptors", "threads", "tasks", "files"):
        more = getattr(after, name) - getattr(before, name)
        if more > 0:
            yield f"{more} more {name}"
    if (blocks := after.blocks - before.blocks) > BLOCKS_PER_ORGANIZATION * organizations:
        yield f"{blocks:,} more blocks for {organizations:,} organizations"
    if (memory := after.memory - before.memory) > SLACK_BYTES:
        yield f"{memory / 1024**2:.1f} MB more memory"
