from __future__ import annotations

import io
import sys

import anyio
import pytest

from auditor.cli.progress import RATE_WINDOW_SECONDS, Progress, clock, shown
from auditor.engine.events import (
    AuditPlanned,
    OrganizationDone,
    OrganizationsLeft,
    OrganizationsListed,
    PageRead,
)
from auditor.engine.traffic import Traffic
from tests.report.evidences import SERVER, a_result


def a_progress(*, selected: int | None = 10) -> Progress:
    progress = Progress(Traffic(), 100.0)
    if selected is not None:
        progress.listen(AuditPlanned(selected, selected))
    return progress


def finish(progress: Progress, organizations: int = 1, *, requests: int = 0) -> None:
    """*organizations* more are done, after *requests* more requests."""
    for _ in range(organizations):
        progress.listen(OrganizationDone(a_result()))
    for _ in range(requests):
        progress.traffic.began(0.0)
        progress.traffic.ended(0.0, body_bytes=0)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"),
        (59.4, "0:59"),
        (59.6, "1:00"),
        (249, "4:09"),
        (3599.7, "1:00:00"),
        (3849, "1:04:09"),
        (360_000, "100:00:00"),
    ],
)
def test_a_duration_reads_like_a_clock(seconds: float, text: str) -> None:
    """Rounded as a whole, so that 60 seconds never show."""
    assert clock(seconds) == text


class TestFacts:
    def test_each_host_has_a_budget(self) -> None:
        """The pace over all hosts stands beside all their budgets, which it never exceeds."""
        progress = a_progress()
        for host in ("api.example.com:443", "api.example.cn:443"):
            progress.traffic.began(0.0, host)

        assert "0/200 requests/s" in progress.facts()

    def test_while_listing_only_the_list_is_told(self) -> None:
        """Nothing else is known yet; tenants list side by side, so the longest list counts."""
        progress = a_progress(selected=None)
        for tenant, count in (("acme", 9000), ("north", 12), ("acme", 12_345)):
            progress.listen(OrganizationsListed(tenant, count))

        assert progress.facts() == ["listing organizations: 12,345 so far"]

    def test_those_that_a_stopped_run_left_have_failed(self) -> None:
        """All of them at once."""
        progress = a_progress(selected=300_000)
        finish(progress, 3)
        progress.listen(OrganizationsLeft({"co-term": 299_000, None: 997}, SERVER))

        assert progress.facts()[:2] == ["300,000/300,000 organizations", "299,997 failed"]

    def test_figures_come_with_the_most_important_first(self) -> None:
        """What is done, what went wrong, what was read, how fast."""
        progress = a_progress(selected=2000)
        progress.listen(PageRead("501", 1000))
        progress.listen(PageRead("501", 234))
        finish(progress, 3)
        progress.listen(OrganizationDone(a_result(ending=SERVER)))
        progress.listen(OrganizationDone(a_result(pages=[], ending=SERVER)))
        progress.traffic.pages = 1500

        assert progress.facts() == [
            "5/2,000 organizations",
            "1 failed",
            "1 partial",
            "1,500 pages",
            "1,234 licenses",
            "0/100 requests/s",
        ]

    def test_rates_and_the_time_left_follow_from_the_last_seconds(self) -> None:
        """80 requests/s and 2 organizations/s with 6 to go."""
        progress = a_progress(selected=10)
        progress.sample(0.0)
        finish(progress, 4, requests=160)
        progress.sample(2.0)
        progress.traffic.retries_by_class["timeout"] = 3

        assert progress.facts()[-3:] == ["80/100 requests/s", "3 retried", "0:03 left"]

    def test_what_is_long_ago_does_not_count(self) -> None:
        """After a pause the estimate follows the new pace, not the mean since the start."""
        progress = a_progress(selected=1000)
        progress.sample(0.0)
        finish(progress, 500, requests=500)
        progress.sample(10.0)
        finish(progress, 5, requests=10)
        progress.sample(10.0 + RATE_WINDOW_SECONDS)

        assert progress.requests_per_second == pytest.approx(2)
        assert progress.seconds_left == pytest.approx(495)

    def test_without_progress_no_time_is_promised(self) -> None:
        """No sample, one sample, no pace: unknown, and never a division by zero."""
        progress = a_progress()

        assert (progress.seconds_left, progress.requests_per_second) == (None, 0.0)
        for now in (0.0, 0.0, 3.0):
            progress.sample(now)
            assert (progress.seconds_left, progress.requests_per_second) == (None, 0.0)

    def test_what_was_settled_without_a_request_sets_no_pace(self) -> None:
        """A thousand skips in the first moment do not mean that the rest takes a moment."""
        progress = a_progress(selected=None)
        progress.sample(0.0)
        progress.listen(AuditPlanned(2000, 1000))
        finish(progress, 1000)
        progress.sample(1.0)

        assert progress.seconds_left is None


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.virtual
class TestShown:
    async def test_off_a_terminal_a_line_comes_every_ten_seconds(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Few enough for a log file, and on stderr."""
        progress = a_progress(selected=10)

        async with shown(progress, mode="auto"):
            await anyio.sleep(9)
            finish(progress, 5)
            await anyio.sleep(12)

        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.splitlines() == [
            "auditor: 0:10  5/10 organizations, 0 pages, 0 licenses, 0/100 requests/s, 0:10 left",
            "auditor: 0:20  5/10 organizations, 0 pages, 0 licenses, 0/100 requests/s",
        ]

    async def test_a_short_run_off_a_terminal_shows_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Most runs in CI are over before there is anything to say."""
        async with shown(a_progress(), mode="auto"):
            await anyio.sleep(5)

        assert capsys.readouterr().err == ""

    async def test_off_shows_nothing_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Not even on a terminal."""
        terminal = _Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)

        async with shown(a_progress(), mode="off"):
            await anyio.sleep(100)

        assert terminal.getvalue() == ""

    async def test_on_a_terminal_the_display_lives_and_leaves_no_trace(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """First the list, then the bar; erased at the end, where the summary comes."""
        terminal = _Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "100")
        progress = a_progress(selected=None)

        async with shown(progress, mode="auto"):
            progress.listen(OrganizationsListed("acme", 12))
            await anyio.sleep(1)
            progress.listen(AuditPlanned(12, 12))
            finish(progress, 3)
            await anyio.sleep(1)

        written = terminal.getvalue()
        assert "listing organizations: 12 so far" in written
        assert "3/12 organizations" in written
        assert written.index("12 so far") < written.index("3/12")
        assert written.endswith("\x1b[2K")  # the last line is erased
        assert "\x1b[?25h" in written  # the cursor is back

    @pytest.mark.parametrize("term", ["dumb", "unknown"])
    @pytest.mark.parametrize("mode", ["auto", "on"])
    async def test_a_terminal_that_cannot_be_drawn_on_gets_lines(
        self, mode: str, term: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An editor's shell would show control sequences, or nothing until the end."""
        terminal = _Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("TERM", term)

        async with shown(a_progress(), mode=mode):
            await anyio.sleep(11)

        assert terminal.getvalue().startswith("auditor: 0:10  ")
        assert "\x1b" not in terminal.getvalue()
