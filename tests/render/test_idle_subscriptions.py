"""Subscriptions that are paid for and do nothing, on the page and among the headlines."""

from __future__ import annotations

from datetime import timedelta

from auditor.render import html, markdown
from auditor.render.html_page.detail import parts_of
from auditor.report.reading import read_report
from auditor.report.to_json import to_json
from tests.domain.builders import AS_OF
from tests.report.evidences import a_report, a_subscription, a_subscription_result

IDLE = (
    a_subscription("1", networks=0, smart_account="pending", renews_at=AS_OF, violations=()),
    a_subscription("2", networks=None, violations=()),
    a_subscription("3", starts_at=AS_OF + timedelta(days=1), networks=None, seats=None, violations=()),
    a_subscription("4", violations=()),
)


def test_the_page_says_what_lies_idle() -> None:
    """Of the organization with the reasons, of a subscription what it is idle by."""
    report = read_report(to_json(a_report(a_subscription_result("7", *IDLE))))

    lines = [line for _, part in parts_of(report["organizations"][0], (), ()) for line in part]

    assert (
        "Idle",
        "2: 3 seats, 1 bound to no network, 1 Smart Account pending, 1 not begun, 1 with networks not known",
    ) in lines
    assert [line for line in lines if line[0] in {"Networks", "Smart Account", "Renews"}] == [
        ("Renews", "2026-03-01"),
        ("Networks", "0"),
        ("Smart Account", "pending"),
        ("Networks", "4"),
    ]
    page = html.render(report).decode()
    assert "at least 2 idle, 3 seats" in page
    assert "1 Smart Account pending" in page


def test_subscriptions_that_lie_idle_are_headlines() -> None:
    """With their seats, and how many nobody knows of."""
    unbound, untold = a_subscription("77", networks=0), a_subscription("78", networks=None)
    report = read_report(to_json(a_report(a_subscription_result("5", unbound, untold))))

    text = markdown.render(report).decode()

    assert "| Subscriptions that lie idle | 1 |" in text
    assert "| Subscriptions that may lie idle: networks not known | 1 |" in text
    assert "| Seats of idle subscriptions | 3 |" in text
