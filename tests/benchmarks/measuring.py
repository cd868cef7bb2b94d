"""One client against one server, measured from the outside: by the system and by the server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from tests.benchmarks.clients import Client, Counts, read_report

ROOT: Final = Path(__file__).resolve().parents[2]
ADDRESS_RATE: Final = 100.0
KEY: Final = "feedc0de" * 5
PATIENCE_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True)
class Fleet:
    """Uniform: every organization has as many licenses as any other. *latency* in seconds."""

    organizations: int
    licenses_each: int
    latency: float = 0.0

    @property
    def licenses(self) -> int:
        """All of them."""
        return self.organizations * self.licenses_each

    @property
    def pages(self) -> int:
        """Pages of up to 1,000 licenses."""
        return self.organizations * max(1, -(-self.licenses_each // 1000))


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of one client cost. Instants and spans in seconds, memory in bytes.

    *startup* ends with the first request. *span* reaches from the first request for an organization to the
    last: until a client has the list of them, there is no more to ask for. *pages* counts the answers
    beyond that list. *verdict* holds the client's counts against the server's truth: `equal`, `differ`, or
    `none` where there are no counts.
    """

    client: str
    scene: str
    wall: float
    cpu: float
    peak_bytes: int
    exit_code: int
    startup: float
    span: float
    requests: int
    pages: int
    rate_limited: int
    busiest_second: int
    verdict: str

    @property
    def peak_megabytes(self) -> float:
        """In millions of bytes."""
        return self.peak_bytes / 1e6

    @property
    def requests_per_second(self) -> float:
        """While there were organizations to ask for."""
        return self.requests / (self.span + 1 / ADDRESS_RATE)

    @property
    def budget_used(self) -> float:
        """Share of the address budget that became pages while there were organizations to ask for."""
        return self.pages / (self.span + 1 / ADDRESS_RATE) / ADDRESS_RATE


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; *doors* are base URLs by name, *truth* is what stands behind all but `empty`."""

    doors: dict[str, str]
    truth: Counts = field(repr=False)

    def run(self, client: Client, door: str, *, scene: str = "") -> Run:
        """Start *client* in a process of its own, wait for its end, tell what it cost."""
        base_url = self.doors[door]
        _ask(base_url, "reset", method="POST")
        with TemporaryDirectory() as folder:
            spent = _launch(client, base_url, Path(folder))
            counts = _read_counts(client, Path(folder) / "result.json")
            if counts is None and door != "empty":
                sys.stderr.write((Path(folder) / "output.txt").read_text()[-2000:])
        stats = _ask(base_url, "stats")
        if stats["firstRequestAt"] is None:
            raise RuntimeError(f"{client.name} asked for nothing (exit code {spent['exitCode']})")
        last_at = stats["lastRequestAt"]
        return Run(
            client=client.name,
            scene=scene or door,
            wall=spent["wallSeconds"],
            cpu=spent["cpuSeconds"],
            peak_bytes=spent["peakBytes"],
            exit_code=spent["exitCode"],
            startup=stats["firstRequestAt"] - spent["startedAt"],
            span=last_at - (stats["firstOrganizationRequestAt"] or last_at),
            requests=stats["requests"],
            pages=stats["responses"].get("200", 0) - 1,
            rate_limited=stats["responses"].get("429", 0),
            busiest_second=max(stats["peakPerSecond"].values()),
            verdict=_judge(counts, {} if door == "empty" else self.truth),
        )


@contextmanager
def serving(fleet: Fleet) -> Iterator[Server]:
    """A server for *fleet*, with every page rendered, in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.server"]
    arguments = map(str, (fleet.organizations, fleet.licenses_each, fleet.latency))
    with subprocess.Popen(  # noqa: S603 - our own server
        [*command, *arguments], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            doors = orjson.loads(process.stdout.readline())
            yield Server(doors, read_report(_ask(doors["budgeted"], "truth")))
        finally:
            process.stdin.close()


def _launch(client: Client, base_url: str, folder: Path) -> dict[str, Any]:
    """Run *client* under the launcher, in *folder*, to its end; what that cost."""
    places = {"base_url": base_url, "result": folder / "result.json", "folder": folder}
    arguments = [text.format_map(places) for text in client.arguments]
    launcher = [sys.executable, "-I", "-S", str(ROOT / "tests" / "benchmarks" / "launch.py")]
    with subprocess.Popen(  # noqa: S603 - our own launcher
        [*launcher, str(folder / "output.txt"), sys.executable, *arguments],
        cwd=folder,
        env=_environment(folder),
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            told, _ = process.communicate(timeout=PATIENCE_SECONDS)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)  # the client, too
            raise
    return dict(orjson.loads(told))


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of the caller's keys, settings, proxies or earlier runs; *folder* is the home."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AUDITOR_", "MERAKI_", "XDG_", "PYTHON"))
        and not name.lower().endswith("_proxy")
    }
    here = {"HOME": str(folder), "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)}
    return kept | here | {"MERAKI_DASHBOARD_API_KEY": KEY}


def _ask(base_url: str, what: str, *, method: str = "GET") -> dict[str, Any]:
    connection = HTTPConnection(urlsplit(base_url).netloc, timeout=PATIENCE_SECONDS)
    try:
        connection.request(method, f"/simulator/{what}")
        body = connection.getresponse().read()
    finally:
        connection.close()
    return dict(orjson.loads(body or b"{}"))


def _read_counts(client: Client, result: Path) -> Counts | None:
    return client.read_counts(orjson.loads(result.read_bytes())) if result.exists() else None


def _judge(counts: Counts | None, truth: Counts) -> str:
    if counts is None:
        return "none"
    return "equal" if _without_zeros(counts) == _without_zeros(truth) else "differ"


def _without_zeros(counts: Counts) -> dict[str, dict[str, int]]:
    return {
        organization_id: {state: count for state, count in states.items() if count}
        for organization_id, states in counts.items()
    }
