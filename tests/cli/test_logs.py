from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.cli.logs import LOGGER, JsonFormatter, TextFormatter, configure, log_event
from auditor.domain.outcome import Failure, FailureClass
from auditor.domain.result import DiscoveryFailure
from auditor.engine.audit import cut_short
from auditor.engine.events import (
    AuditPlanned,
    DiscoveryFailed,
    EntitlementsUntold,
    Event,
    InternalErrorCaught,
    OrganizationDone,
    OrganizationsLeft,
    OrganizationsListed,
    PageRead,
    RequestRetried,
)
from tests.report.evidences import SERVER, a_result

AT = 1_772_366_401.25  # 2026-03-01T12:00:01.25Z
HOSTILE = 'a\x1b[2J\r\n12:00:00Z ERROR forged\x00 "b"\u202e'


def a_record(
    message: str = "page_read", *, level: int = logging.INFO, error: Exception | None = None, **fields: Any
) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("auditor", level, __file__, 1, message, (), info)
    record.created = AT
    record.fields = fields
    return record


def raised(error: Exception) -> Exception:
    """*error* with a traceback, as it comes out of an `except`."""
    try:
        raise error
    except type(error) as caught:
        return caught


class TestText:
    def test_a_line_is_time_level_event_and_fields(self) -> None:
        """Fields that are not known are left out."""
        record = a_record("request_retried", organization_id="501", http_status=None, wait_seconds=0.5)

        assert TextFormatter().format(record) == (
            "12:00:01Z INFO request_retried organization_id=501 wait_seconds=0.5"
        )

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("plain", "plain"),
            (7, "7"),
            ("", '""'),
            ("two words", '"two words"'),
            ("a=b", '"a=b"'),
            ('say "no"', '"say \\"no\\""'),
            ('back\\slash "', '"back\\\\slash \\""'),
        ],
    )
    def test_values_that_could_be_misread_are_quoted(self, value: object, text: str) -> None:
        """A value ends where it ends, whatever is in it."""
        assert TextFormatter().format(a_record("e", field=value)) == f"12:00:01Z INFO e field={text}"

    def test_control_characters_are_neutralised(self) -> None:
        """A name from the API can neither forge a line nor command the terminal."""
        line = TextFormatter().format(a_record(HOSTILE, field=HOSTILE))

        assert line == (
            '12:00:01Z INFO a?[2J??12:00:00Z ERROR forged? "b"?'
            ' field="a?[2J??12:00:00Z ERROR forged? \\"b\\"?"'
        )

    def test_a_traceback_follows_line_by_line_without_control_characters(self) -> None:
        """What a library put into its error is no more trusted than the rest."""
        text = TextFormatter().format(a_record("internal_error", error=raised(ValueError("bad \x1b[2J"))))

        first, second, *_, last = text.split("\n")
        assert (first, second) == ("12:00:01Z INFO internal_error", "Traceback (most recent call last):")
        assert last == "ValueError: bad ?[2J"

    @given(st.text(), st.text())
    def test_one_record_is_one_line_of_printable_text(self, message: str, value: str) -> None:
        """Whatever it holds."""
        assert TextFormatter().format(a_record(message, field=value)).isprintable()


class TestJson:
    def test_a_line_is_one_object(self) -> None:
        """Time in UTC, level, event, then the fields that are known."""
        record = a_record("request_retried", organization_id="501", http_status=None, wait_seconds=0.5)

        assert JsonFormatter().format(record) == (
            '{"time":"2026-03-01T12:00:01.250000+00:00","level":"info","event":"request_retried",'
            '"organization_id":"501","wait_seconds":0.5}'
        )

    def test_a_traceback_is_a_field(self) -> None:
        """Still one line, for collectors that read line by line."""
        line = JsonFormatter().format(a_record("internal_error", error=raised(ValueError("bad"))))

        assert "\n" not in line
        assert json.loads(line)["traceback"].endswith("ValueError: bad")

    @given(st.text(st.characters(exclude_categories=["Cs"])))
    def test_any_text_survives_on_one_line_of_ascii_controls_free_json(self, value: str) -> None:
        """JSON escapes what the text form replaces."""
        line = JsonFormatter().format(a_record(value, field=value))

        assert not set(line) & {chr(code) for code in range(32)}
        assert json.loads(line)["field"] == json.loads(line)["event"] == value


FAILED = a_result("501", pages=[], ending=SERVER)
FAILURE_FIELDS = {
    "failure_class": "server",
    "message": "the server failed",
    "http_status": 503,
    "attempts": 5,
    "request_id": "r-1",
}

