"""Who is compared, how each is started, and how its counts are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final

Counts = Mapping[str, Mapping[str, int]]
"""Licenses by state, by organization id; a state that no license is in may be left out."""

IN_FLIGHT_UNPACED: Final = 16
"""Requests in flight where nothing paces: about as many as 100/s at 150 ms have."""

FAST: Final = ("--address-rate", "100000", "--organization-rate", "100000", "--organization-burst", "1000")
"""Rates that hold nothing back."""


def read_report(report: dict[str, Any]) -> Counts:
    """The counts in a report; the server's truth has the same layout."""
    return {
        block["id"]: block["licenses"]["byState"]
        for block in report["organizations"]
        if block["status"] == "audited"
    }


@dataclass(frozen=True, slots=True)
class Client:
    """A program: *arguments* for Python, with `{base_url}`, `{result}` and `{folder}` to be filled in."""

    name: str
    arguments: tuple[str, ...]
    read_counts: Callable[[dict[str, Any]], Counts] = dict


def auditor(name: str, *options: str) -> Client:
    """This project, as its users start it."""
    files = ("--base-url", "{base_url}", "--output", "{result}", "--progress", "off")
    arguments = ("run", *files, "--no-seat-use", *options)  # the others do not ask for it either
    return Client(name, ("-m", "auditor", *arguments), read_report)


def bare_loop(name: str, *, pace: str, workers: int) -> Client:
    """A hand-written loop; see `tests.benchmarks.bare_loop`."""
    arguments = ("{base_url}", "{result}", pace, str(workers))
    return Client(name, ("-m", "tests.benchmarks.bare_loop", *arguments))


def vendor_sdk(name: str, *, limiter: str) -> Client:
    """The vendor's SDK; see `tests.benchmarks.vendor_client`."""
    return Client(name, ("-m", "tests.benchmarks.vendor_client", "{base_url}", "{result}", limiter))


AUDITOR: Final = auditor("auditor")
SHARING: Final = auditor("auditor, sharing its budgets", "--shared-budget", "{folder}")
"""As towards the vendor: every request is also entered in the ledger that all runs of a machine share."""

BARE_DRIP: Final = bare_loop("bare loop, token every 10 ms", pace="drip", workers=64)
BARE_BUCKET: Final = bare_loop("bare loop, bucket of 100", pace="bucket", workers=64)
BARE: Final = bare_loop("bare loop", pace="none", workers=IN_FLIGHT_UNPACED)


def paced_clients() -> list[Client]:
    """Those that are held against the vendor's budgets, each with the pacing it comes with."""
    return [AUDITOR, SHARING, BARE_DRIP, BARE_BUCKET, *_vendor("flow")]


def unpaced_clients() -> list[Client]:
    """The same with nothing to wait for."""
    fast = auditor("auditor", "--max-in-flight", str(IN_FLIGHT_UNPACED), *FAST)
    return [fast, BARE, *_vendor("none")]


def _vendor(limiter: str) -> list[Client]:
    """The SDK where it is installed: nobody needs it to use or measure this project."""
    return [vendor_sdk("vendor's SDK, async", limiter=limiter)] if find_spec("meraki") else []
