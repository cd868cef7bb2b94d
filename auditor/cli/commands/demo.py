"""`auditor demo`: the audit against the embedded simulator, checked against its truth."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any, Final

import anyio
import click
import orjson

from auditor.cli import logs, output
from auditor.cli.auditing import audit, deliver
from auditor.cli.exit_codes import ExitCode
from auditor.cli.open_files import make_room
from auditor.cli.options import detail_option, voice_options, world_options
from auditor.cli.preparation import Prepared
from auditor.cli.progress import mode_beside
from auditor.engine.clock import present
from auditor.engine.spool import Spool
from auditor.report.to_json import ReportText
from auditor.settings.instants import to_instant
from auditor.settings.key import ApiKey
from auditor.settings.model import AuditSettings, Settings, TenantSettings
from auditor.settings.selection import Selection
from auditor.simulator.faults import FaultPlan
from auditor.simulator.server import Simulator
from auditor.simulator.truth import compare, compare_attention
from auditor.simulator.world import WorldSpec

DEMO_REPORT: Final = "auditor-demo-report.json"
DEMO_KEY: Final = "0" * 40
LATENCY_SECONDS: Final = 0.05
MAX_DIFFERENCES: Final = 10


@click.command("demo")
@world_options(orgs=120)
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    help=f"Where to write the report; - is stdout. [default: {DEMO_REPORT} on a terminal, else stdout]",
)
@detail_option
@voice_options
def command(*, progress: str, log_level: str, log_format: str, **options: Any) -> int:
    """Run the same audit against a simulated vendor: no key, no network.

    Serves invented organizations over real HTTP on loopback, with the vendor's call budgets enforced,
    audits them, and compares the report with what the simulator knows to be true.
    """
    logs.configure(level=log_level, log_format=log_format)
    progress = mode_beside(log_format, progress)
    target = options["output"] or (DEMO_REPORT if sys.stdout.isatty() else output.STDOUT)
    make_room()
    output.check_writable(target)
    as_of = parse_as_of(options["as_of"])
    spec = WorldSpec(options["orgs"], options["licenses"], options["seed"], as_of, "mixed")
    faults = FaultPlan(rate=options["fault_rate"], seed=options["seed"])
    asked = AuditSettings(as_of=as_of, detail=bool(options["detail"]))
    with Spool() as spool:
        report, code, differences = anyio.run(
            lambda: _demonstrate(spec, faults, asked, spool=spool, progress_mode=progress)
        )
        deliver(report, target=target, log_format=log_format)
    return _tell_verdict(differences, code)


async def _demonstrate(
    spec: WorldSpec, faults: FaultPlan, asked: AuditSettings, *, spool: Spool, progress_mode: str
) -> tuple[ReportText, ExitCode, list[str]]:
    async with Simulator(spec, latency=LATENCY_SECONDS, faults=faults) as simulator:
        print(
            f"auditor: simulating {spec.organizations:,} organizations at {simulator.base_url}",
            file=sys.stderr,
        )
        prepared = _prepared(simulator.base_url, asked)
        report, code = await audit(prepared, spool=spool, progress_mode=progress_mode)
        document = orjson.loads(b"".join(report))
        differences = compare(simulator.truth, document)
        if asked.detail:
            differences += compare_attention(simulator.world.attention, document)
        return report, code, differences


def _prepared(base_url: str, asked: AuditSettings) -> Prepared:
    tenant = TenantSettings(name="demo", api_key_env="AUDITOR_DEMO_KEY", base_url=base_url)
    settings = Settings(audit=asked, tenants=(tenant,))
    return Prepared(settings, Selection(), {"demo": ApiKey(DEMO_KEY, "the demo")})


def parse_as_of(text: str | None) -> datetime:
    """The instant that the option `--as-of` names; now, without it."""
    if text is None:
        return present()
    try:
        return to_instant(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--as-of") from error


def _tell_verdict(differences: list[str], code: ExitCode) -> int:
    if code is ExitCode.COMPLETE and not differences:
        print("auditor: the report equals the simulator's truth, figure by figure", file=sys.stderr)
        return code
    if code is not ExitCode.COMPLETE:  # what was not read cannot equal the truth
        return code
    for difference in differences[:MAX_DIFFERENCES]:
        print(f"auditor: differs from the truth: {difference}", file=sys.stderr)
    print(f"auditor: the report differs from the truth in {len(differences)} figures", file=sys.stderr)
    return ExitCode.DEFECT