EVENTS: list[tuple[Event, str, str, dict[str, Any]]] = [
    (OrganizationsListed("acme", 9), "INFO", "organizations_listed", {"tenant": "acme", "count": 9}),
    (
        DiscoveryFailed(DiscoveryFailure("acme", SERVER)),
        "WARNING",
        "discovery_failed",
        {"tenant": "acme", **FAILURE_FIELDS},
    ),
    (AuditPlanned(9, 7), "INFO", "audit_planned", {"selected": 9, "to_audit": 7}),
    (PageRead("501", 1000), "DEBUG", "page_read", {"organization_id": "501", "rows": 1000}),
    (
        RequestRetried("501", FailureClass.TIMEOUT, None, 2, 1.23456),
        "INFO",
        "request_retried",
        {
            "organization_id": "501",
            "failure_class": "timeout",
            "http_status": None,
            "attempt": 2,
            "wait_seconds": 1.235,
        },
    ),
    (
        EntitlementsUntold("acme", "the API key may not read this"),
        "WARNING",
        "entitlements_untold",
        {"tenant": "acme", "reason": "the API key may not read this"},
    ),
    (
        OrganizationsLeft({"per-device": 2, None: 1}, cut_short("the deadline of 8 s came")),
        "INFO",
        "organizations_left",
        {
            "count": 3,
            "failure_class": "deadline",
            "message": "not finished: the deadline of 8 s came",
            "http_status": None,
            "attempts": 0,
            "request_id": None,
        },
    ),
    (
        OrganizationDone(a_result("501")),
        "INFO",
        "organization_done",
        {"organization_id": "501", "tenant": "acme", "status": "audited", "pages": 1},
    ),
    (
        OrganizationDone(FAILED),
        "INFO",
        "organization_done",
        {"organization_id": "501", "tenant": "acme", "status": "failed", "pages": 0, **FAILURE_FIELDS},
    ),
]


class TestEvents:
    @pytest.mark.parametrize(("event", "level", "name", "fields"), EVENTS, ids=[row[2] for row in EVENTS])
    def test_each_event_has_its_level_name_and_fields(
        self,
        event: Event,
        level: str,
        name: str,
        fields: dict[str, Any],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """Log pipelines rely on these names."""
        with caplog.at_level(logging.DEBUG, "auditor"):
            log_event(event)

        (record,) = caplog.records
        assert (record.levelname, record.getMessage()) == (level, name)
        assert vars(record)["fields"] == fields

    def test_a_defect_is_logged_with_its_traceback(self, caplog: pytest.LogCaptureFixture) -> None:
        """The one thing that a report cannot tell."""
        error = raised(ZeroDivisionError("1/0"))

        log_event(InternalErrorCaught("501", error))

        (record,) = caplog.records
        assert (record.levelname, record.getMessage()) == ("ERROR", "internal_error")
        assert vars(record)["fields"] == {"organization_id": "501"}
        assert record.exc_info is not None
        assert record.exc_info[1] is error

    def test_below_the_level_nothing_is_made(self, caplog: pytest.LogCaptureFixture) -> None:
        """Thousands of pages are not worth a record each when nobody looks."""
        with caplog.at_level(logging.WARNING, "auditor"):
            log_event(PageRead("501", 1000))

        assert caplog.records == []


class TestConfigure:
    @pytest.fixture(autouse=True)
    def _put_back(self) -> Iterator[None]:
        loggers = [logging.getLogger(name) for name in (None, "aiohttp", "asyncio")]
        levels, handlers = [one.level for one in loggers], list(loggers[0].handlers)
        yield
        loggers[0].handlers = handlers
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)

    def test_lines_of_the_chosen_level_go_to_stderr_in_the_chosen_form(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The report has stdout for itself."""
        configure(level="info", log_format="json")
        log_event(AuditPlanned(2, 1))
        log_event(PageRead("501", 3))

        captured = capsys.readouterr()
        assert captured.out == ""
        (line,) = captured.err.splitlines()
        assert json.loads(line)["event"] == "audit_planned"

    def test_lines_follow_stderr_wherever_it_goes(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A live display puts itself in the place of stderr and prints lines above itself."""
        configure(level="info", log_format="text")
        monkeypatch.setattr(sys, "stderr", sys.stdout)

        log_event(AuditPlanned(2, 1))

        captured = capsys.readouterr()
        assert captured.out.endswith("INFO audit_planned selected=2 to_audit=1\n")
        assert captured.err == ""

    def test_libraries_keep_their_details_to_themselves(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Debug output of an HTTP library may show headers, and so the key."""
        configure(level="debug", log_format="text")

        logging.getLogger("aiohttp.client").debug("Authorization: Bearer feedc0de")
        logging.getLogger("asyncio").info("Using selector")
        logging.getLogger("aiohttp.client").warning("noticed")

        (line,) = capsys.readouterr().err.splitlines()
        assert line.endswith("WARNING noticed")

    def test_configuring_twice_does_not_double_the_lines(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The command configures; an embedder may have done so before."""
        for _ in range(2):
            configure(level="warning", log_format="text")

        LOGGER.warning("once")

        assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_failure_without_an_answer_has_no_status() -> None:
    """None is left out of the line, not written as a word."""
    failure = Failure(FailureClass.TIMEOUT, "no answer", attempts=5)
    record = a_record("e", http_status=failure.http_status, attempts=failure.attempts)

    assert TextFormatter().format(record).endswith(" e attempts=5")
