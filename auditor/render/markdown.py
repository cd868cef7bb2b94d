"""Markdown for people: how complete it is, what matters, what goes dark first, what failed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from auditor.render.columns import value_at
from auditor.render.findings import (
    Told,
    by_urgency,
    completeness_sentence,
    error_message,
    findings_of,
    is_judged,
    place_of,
    undecided_of,
)
from auditor.render.headlines import ending_of, headlines_of, what_goes_dark
from auditor.render.markdown_text import figure, listed, plain, table
from auditor.render.text import MAX_MESSAGE, counted
from auditor.render.types import unused_of
from auditor.report.reading import Document

MAX_ROWS: Final = 25
"""Rows of each list: what is to be read as a whole is in the report."""


def render(report: Document) -> bytes:
    """The summary, each section with its heading; a section without content is left out."""
    return document(sections_of(report), report)


def document(sections: Iterable[Sequence[str]], report: Document) -> bytes:
    """The *sections* below the title and the banner."""
    head = [f"# Licenses as of {report['asOf'].replace('T', ' ').removesuffix('Z')} UTC", *_banner(report)]
    tail = [f"*auditor {plain(report['tool']['version'])}*"]
    blocks = [head, *(section for section in sections if section), tail]
    return ("\n\n".join("\n".join(lines) for lines in blocks) + "\n").encode()


def sections_of(report: Document) -> Iterator[list[str]]:
    """Figures, what was found, what goes dark and ends, what is unused, what failed."""
    yield _figures(report)
    yield findings_section(report)
    yield _dark_dates(report)
    yield _ending(report)
    yield _unused(report)
    yield _errors(report)


def findings_section(report: Document, limit: int = MAX_ROWS) -> list[str]:
    """What was found, the most urgent first; nothing where the report was not judged."""
    if not is_judged(report):
        return []
    findings = by_urgency(findings_of(report))
    lines = ["## Findings", "", _verdict(findings, undecided=len(undecided_of(report)))]
    if not findings:
        return lines
    rows = [_finding_row(told) for told in findings]
    header = ("Severity", "Rule", "Where", "What", "Message", "Due")
    return [*lines, "", *listed(header, rows, numbers_from=len(header), limit=limit)]


def _finding_row(told: Told) -> tuple[str, ...]:
    due = told.due[:10] if told.due else ""
    texts = (told.rule, told.place, told.subject)
    return (_severity(told), *map(plain, texts), plain(told.message, MAX_MESSAGE), due)


def _banner(report: Document) -> list[str]:
    sentence = completeness_sentence(report)
    if report["completeness"]["complete"]:
        return ["", f"{sentence.capitalize()}."]
    causes = report["completeness"]["failedByClass"]
    told = [f"{count:,} {plain(cause)}" for cause, count in causes.items()]
    reason = report["run"]["interrupted"]
    told += [] if reason is None else [f"ended early: {plain(reason, MAX_MESSAGE)}"]
    return ["", f"> **{sentence.capitalize()}**{': ' if told else ''}{', '.join(told)}."]


def _verdict(findings: Sequence[Told], *, undecided: int) -> str:
    failures = sum(told.is_failure for told in findings)
    waived = sum(told.waiver is not None for told in findings)
    known = sum(told.is_known and told.waiver is None for told in findings)
    parts = [f"**{counted(failures, 'failure')}**", counted(len(findings), "finding")]
    parts += [f"{waived:,} waived"] if waived else []
    parts += [f"{known:,} known since the baseline"] if known else []
    parts += [f"{undecided:,} not to be decided"] if undecided else []
    return ", ".join(parts) + "."


def _severity(told: Told) -> str:
    if told.waiver is not None:
        return f"{told.severity}, waived"
    return f"{told.severity}, known" if told.is_known else told.severity


def _figures(report: Document) -> list[str]:
    rows = [(label, figure(value)) for label, value in headlines_of(report)]
    return ["## Figures", "", *table(("Figure", "Count"), rows, numbers_from=1)]


def _dark_dates(report: Document) -> list[str]:
    rows = [_dark_row(one) for one in report["darkDates"]]
    header = ("Dark on", "Organization", "Tenant", "Standing", "What", "Estimate", "Count")
    return _section("Going dark first", listed(header, rows, numbers_from=6, limit=MAX_ROWS), rows)


def _dark_row(one: Mapping[str, Any]) -> tuple[str, ...]:
    place = place_of(one["organizationId"], one["name"], one["tenant"])
    texts = (place, one["tenant"], one["standing"], what_goes_dark(one))
    return (one["darkAt"][:10], *map(plain, texts), "yes" if one["estimate"] else "no", figure(one["count"]))


def _ending(report: Document) -> list[str]:
    rows = [(f"{days:,} days", *map(figure, counts)) for days, *counts in ending_of(report)]
    header = ("Within", "Licenses that end", "of them at risk", "Organizations where something ends")
    return _section("Ending", table(header, rows, numbers_from=1), rows)


def _unused(report: Document) -> list[str]:
    by_type = value_at(report["totals"], ("unused", "byType")) or {}
    ordered = sorted(by_type.items(), key=lambda one: (-sum(one[1].values()), one[0]))
    rows = [
        (plain(kind), *map(figure, unused_of(states))) for kind, states in ordered if any(states.values())
    ]
    header = ("License type", "Unused", "Not burning", "Burning already")
    return _section("Unused by type", listed(header, rows, numbers_from=1, limit=MAX_ROWS), rows)


def _errors(report: Document) -> list[str]:
    names = {(one["tenant"], one["id"]): one["name"] for one in report["organizations"]}
    rows = []
    for one in report["errors"]:
        name = names.get((one["tenant"], one["organizationId"]))
        place = place_of(one["organizationId"], name, one["tenant"])
        rows.append((one["class"], plain(place), plain(error_message(one), MAX_MESSAGE)))
    header = ("Class", "Where", "Message")
    return _section("Not read", listed(header, rows, numbers_from=3, limit=MAX_ROWS), rows)


def _section(title: str, lines: Sequence[str], rows: Sequence[object]) -> list[str]:
    return [f"## {title}", "", *lines] if rows else []
