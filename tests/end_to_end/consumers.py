"""Everything that reads a report, each called as the program calls it; what it tells comes back as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias

import orjson
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from auditor.cli.exit_codes import of_report
from auditor.cli.summary import summary_lines
from auditor.cli.telemetry_metrics import RunMetrics
from auditor.cli.trend_data import as_csv, as_json
from auditor.cli.trend_svg import svg
from auditor.cli.trend_table import table
from auditor.domain.finding import Severity
from auditor.engine.events import OrganizationDone
from auditor.history.entry import names_in, steps_of
from auditor.history.history import History
from auditor.judge.comparison.compare import difference_of
from auditor.judge.comparison.telling import markdown_lines, text_lines
from auditor.judge.figure import Kind, known_paths, to_figure
from auditor.judge.policy import Policy
from auditor.judge.policy_text import read_policy
from auditor.judge.tenants import Policies, judge_by
from auditor.judge.verdict import Verdict, judge
from auditor.judge.verdict_json import judged_report, verdict_block
from auditor.judge.verdict_text import verdict_lines
from auditor.render.formats import FORMATS, rendered
from auditor.report.document import organization_block
from auditor.report.previous import pages_by_organization
from auditor.report.reading import Document, UnreadableReportError, read_report
from auditor.report.redaction import redact, redact_lines
from auditor.report.results import result_of, windows_of
from auditor.report.split import split
from auditor.report.to_json import to_json
from tests.report.joined import merged

Consumer: TypeAlias = Callable[[Document, Document], bytes]
"""Takes a report, and the one that it was made from; what it tells, without what differs each time."""

CONFIG: Final = Path(__file__).resolve().parents[2] / "config"
_SALT: Final = b"0123456789abcdef"


def _text(lines: Iterator[str]) -> bytes:
    return "\n".join(lines).encode()


@cache
def _shipped(name: str) -> Policy:
    return read_policy((CONFIG / name).read_text(), name=name)


@cache
def _every_figure(scope: str = "") -> Policy:
    """A policy with a rule for each figure of a report, or for its sums over *scope* where it has some."""
    paths = [path for path in map(_real, known_paths()) if not scope or to_figure(path).is_additive]
    tables = [f'figure = "{path}"\n{_comparison(path)}' for path in paths]
    scoped = f'scope = "{scope}"\n' if scope else ""
    rules = [f'[[rules]]\nid = "r{number}"\n{scoped}{table}\n' for number, table in enumerate(tables)]
    return read_policy("\n".join(rules), name="every.toml")


def _real(path: str) -> str:
    """*path* with a name, and the length of a window, where any may stand."""
    *keys, last = path.split(".")
    named = [{"NAME": _name_in(keys), "N": "30"}.get(key, key) for key in keys]
    in_place = "missingId" if keys[-1:] == ["notes"] else "unused" if "NAME" in keys else _name_in(keys)
    return ".".join([*named, {"NAME": in_place, "N": "30"}.get(last, last)])


def _name_in(keys: list[str]) -> str:
    return "LIC-MX" if "subscription" in keys else "MX64-ENT"


def _comparison(path: str) -> str:
    figure = to_figure(path)
    match figure.kind:
        case Kind.TRUTH:
            return "equals = true"
        case Kind.TEXT:
            return f'one_of = ["{(*figure.choices, "co-term")[0]}"]'
        case Kind.INSTANT:
            return "min_days = 30"
        case _:
            return "max = 0"


def _told(verdict: Verdict, report: Document) -> bytes:
    return (
        _text(verdict_lines(verdict, report))
        + to_json(verdict_block(verdict))
        + to_json(judged_report(report, verdict))
    )


def _check(policy: Policy) -> Consumer:
    return lambda report, _: _told(judge(report, policy), report)


def _check_against_the_other(report: Document, other: Document) -> bytes:
    policy = _shipped("policy.toml")
    verdicts = (judge(report, policy, baseline=other), judge(other, policy, baseline=report))
    return _told(verdicts[0], report) + _told(verdicts[1], other)


def _check_by_tenant(report: Document, other: Document) -> bytes:
    policies = Policies(_shipped("policy.toml"), {"acme": _shipped("msp/policy.toml")})
    verdicts = judge_by(policies, report, baseline=other, fail_on=Severity.WARNING)
    return _told(verdicts.together, report)


def _diff(old: Document, new: Document) -> bytes:
    difference = difference_of(old, new)
    lines = (*text_lines(difference), *markdown_lines(difference))
    return _text(iter(lines)) + to_json(difference.to_json())


@cache
def _empty_history() -> History:
    with TemporaryDirectory() as folder, History.open(Path(folder) / "history.db") as history:
        return history.copied()


def _history(*reports: Document) -> History:
    """A history in memory of runs of these reports, a day apart."""
    history = _empty_history().copied()
    for number, report in enumerate(reports, 1):
        run: Document = report["run"] | {"id": f"run-{number}"}
        history.add({**report, "run": run, "asOf": f"2026-03-0{number}T12:00:00Z"})
    return history


def _trend(report: Document, other: Document) -> bytes:
    """Of all, of each tenant, and of each organization, in each form."""
    told = b""
    with _history(other, report) as history:
        parts = [history.entries(tenant=name) for name in (None, *history.tenants())]
        parts += [history.entries(organization=one["id"]) for one in report["organizations"]]
        for entries in parts:
            names = names_in(entries)
            steps = steps_of(entries, names)
            told += as_csv(steps, names).encode()
            told += as_json(steps, names, tenant=None, organization=None).encode()
        told += svg(parts[0], [("expiring.total", "Expiring"), ("completeness", "Whole")], title="T").encode()
        told += orjson.dumps([dict(one) for one in history.points()])
    return told


def _table(report: Document, other: Document) -> bytes:
    """The trend for a terminal, with each figure."""
    with _history(other, report) as history:
        entries = history.entries()
    names = names_in(entries)
    return table(steps_of(entries, names), [(name, name) for name in names]).encode()


def _rendering(name: str) -> Consumer:
    return lambda report, _: rendered(report, name, file="report.json")


def _page_with_trend(report: Document, other: Document) -> bytes:
    with _history(other, report) as history:
        return rendered(report, "html", file="report.json", trend=history.points())


def _merge(report: Document, _: Document) -> bytes:
    joined = merged([report])
    return to_json(joined) + _text(summary_lines(_read_again(joined)))


def _split(report: Document, other: Document) -> bytes:
    told = b""
    for _, part in split(report):
        told += to_json(part) + _text(summary_lines(_read_again(part)))
    return told


def _read_again(report: Document) -> Document:
    """*report*, which the program made, as its next reader has it; a refusal is a fault of the program."""
    try:
        return read_report(to_json(report))
    except UnreadableReportError as error:
        raise AssertionError(f"a report that the program made is refused: {error}") from error


def _redact(report: Document, _: Document) -> bytes:
    masked = redact(report, salt=_SALT)
    return to_json(masked) + _text(redact_lines(summary_lines(report), report, salt=_SALT))


def _results(report: Document, _: Document) -> bytes:
    windows = windows_of(report)
    blocks = [organization_block(result_of(one, windows), windows) for one in report["organizations"]]
    return orjson.dumps(blocks)


def _telemetry(report: Document, _: Document) -> bytes:
    reader, windows = InMemoryMetricReader(), windows_of(report)
    metrics = RunMetrics(MeterProvider([reader], shutdown_on_exit=False).get_meter("test"))
    for one in report["organizations"]:
        metrics.listen(OrganizationDone(result_of(one, windows)))
    metrics.conclude(report)
    data: Any = reader.get_metrics_data()
    found = [
        [
            metric.name,
            sorted([*map(str, one.attributes.values()), one.value] for one in metric.data.data_points),
        ]
        for metric in data.resource_metrics[0].scope_metrics[0].metrics
    ]
    return orjson.dumps(sorted(found))


def _summary(report: Document, _: Document) -> bytes:
    return _text(summary_lines(report)) + bytes([of_report(report)])


def _pages(report: Document, _: Document) -> bytes:
    return orjson.dumps(pages_by_organization([to_json(report)]))


CONSUMERS: Final[Mapping[str, Consumer]] = {
    "check every figure": _check(_every_figure()),
    "check every sum": _check(_every_figure("tenant")),
    **{f"check {name}": _check(_shipped(name)) for name in ("policy.toml", "msp/policy.toml")},
    "check with a baseline": _check_against_the_other,
    "check by tenant": _check_by_tenant,
    "diff from": _diff,
    "diff to": lambda report, other: _diff(other, report),
    "trend": _trend,
    "trend table": _table,
    **{f"render {name}": _rendering(name) for name in FORMATS},
    "html with a trend": _page_with_trend,
    "merge": _merge,
    "split": _split,
    "redact": _redact,
    "results": _results,
    "telemetry": _telemetry,
    "summary": _summary,
    "pages": _pages,
}
"""By name."""

SLOW: Final = frozenset({"check every sum", "trend table", "render xlsx", "html with a trend"})
"""Those that are left to nulls in sets: they read no more of a report than others do."""
