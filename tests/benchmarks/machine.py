"""When, where and with which versions: without that a figure says nothing."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from auditor import __version__
from auditor.engine.clock import utc_now

PEERS: Final = ("aiohttp", "orjson", "aiolimiter", "meraki", "httpx")


def describe() -> str:
    """One line for below the tables."""
    cores = os.cpu_count() or 1
    machine = f"{cores} {'core' if cores == 1 else 'cores'} ({_cpu_model()})"
    return ", ".join((f"{utc_now():%Y-%m-%d}", machine, f"Python {platform.python_version()}", *_versions()))


def _cpu_model() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _versions() -> Iterator[str]:
    yield f"auditor {__version__}"
    for name in PEERS:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            continue
