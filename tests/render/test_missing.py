"""How pages and summaries speak of extras that could not be read, and of counts that stay exact."""

from __future__ import annotations

import re

from auditor.domain.extra import Extra
from auditor.render import html, markdown
from auditor.render.findings import completeness_sentence
from auditor.report.reading import Document, read_report
from auditor.report.to_json import to_json
from tests.domain.builders import a_license
from tests.report.evidences import (
    FORBIDDEN,
    SERVER,
    a_report,
    a_result,
    a_subscription,
    a_subscription_result,
)


def a_lacking(*others: object) -> Document:
    """The report on an organization whose compliance could not be read, and on *others*."""
    lacking = a_subscription_result("701", a_subscription(), missing={Extra.COMPLIANCE: FORBIDDEN})
    return read_report(to_json(a_report(lacking, a_result("501", [[a_license()]]), *others)))  # type: ignore[arg-type]


def text_of(report: Document) -> str:
    """The words of the page."""
    return re.sub(r"<[^>]*>", " ", html.render(report).decode())


def test_counts_are_no_lower_bounds_where_an_extra_is_all_that_is_missing() -> None:
    """The page says what is not known, and how many stand where is the one bound in it."""
    text = text_of(a_lacking())

    assert "This audit is not complete: some standings are not known" in text
    assert "Extras that could not be read: compliance in 1 organization." in text
    assert text.count("≥") == 1
    assert "compliance: no access" in text


def test_beside_a_list_that_broke_off_all_counts_are() -> None:
    """As ever."""
    text = text_of(a_lacking(a_result("502", [[a_license()]], ending=SERVER)))

    assert "This audit is not complete: every count is a lower bound" in text
    assert text.count("≥") > 1


def test_an_extra_that_decides_nothing_is_named_in_a_complete_audit() -> None:
    """Without a banner, in the headline and in the sentence that every summary begins with."""
    lacking = a_result("501", [[a_license()]], missing={Extra.SEAT_USE: FORBIDDEN})
    report = read_report(to_json(a_report(lacking)))

    assert "could not be read: seatUse in 1 organization" in text_of(report)
    assert "not complete" not in text_of(report)
    assert completeness_sentence(report) == (
        "complete, 1 organization: 1 audited, 0 partial, 0 failed, 0 skipped,"
        " missing are seatUse in 1 organization"
    )


def test_the_summary_in_markdown_says_the_same() -> None:
    """In its banner and in its list of failures."""
    text = markdown.render(a_lacking()).decode()

    assert "Incomplete, some standings are not known, 2 organizations" in text
    assert "missing are compliance in 1 organization" in text
    assert "compliance\\: no access" in text
