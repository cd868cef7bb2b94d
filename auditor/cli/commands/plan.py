"""`auditor plan`: what an audit would ask, and how long it must take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

import anyio
import click
import orjson

from auditor.cli import logs, output
from auditor.cli.exit_codes import ExitCode
from auditor.cli.foresight import Foresight, foresee
from auditor.cli.listing import tell_failures
from auditor.cli.options import (
    depth_options,
    limit_options,
    previous_option,
    selection_options,
    shard_options,
    source_options,
    voice_options,
)
from auditor.cli.preparation import prepare, read_previous_pages
from auditor.domain.forecast import FULL_PAGE, Bound, Forecast, Room, room_of
from auditor.domain.outcome import Skip

BOUNDS: Final = {
    Bound.LONGEST_CHAIN: "the longest chain of pages",
    Bound.ADDRESS_BUDGET: "the address budget",
    Bound.ORGANIZATION_BUDGET: "an organization's own budget",
    None: "nothing to read",
}
HEADER: Final = ("plan", "requests", "at least", "bound by")
CAPACITY_HEADER: Final = (
    "addresses",
    "requests",
    "at least",
    "bound by",
    "CPU at most",
    "data at most",
    "memory each",
    "to join",
)
MOST_ADDRESSES: Final = 100


@click.command("plan")
@source_options
@selection_options
@depth_options
@shard_options
@previous_option
@limit_options
@click.option(
    "--format", "form", type=click.Choice(("table", "json")), default="table", help="[default: table]"
)
@click.option(
    "--addresses",
    type=click.IntRange(1, MOST_ADDRESSES),
    metavar="N",
    help="Tell also what N parts take, each from an address of its own: see `auditor run --shard`.",
)
@voice_options
def command(
    *,
    form: str,
    addresses: int | None,
    progress: str,  # noqa: ARG001 - a plan is too short for one
    log_level: str,
    log_format: str,
    **options: Any,
) -> int:
    """Predict requests and duration of an audit, without reading a license.

    Lists the organizations, then tells for each plan (see `auditor run --plan`) how many requests it
    takes, in how many seconds at the least, and what bounds them. Sizes come from an earlier report; an
    organization of unknown size is taken for one page. What `targeted` takes depends on what the
    overviews say: it is told from the least to the most. CPU and data are those of full pages, over all
    addresses: most organizations have fewer licenses than fill one.
    """
    logs.configure(level=log_level, log_format=log_format)
    prepared = prepare(options)
    if addresses is not None and prepared.shard is not None:
        raise click.UsageError("--addresses: is about parts of all organizations: leave --shard out")
    previous_pages = read_previous_pages(options, prepared.settings)
    numbers = [] if addresses is None else sorted({1, addresses})
    foresight = anyio.run(lambda: foresee(prepared, previous_pages=previous_pages, addresses=numbers))
    code = tell_failures(foresight.listings)
    if code is not ExitCode.NOTHING_AUDITED:
        output.write(RENDER[form](foresight), output.STDOUT)
    return code


def _skips(foresight: Foresight) -> dict[str, int]:
    endings = [one.ending for one in foresight.plan.settled]
    return dict(
        sorted(Counter(ending.reason.value for ending in endings if isinstance(ending, Skip)).items())
    )


def _as_table(foresight: Foresight) -> bytes:
    return "".join(f"{line}\n" for line in _lines(foresight)).encode()


def _lines(foresight: Foresight) -> Iterator[str]:
    plan, to_read = foresight.plan, len(foresight.plan.assignments)
    skipped = "".join(f", {count:,} skipped ({reason})" for reason, count in _skips(foresight).items())
    selected = to_read + len(plan.settled)
    yield f"{selected:,} of {plan.seen:,} organizations selected: {to_read:,} to read{skipped}"
    unknown = "" if foresight.known_sizes == to_read else "; the others are taken for one page each"
    yield f"{foresight.known_sizes:,} of known size{unknown}"
    yield (
        f"{foresight.latency_seconds:.3f} s for an answer, measured on the list of organizations"
        f" ({foresight.discovery_requests:,} of the requests below)"
    )
    yield ""
    yield from _aligned([HEADER, *((one.plan.value, *_cells(one)) for one in foresight.forecasts)])
    if foresight.capacity:
        yield ""
        rows = [
            (f"{count:,}", *_cells(one), *_costs(one), *_rooms(room_of(selected, parts=count)))
            for count, one in foresight.capacity.items()
        ]
        yield from _aligned([CAPACITY_HEADER, *rows])
        yield f"the report takes {room_of(selected, parts=1).report / 1e6:,.1f} MB"


def _aligned(cells: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        yield "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()


def _costs(forecast: Forecast) -> tuple[str, str]:
    return (
        f"{forecast.least * FULL_PAGE.cpu_seconds / 60:,.1f} min",
        f"{forecast.least * FULL_PAGE.bytes / 1e9:,.2f} GB",
    )


def _rooms(room: Room) -> tuple[str, str]:
    return f"{room.part / 1e6:,.0f} MB", f"{room.join / 1e6:,.0f} MB" if room.join else "nothing"


def _cells(forecast: Forecast) -> tuple[str, str, str]:
    requests = f"{forecast.least:,}"
    if forecast.most > forecast.least:
        requests += f" to {forecast.most:,}"
    return requests, f"{forecast.least_seconds:,.1f} s", BOUNDS[forecast.bound_by]


def _as_json(foresight: Foresight) -> bytes:
    plan = foresight.plan
    document: dict[str, Any] = {
        "organizations": {
            "seen": plan.seen,
            "selected": len(plan.assignments) + len(plan.settled),
            "toRead": len(plan.assignments),
            "knownSize": foresight.known_sizes,
            "skippedByReason": _skips(foresight),
        },
        "discoveryRequests": foresight.discovery_requests,
        "latencySeconds": round(foresight.latency_seconds, 6),
        "plans": {one.plan.value: _block(one) for one in foresight.forecasts},
    }
    if foresight.capacity:
        document["capacity"] = [
            {
                "addresses": count,
                "plan": one.plan.value,
                **_block(one),
                "mostCpuSeconds": round(one.least * FULL_PAGE.cpu_seconds, 3),
                "mostBytes": one.least * FULL_PAGE.bytes,
                "memoryBytes": room.part,
                "mergeMemoryBytes": room.join,
                "reportBytes": room.report,
            }
            for count, one in foresight.capacity.items()
            for room in [room_of(len(plan.assignments) + len(plan.settled), parts=count)]
        ]
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _block(forecast: Forecast) -> dict[str, Any]:
    return {
        "requests": {"least": forecast.least, "most": forecast.most},
        "leastSeconds": round(forecast.least_seconds, 3),
        "boundBy": forecast.bound_by,
    }


RENDER: Final = {"table": _as_table, "json": _as_json}
