"""The figures as Markdown: ratios first, for seconds are of one machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median

from tests.benchmarks.clients import BARE, BARE_DRIP
from tests.benchmarks.measuring import ADDRESS_RATE, Fleet, Run
from tests.benchmarks.parts import BIG_PAGES, Scale


def to_markdown(measured: Mapping[str, Sequence[Run]], scale: Scale, machine: str) -> str:
    """A table for each part that was measured, and what its columns mean."""
    writers = {"fleet": _fleet, "cpu": _cpu, "memory": _memory}
    blocks = [writers[part](runs, scale) for part, runs in measured.items() if runs]
    return "\n\n".join([*blocks, f"Measured {machine}."]) + "\n"


def grouped(runs: Iterable[Run], key: Callable[[Run], str]) -> dict[str, list[Run]]:
    """The runs of each name, in the order of their first."""
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(key(run), []).append(run)
    return groups


def by_client(run: Run) -> str:
    """Group by who ran."""
    return run.client


def least_seconds(fleet: Fleet) -> float:
    """What the address budget leaves the best of clients: a request for each page and one for the list."""
    return (fleet.pages + 1) / ADDRESS_RATE


def middle(runs: Iterable[Run], figure: str) -> float:
    """The median over the rounds; *figure* is an attribute of `Run`."""
    return median(_values(runs, figure))


def _fleet(runs: Sequence[Run], scale: Scale) -> str:
    fleet, groups = scale.fleet, grouped(runs, by_client)
    least = least_seconds(fleet)
    bare_cpu = middle(groups[BARE_DRIP.name], "cpu")
    rows = [
        (
            name,
            _least_and_median(group, "wall"),
            f"{middle(group, 'wall') / least:.2f}",
            f"{middle(group, 'budget_used'):.1%}",
            f"{middle(group, 'rate_limited'):.0f}",
            f"{max(run.busiest_second for run in group)}",
            _least_and_median(group, "cpu"),
            f"{middle(group, 'cpu') / bare_cpu:.2f}",
            f"{middle(group, 'peak_megabytes'):.0f}",
            verdict(group),
        )
        for name, group in groups.items()
    ]
    head = (
        "client",
        "wall s",
        "÷ least",
        "budget used",
        "429s",
        "busiest second",
        "CPU s",
        "÷ bare",
        "peak MB",
        "counts",
    )
    return (
        f"**Under the vendor's budgets:** {fleet.organizations:,} organizations, {fleet.pages:,} pages,"
        f" {fleet.licenses:,} licenses, {fleet.latency * 1000:.0f} ms latency.\n\n"
        f"{_table(head, rows)}\n\n"
        f"Seconds are least / median of {_rounds(groups)} and include the start of the program; the rest are"
        f" medians, the busiest second is the worst. *Least* is what the budget allows: {fleet.pages + 1:,}"
        f" requests at {ADDRESS_RATE:.0f}/s = {least:.2f} s. *Budget used*: pages per second, of"
        f" {ADDRESS_RATE:.0f}, from the first request for an organization to the last, by the server's clock."
        " *Bare* is the loop with a token every 10 ms. *Counts*: licenses by state of every organization,"
        " against the server's truth."
    )


def _cpu(runs: Sequence[Run], scale: Scale) -> str:
    groups = grouped(runs, by_client)
    costs = {name: _page_costs(group, scale.fleet) for name, group in groups.items()}
    bare = median(costs[BARE.name])
    rows = [
        (
            name,
            f"{min(costs[name]):.2f} / {median(costs[name]):.2f}",
            f"{median(costs[name]) / bare:.2f}",
            f"{middle(_in(group, 'open'), 'cpu'):.2f}",
            f"{middle(_in(group, 'empty'), 'cpu'):.2f}",
            verdict(_in(group, "open")),
        )
        for name, group in groups.items()
    ]
    head = ("client", "CPU ms per 1,000 licenses", "÷ bare", "CPU s", "of it start-up", "counts")
    return (
        f"**CPU of a page:** the same {scale.fleet.pages:,} pages, no budgets, no latency.\n\n"
        f"{_table(head, rows)}\n\n"
        f"Least / median of {_rounds(groups, share=2)}; user and system time of the client, less that of"
        " the same client on an empty fleet (its start-up). The bare loop counts states and nothing else."
    )


def _memory(runs: Sequence[Run], scale: Scale) -> str:
    groups = grouped(runs, lambda run: run.scene)
    base = middle(groups[f"{scale.small.organizations:,} organizations"], "peak_megabytes")
    rows = [
        (
            _scene(name, scale),
            _least_and_median(group, "peak_megabytes", digits=1),
            "" if name == BIG_PAGES else f"{middle(group, 'peak_megabytes') / base:.2f}",
            f"{middle(group, 'requests_per_second'):.0f}",
            verdict(group),
        )
        for name, group in groups.items()
    ]
    head = ("`auditor run` on", "peak MB", "÷ first fleet", "requests/s", "counts")
    order = sorted(rows, key=lambda row: "pages" in row[0])
    return (
        "**Peak memory:**\n\n"
        f"{_table(head, order)}\n\n"
        f"Resident set at its largest, millions of bytes, least / median of {_rounds(groups)}."
    )


def _scene(name: str, scale: Scale) -> str:
    if name == BIG_PAGES:
        return f"{scale.fleet.organizations:,} organizations, {scale.fleet.pages:,} pages of up to 430 kB"
    return f"{name} of one small page"


def _page_costs(group: Sequence[Run], fleet: Fleet) -> list[float]:
    """Milliseconds per 1,000 licenses, round by round."""
    pairs = zip(_in(group, "open"), _in(group, "empty"), strict=True)
    return [(full.cpu - empty.cpu) * 1000 / (fleet.licenses / 1000) for full, empty in pairs]


def _in(group: Iterable[Run], scene: str) -> list[Run]:
    return [run for run in group if run.scene == scene]


def verdict(group: Iterable[Run]) -> str:
    """`equal` when they were in every round, else what else they were."""
    return ", ".join(sorted({run.verdict for run in group}))


def _rounds(groups: Mapping[str, Sequence[Run]], *, share: int = 1) -> str:
    count = min(map(len, groups.values())) // share
    return f"{count} {'round' if count == 1 else 'rounds'}"


def _least_and_median(group: Sequence[Run], figure: str, *, digits: int = 2) -> str:
    return f"{min(_values(group, figure)):.{digits}f} / {middle(group, figure):.{digits}f}"


def _values(runs: Iterable[Run], figure: str) -> list[float]:
    return [float(getattr(run, figure)) for run in runs]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---", *["--:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))
