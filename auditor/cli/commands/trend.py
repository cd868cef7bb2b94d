"""`auditor trend`: how the figures moved over the runs of a history."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from difflib import get_close_matches
from pathlib import Path
from shutil import get_terminal_size
from typing import Final

import click

from auditor.cli import output
from auditor.cli.documents import read_report_at
from auditor.cli.options import target_option
from auditor.cli.remembering import open_history
from auditor.cli.summary import printable
from auditor.cli.trend_data import as_csv, as_json
from auditor.cli.trend_svg import svg
from auditor.cli.trend_table import table
from auditor.errors import Problem, SettingsError
from auditor.history.database import HistoryError
from auditor.history.entry import SHORT_NAMES, Entry, Step, full_name, names_in, steps_of
from auditor.history.history import Added, History
from auditor.history.sums import FIXED
from auditor.settings.fault import Fault
from auditor.settings.instants import to_instant

USUAL_FIGURES: Final = ("expiring", "atRisk", "unused", "completeness")
_TITLES: Final = {"expiring.total": "Expiring", "expiring.atRisk": "At risk", "unused.total": "Unused"}
_DAYS: Final = re.compile(r"([1-9][0-9]{0,4})d")
_ADDED: Final = {
    Added.NEW: "added",
    Added.KNOWN: "its run is there already",
    Added.WIDER: "added in place of a smaller report of the same run",
}


@dataclass(frozen=True, slots=True)
class View:
    """What of a history is shown: of all, of a tenant or of an organization."""

    tenant: str | None
    organization: str | None

    def __str__(self) -> str:
        """As a title of it."""
        if self.organization is not None:
            return f"Organization {self.organization}"
        return "All organizations" if self.tenant is None else f"Tenant {self.tenant}"


@click.command("trend")
@click.argument("history", metavar="HISTORY")
@click.option("--add", "reports", metavar="REPORT", multiple=True, help="First add this report; repeatable.")
@click.option("--tenant", metavar="NAME", help="The organizations of this tenant alone.")
@click.option("--org", "organization", metavar="ID", help="This organization alone.")
@click.option("--since", metavar="WHEN", help="As from a date or time, or 30d before the latest run.")
@click.option(
    "--figure",
    "figures",
    metavar="NAME",
    multiple=True,
    help=f"{', '.join(SHORT_NAMES)}, or the path of a figure in the report's totals; repeatable."
    f" [default: {', '.join(USUAL_FIGURES)}]",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("table", "json", "csv", "svg")),
    default="table",
    show_default=True,
    help="How it is told.",
)
@target_option("Where to write it")
def command(
    *,
    history: str,
    reports: Sequence[str],
    tenant: str | None,
    organization: str | None,
    since: str | None,
    figures: Sequence[str],
    form: str,
    target: str,
) -> None:
    """Show how figures moved over the runs of a HISTORY, which `auditor run --history` keeps.

    Each run is held against the one before. A change after ~ is one against a run that does not compare,
    because it was not complete (unless both lack the same), or had other organizations, windows or another
    plan. Reports of before there was a history go in with --add; adding one again changes nothing.
    """
    if tenant is not None and organization is not None:
        raise click.UsageError("give --tenant or --org, not both")
    output.check_writable(target)
    view = View(tenant, organization)
    with open_history(Path(history), where="HISTORY", must_exist=not reports) as opened:
        try:
            for report in reports:
                _add(opened, report)
            entries = opened.entries(tenant=tenant, organization=organization)
            if not entries and len(opened):
                raise _unknown(view, opened.tenants())
        except HistoryError as error:
            raise SettingsError(Problem("HISTORY", str(error))) from error
    names = [_figure(name, entries, view) for name in figures or USUAL_FIGURES]
    steps = steps_of(entries, names)
    if since is not None:
        steps = _since(since, steps)
    if not steps:
        _tell_nothing(form, reason="the history has no run" + (" of that time" if entries else ""))
    output.write(_told(steps, names, view=view, form=form, target=target).encode(), target)


def _tell_nothing(form: str, *, reason: str) -> None:
    if form == "svg":
        raise SettingsError(Problem("--format svg", f"has nothing to draw: {reason}"))
    print(f"auditor: {reason}", file=sys.stderr)


def _add(history: History, path: str) -> None:
    added = history.add(read_report_at(path, where="--add"))
    print(f"auditor: {printable(path)}: {_ADDED[added]}", file=sys.stderr)


def _unknown(view: View, tenants: Sequence[str]) -> SettingsError:
    if view.organization is not None:
        return SettingsError(Problem("--org", f"no run had an organization {view.organization!r}"))
    near = get_close_matches(view.tenant or "", tenants, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(map(repr, tenants[:20]))}"
    return SettingsError(Problem("--tenant", f"no run had a tenant {view.tenant!r}", hint))


def _figure(name: str, entries: Sequence[Entry], view: View) -> str:
    """The full name of the figure *name*."""
    known = names_in(entries) or list(FIXED)
    if full_name(name) in known:
        return full_name(name)
    of_what = "of a single organization" if view.organization is not None else "in this history"
    near = get_close_matches(name, [*SHORT_NAMES, *known], n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
    raise SettingsError(Problem("--figure", f"{name!r} is not kept {of_what}", hint))


def _since(text: str, steps: Sequence[Step]) -> list[Step]:
    """The steps as from *text*; what was before them was compared with already."""
    days = _DAYS.fullmatch(text)
    if days is not None:
        latest = max((step.entry.as_of for step in steps), default=datetime.min.replace(tzinfo=UTC))
        return [step for step in steps if latest - step.entry.as_of <= timedelta(days=int(days[1]))]
    start = _start(text)
    return [step for step in steps if step.entry.as_of >= start]


def _start(text: str) -> datetime:
    try:
        return datetime.combine(datetime.strptime(text, "%Y-%m-%d").date(), time(), UTC)  # noqa: DTZ007
    except ValueError:
        pass
    try:
        return to_instant(text)
    except Fault as fault:
        hint = "for example 2026-11-01, 2026-11-24T00:00:00Z or 30d"
        raise SettingsError(Problem("--since", fault.what, hint)) from None


def _told(steps: Sequence[Step], names: Sequence[str], *, view: View, form: str, target: str) -> str:
    pairs = [(name, _heading(name)) for name in names]
    match form:
        case "json":
            return as_json(steps, names, tenant=view.tenant, organization=view.organization)
        case "csv":
            return as_csv(steps, names)
        case "svg":
            entries = [step.entry for step in steps]
            return svg(entries, [(n, _TITLES.get(n, _in_percent(h))) for n, h in pairs], title=str(view))
        case _ if not steps:
            return ""
        case _:
            is_seen = target == output.STDOUT and sys.stdout.isatty()
            return table(steps, pairs, width=get_terminal_size().columns if is_seen else None)


def _heading(name: str) -> str:
    return next((short for short, full in SHORT_NAMES.items() if full == name), name)


def _in_percent(heading: str) -> str:
    return "Completeness, percent" if heading == "completeness" else heading
