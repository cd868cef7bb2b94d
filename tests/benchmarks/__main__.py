"""The benchmark: the vendor's SDK, two bare loops and the auditor, side by side against one server.

    .venv/bin/python -m tests.benchmarks

Everything runs on this machine and talks to nobody else. Judge the ratios: seconds are the machine's.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
import orjson

from tests.benchmarks import machine
from tests.benchmarks.parts import FULL, PARTS, QUICK, measure
from tests.benchmarks.plot import to_svg
from tests.benchmarks.table import to_markdown

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1), help="Runs of each client.")
@click.option("--quick", is_flag=True, help="A tiny fleet without latency: shows that all parts work.")
@click.option(
    "--only",
    "parts",
    multiple=True,
    type=click.Choice(PARTS),
    help="Only this part; repeatable. [default: all]",
)
@click.option("--json", "json_file", type=FILE, help="Where to write every run.")
@click.option("--plot", "plot_file", type=FILE, help="Where to write the picture of the comparison, SVG.")
def main(
    *, rounds: int, quick: bool, parts: tuple[str, ...], json_file: Path | None, plot_file: Path | None
) -> None:
    """Compare; print the tables as Markdown on stdout, the progress on stderr."""
    scale, where = QUICK if quick else FULL, machine.describe()
    measured = measure(scale, parts or PARTS, rounds=rounds, tell=lambda text: click.echo(text, err=True))
    click.echo(to_markdown(measured, scale, where), nl=False)
    if json_file is not None:
        runs = {part: [asdict(run) for run in part_runs] for part, part_runs in measured.items()}
        told = {"machine": where, "fleet": asdict(scale.fleet), "runs": runs}
        json_file.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    if plot_file is not None and measured.get("fleet"):
        plot_file.write_text(to_svg(measured["fleet"], scale.fleet, where))


if __name__ == "__main__":
    main(prog_name="python -m tests.benchmarks")
