"""How figures moved, for a terminal or a pipe: a line drawn for each figure, and a row for each run."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from auditor.history.entry import Entry, Mark, Step
from auditor.history.sparkline import sparkline
from auditor.history.sums import COMPLETENESS

NOT_KNOWN: Final = "?"
APART: Final = "~"
"""Before a change against a run that does not compare; the note says why."""

SAME: Final = "="

_WITHOUT_END: Final = 10_000


def table(steps: Sequence[Step], names: Sequence[tuple[str, str]], *, width: int | None = None) -> str:
    """The lines, then the table. *names* are pairs of a figure and its heading.

    With *width*, that of a terminal, headings stand out and notes wrap; without one it is plain text.
    """
    console = Console(
        file=io.StringIO(),
        width=width or _WITHOUT_END,
        force_terminal=width is not None,
        color_system="auto" if width is not None else None,
        highlight=False,
    )
    console.print(_lines(steps, names))
    console.print()
    console.print(_runs(steps, names))
    text: str = console.file.getvalue()  # type: ignore[attr-defined] # it is the one from above
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def told(name: str, value: float | None) -> str:
    """A value for people; completeness in percent, rounded down, so that only what is complete is 100 %."""
    if value is None:
        return NOT_KNOWN
    return f"{int(value * 1000) / 10:g} %" if name == COMPLETENESS else f"{value:,}"


def change_told(name: str, step: Step) -> str:
    """The change with its sign; nothing where one of both values is not known."""
    change = step.changes[name]
    if change is None:
        return ""
    if name == COMPLETENESS:  # a share compares whatever it is of
        return f"{change * 100:+.1f}" if change else SAME
    return (APART if step.marks else "") + (f"{change:+,}" if change else SAME)


def note_of(step: Step) -> str:
    """How a single organization ended and stood, and why the run does not compare with the one before."""
    parts = (step.entry.status, step.entry.standing, *(_why(mark, step) for mark in step.marks))
    return "; ".join(part for part in parts if part)


def _why(mark: Mark, step: Step) -> str:
    """The mark in words; none where others say as much."""
    entry, before = step.entry, step.before or step.entry
    match mark:
        case Mark.NOT_COMPLETE:
            return "" if entry.status else "not complete: lower bounds"
        case Mark.AFTER_INCOMPLETE:
            return "the run before was not complete" if entry.is_complete else ""
        case Mark.OTHER_ORGANIZATIONS:
            return f"organizations: {entry.appeared:,} more, {entry.vanished:,} gone"
        case Mark.OTHER_WINDOWS:
            return f"windows {_days(entry)}, before {_days(before)}"
        case Mark.OTHER_PLAN:
            return f"plan {entry.plan}, before {before.plan}"


def _days(entry: Entry) -> str:
    return ",".join(map(str, entry.windows_days))


def _lines(steps: Sequence[Step], names: Sequence[tuple[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    for name, heading in names:
        values = [step.entry.figures.get(name) for step in steps]
        known = [value for value in values if value is not None]
        span = f"{told(name, min(known))} to {told(name, max(known))}" if known else ""
        line = Text(sparkline(values), style="cyan")
        grid.add_row(Text(heading, style="bold"), line, Text(told(name, values[-1])), Text(span, style="dim"))
    return grid


def _runs(steps: Sequence[Step], names: Sequence[tuple[str, str]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("as of (UTC)", no_wrap=True)
    for _, heading in names:
        table.add_column(Text(heading), justify="right", no_wrap=True)
        table.add_column("", justify="right", no_wrap=True)
    table.add_column("")
    for step in steps:
        cells = [_figure_cells(name, step) for name, _ in names]
        note = Text(note_of(step), style="yellow" if step.marks else "dim")
        table.add_row(f"{step.entry.as_of:%Y-%m-%d %H:%M}", *(cell for pair in cells for cell in pair), note)
    return table


def _figure_cells(name: str, step: Step) -> tuple[Text, Text]:
    change = Text(change_told(name, step), style="dim")
    return Text(told(name, step.entry.figures.get(name))), change
