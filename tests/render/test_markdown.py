from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

from auditor.render import github_summary, markdown
from auditor.render.markdown_text import plain
from auditor.render.text import MAX_NAME, clipped
from auditor.report.reading import Document
from tests.render.documents import (
    HOSTILE,
    a_document,
    a_failed_organization,
    a_finding,
    a_fleet,
    an_organization,
    documents,
)
from tests.render.test_findings import UNDECIDED, VERDICT

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OURS = {"text", "strong_open", "strong_close", "em_open", "em_close", "softbreak"}


def tokens(text: str) -> list[Token]:
    """All tokens of the Markdown, those inside of lines included."""
    return [inner for token in PARSER.parse(text) for inner in (token, *(token.children or ()))]


def cells(text: str) -> list[list[str]]:
    """The rows of all tables, as text."""
    found: list[list[str]] = []
    for token, after in zip(stream := PARSER.parse(text), [*stream[1:], stream[-1]], strict=True):
        if token.type == "tr_open":
            found.append([])
        elif token.type in {"td_open", "th_open"}:
            found[-1].append("".join(child.content for child in after.children or ()))
    return found


@settings(max_examples=60)
@given(documents())
def test_no_name_becomes_markup(report: Document) -> None:
    """No HTML, link, image, code or heading comes out of what others wrote."""
    for renderer in (markdown.render, github_summary.render):
        text = renderer(report).decode()
        kinds = {token.type for token in tokens(text)}

        assert not kinds & {"html_block", "html_inline", "link_open", "image", "code_inline", "code_block"}
        assert not kinds & {"fence", "bullet_list_open", "ordered_list_open", "hr", "s_open"}
        widths = [len(row) for row in cells(text)]
        assert set(widths) <= {2, 3, 4, 6, 7}
        assert renderer(report).decode() == text


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_shown_as_it_is(name: str) -> None:
    """Escaped, it reads as the customer wrote it."""
    shown = clipped(name, MAX_NAME).strip()
    [header, row] = cells(f"| a | b |\n| --- | --- |\n| x{plain(name)}y | z |\n")

    assert header == ["a", "b"]
    assert row == [f"x{shown}y", "z"]


def test_the_banner_says_how_complete_it_is() -> None:
    """An incomplete audit is told before any figure, with what failed."""
    complete = markdown.render(a_document(an_organization())).decode()
    partial = markdown.render(a_fleet(interrupted="stopped by SIGINT")).decode()

    assert "\nComplete, 1 organization: 1 audited" in complete
    assert "> **Incomplete, all counts are lower bounds" in partial
    assert "1 server, ended early: stopped by SIGINT" in partial


def test_sections_tell_figures_dates_types_and_errors() -> None:
    """Those of the report, and `not known` where it has none."""
    rows = cells(markdown.render(a_fleet()).decode())

    assert ["Expiring licenses", "3"] in rows
    assert ["Devices beyond what is licensed (estimate)", "not known"] in rows
    assert ["30 days", "1", "0", "1"] in rows
    assert ["MX64-ENT", "3", "2", "1"] in rows
    assert ["2026-03-20", "Example (501)", "acme", "expiring", "MX64-ENT", "no", "2"] in rows
    assert ["server", "Unread (601)", "the server failed"] in rows
    assert ["server", "tenant north", "the server failed"] in rows


@pytest.mark.parametrize(
    ("model", "what", "told"),
    [
        ("co-term", None, "whole organization"),
        ("per-device", None, "several kinds"),
        ("per-device", "MX64-ENT", "MX64-ENT"),
    ],
)
def test_what_goes_dark_is_named(model: str, what: str | None, told: str) -> None:
    """Under co-termination that is never some kinds of licenses."""
    report = a_fleet()
    report["darkDates"] = [report["darkDates"][0] | {"licensingModel": model, "what": what}]

    assert [row[4] for row in cells(markdown.render(report).decode()) if row[0] == "2026-03-20"] == [told]


def test_what_is_not_there_has_no_section() -> None:
    """No empty tables, and no findings where nobody looked for any."""
    text = markdown.render(a_document()).decode()

    assert re.findall("^## (.*)$", text, re.MULTILINE) == ["Figures", "Ending", "Unused by type"]


def test_findings_are_counted_and_listed() -> None:
    """The most urgent first; what excuses one is told."""
    findings = [
        a_finding("1" * 16, severity="warning", subject="w"),
        a_finding("2" * 16, subject="f"),
        a_finding("3" * 16, subject="x", waived={"reason": "sold"}),
        a_finding("4" * 16, subject="k", isNew=False),
    ]
    text = markdown.render(a_fleet(findings, verdict=VERDICT | {"undecided": [UNDECIDED]})).decode()

    assert "**1 failure**, 4 findings, 1 waived, 1 known since the baseline, 1 not to be decided." in text
    listed = [row for row in cells(text) if len(row) == 6][1:]
    assert [(row[0], row[3]) for row in listed] == [
        *[("error", "f"), ("error, waived", "x"), ("error, known", "k"), ("warning", "w")]
    ]


def test_long_lists_end_with_how_much_is_missing() -> None:
    """Nothing is cut off in silence."""
    report = a_document(*(a_failed_organization(str(number)) for number in range(markdown.MAX_ROWS + 7)))

    assert "… and 7 rows more in the report." in markdown.render(report).decode()


def test_the_step_summary_tells_findings_first() -> None:
    """Or that there are none because nobody judged."""
    judged = github_summary.render(a_fleet([a_finding()])).decode()
    unjudged = github_summary.render(a_fleet()).decode()

    assert judged.index("## Findings") < judged.index("## Figures")
    assert judged.count("## Findings") == 1
    assert "judge it first" in unjudged


def test_the_step_summary_stays_below_the_limit_of_github(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is cut at the end of a line, and says so; one that fits is whole."""
    findings = [a_finding(f"{number:016x}", message="🏢" * 400) for number in range(600)]
    report = a_document(an_organization(name="🏢" * 120), findings=findings)

    text = github_summary.render(report)
    assert len(text) <= github_summary.MAX_BYTES
    assert text.endswith("… cut off here: the report has it all.\n".encode())
    monkeypatch.setattr(github_summary, "MAX_BYTES", len(text) * 2)
    assert not github_summary.render(report).endswith(b"has it all.\n")
