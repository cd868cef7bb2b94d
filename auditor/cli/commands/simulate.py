"""`auditor simulate`: the simulated Dashboard API as a server of its own."""

from __future__ import annotations

import gc
import signal
import sys
import textwrap
from typing import Any, Final

import anyio
import click

from auditor.cli.commands.demo import parse_as_of
from auditor.cli.open_files import make_room
from auditor.cli.options import world_options
from auditor.simulator.faults import FaultKind, FaultPlan
from auditor.simulator.paging import LINK_STYLES
from auditor.simulator.server import Simulator
from auditor.simulator.world import PROFILES, WorldSpec

SWITCH_SECONDS: Final = 0.0005

EPILOG: Final = "\b\nKinds of faults:\n" + "\n".join(
    textwrap.wrap(" ".join(FaultKind), 94, initial_indent="  ", subsequent_indent="  ")
)


@click.command("simulate", epilog=EPILOG)
@world_options(orgs=100)
@click.option(
    "--profile", default="mixed", show_default=True, type=click.Choice(PROFILES), help="Kind of fleet."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address in 127.0.0.0/8.")
@click.option(
    "--port", default=0, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one."
)
@click.option("--latency", default=0.0, show_default=True, type=click.FloatRange(0), help="Mean seconds.")
@click.option("--no-budgets", is_flag=True, help="Answer every request, however many come.")
@click.option(
    "--fault",
    "kinds",
    multiple=True,
    type=click.Choice([kind.value for kind in FaultKind]),
    metavar="KIND",
    help="Kinds that --fault-rate draws from; repeatable. [default: the transient ones]",
)
@click.option(
    "--fault-org",
    "struck",
    multiple=True,
    metavar="ID=KIND",
    help="Every answer for this organization; repeatable.",
)
@click.option(
    "--link-style",
    default="absolute",
    show_default=True,
    type=click.Choice(LINK_STYLES),
    help="Link headers.",
)
@click.option("--api-key", "keys", multiple=True, metavar="KEY", help="Valid key; repeatable. [default: any]")
def command(**options: Any) -> int:
    """Serve the simulated Dashboard API on loopback until stopped.

    Prints the base URL on stdout. Beside the API: /simulator/truth (what an audit must find),
    /simulator/stats (what was asked) and, by POST, /simulator/reset. SIGINT or SIGTERM stops it.
    """
    make_room()
    as_of = parse_as_of(options["as_of"])
    spec = WorldSpec(options["orgs"], options["licenses"], options["seed"], as_of, options["profile"])
    try:
        simulator = Simulator(
            spec,
            port=options["port"],
            host=options["host"],
            latency=options["latency"],
            budgets=not options["no_budgets"],
            faults=_faults(options),
            keys=dict.fromkeys(options["keys"]) if options["keys"] else None,
            link_style=options["link_style"],
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    stay_prompt()
    return anyio.run(lambda: _serve(simulator))


def stay_prompt() -> None:
    """Count requests when they come: what is counted late looks like a burst that nobody sent.

    The thread that writes pages yields quickly, and the search for cycles waits for more to look through.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


async def _serve(simulator: Simulator) -> int:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        try:
            await simulator.__aenter__()
        except OSError as error:
            raise click.UsageError(f"cannot listen: {error.strerror}; choose another --port") from error
        try:
            print(simulator.base_url, flush=True)
            origin = simulator.base_url.removesuffix("/api/v1")
            print(f"auditor: serving; truth at {origin}/simulator/truth; Ctrl-C stops", file=sys.stderr)
            async for _ in signals:
                break
        finally:
            await simulator.__aexit__(None, None, None)
    return 0


def _faults(options: dict[str, Any]) -> FaultPlan:
    struck = {}
    for text in options["struck"]:
        organization_id, _, kind = text.partition("=")
        if kind not in list(FaultKind):
            raise click.BadParameter(
                f"{text!r}: write ID=KIND with a kind of the list", param_hint="--fault-org"
            )
        struck[organization_id] = FaultKind(kind)
    plan = FaultPlan(rate=options["fault_rate"], seed=options["seed"], organizations=struck)
    if not options["kinds"]:
        return plan
    kinds = tuple(FaultKind(kind) for kind in options["kinds"])
    return FaultPlan(rate=options["fault_rate"], kinds=kinds, seed=options["seed"], organizations=struck)
