from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from auditor.cli import telemetry_delivery
from auditor.cli.telemetry_delivery import Delivery, Metering, Tracing
from auditor.cli.telemetry_observer import RunObserver, begin
from auditor.engine.events import AuditPlanned
from auditor.settings.model import Settings
from tests.engine.raw_server import closed_port

SDK = logging.getLogger("opentelemetry.exporter")


@pytest.fixture(autouse=True)
def _loggers_put_back() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in ("opentelemetry", "urllib3", "requests")]
    before = [(one.handlers, one.propagate, one.level) for one in loggers]
    yield
    for logger, (handlers, propagate, level) in zip(loggers, before, strict=True):
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


@pytest.fixture
def answers() -> Iterator[list[str]]:
    """What a collector answers, one after another, the last for good; its URL comes first."""
    said: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            code, _, reason = (said.pop(0) if len(said) > 1 else said[0]).partition(" ")
            self.send_response(int(code), reason)
            self.send_header("Content-Length", "0")
            self.send_header("Retry-After", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        said.append(f"http://127.0.0.1:{server.server_address[1]}")
        yield said
        server.shutdown()
        thread.join()


def reasons(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Of the warnings that were given."""
    assert all((one.levelname, one.name) == ("WARNING", "auditor") for one in caplog.records)
    return [vars(one)["fields"]["reason"] for one in caplog.records]


def send(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A span and a metric."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
    delivery, tracing, metering = Delivery({}), Tracing({}), Metering()
    tracing.tracer.start_span("one").end()
    metering.meter.create_counter("one").add(1)
    delivery.deliver([tracing.flush, metering.flush])


class TestCollectors:
    def test_one_that_is_busy_for_a_moment_is_no_trouble(
        self, answers: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """What is sent in the end is not complained of."""
        url = answers.pop()
        answers += ["503 Busy", "503 Busy", "200 OK"]
        send(url, monkeypatch)

        assert reasons(caplog) == []
        assert answers == ["200 OK"]

    def test_one_that_is_broken_is_told_once(
        self, answers: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Though neither traces nor metrics get through."""
        url = answers.pop()
        answers += ["500 Out of paper"]
        send(url, monkeypatch)

        (reason,) = reasons(caplog)
        assert reason.endswith("batch code: 500, reason: Out of paper")

    def test_one_that_is_not_there_is_told_with_its_address(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """After the SDK has tried again, for as long as it may."""
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1.5")
        port = closed_port()
        send(f"http://127.0.0.1:{port}", monkeypatch)

        (reason,) = reasons(caplog)
        assert reason.startswith("Failed to export ")
        assert f"port={port}" in reason
        assert "Connection refused" in reason


class TestDelivery:
    def test_it_is_given_up_in_time(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """What never ends keeps nobody, and does not keep the other from being sent."""
        monkeypatch.setattr(telemetry_delivery, "FLUSH_SECONDS", 0.1)
        never, sent = threading.Event(), threading.Event()

        Delivery({}).deliver([never.wait, sent.set])

        assert reasons(caplog) == ["not all was sent within 0.1 s: no answer"]
        assert sent.is_set()
        never.set()

    def test_a_key_pressed_meanwhile_gives_up_only_this(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The report is written, and the exit code stands."""

        def interrupted(*_: object) -> bool:
            raise KeyboardInterrupt

        monkeypatch.setattr(Delivery, "_are_done", interrupted)

        Delivery({}).deliver([])

        assert len(reasons(caplog)) == 1

    def test_a_defect_in_the_sdk_stays_there(self, caplog: pytest.LogCaptureFixture) -> None:
        """Wherever it strikes: at an event, at the end, in a thread."""

        def broken(*_: object) -> Any:
            raise ZeroDivisionError("secret")

        class Broken:
            listen = conclude = close = broken

        broken_one: Any = Broken()
        with RunObserver(Delivery({}), [broken], broken_one, None) as observer:
            assert observer.listener is not None
            observer.listener(AuditPlanned(1, 1))
            observer.conclude({}, 0)

        assert reasons(caplog) == ["ZeroDivisionError while telemetry was gathered"]

    def test_what_the_sdk_logs_is_kept_from_stderr(
        self, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Its tracebacks as well as the chatter of the HTTP client under it."""
        delivery = Delivery({})
        logging.getLogger("urllib3.connectionpool").warning("Retrying")
        SDK.info("nothing to see")
        SDK.error("Exception while exporting", exc_info=ZeroDivisionError())
        SDK.error("and again")

        delivery.deliver([])

        assert reasons(caplog) == ["Exception while exporting (Retrying)"]
        assert capsys.readouterr().err == ""

    def test_secrets_of_the_collector_are_masked(self, caplog: pytest.LogCaptureFixture) -> None:
        """Tokens in headers, and URLs that are tokens by themselves."""
        environment = {
            "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Basic swordfish, bare",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://collector.test/t0ken",
        }
        delivery = Delivery(environment)
        SDK.warning("No such thing: bare; Basic swordfish; https://collector.test/t0ken with url: /t0ken x")

        delivery.deliver([])

        assert reasons(caplog) == ["No such thing: ****; ****; **** x"]

    def test_a_long_story_is_cut(self, caplog: pytest.LogCaptureFixture) -> None:
        """A collector's own words are not trusted to be few."""
        delivery = Delivery({})
        SDK.error("x" * 10_000)

        delivery.deliver([])

        assert [len(reason) for reason in reasons(caplog)] == [300]


class TestQueue:
    @pytest.mark.parametrize(
        ("environment", "size"), [({}, 20_000), ({"OTEL_BSP_MAX_QUEUE_SIZE": "600"}, 600)]
    )
    def test_it_holds_a_fleet_unless_the_environment_says_otherwise(
        self, environment: dict[str, str], size: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What is settled without a request comes all at once."""
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        tracing = Tracing(environment)
        (processor,) = tracing._provider._active_span_processor._span_processors
        batch: Any = processor

        assert batch._batch_processor._max_queue_size == size
        tracing.flush()


@pytest.mark.parametrize(("signals", "is_traced"), [(("TRACES",), True), (("METRICS",), False)])
def test_only_what_is_wanted_is_set_up(signals: tuple[str, ...], *, is_traced: bool) -> None:
    """An endpoint for one of both is no reason to send the other somewhere else."""
    observer = begin(Settings(), {}, signals)

    assert (observer._trace is not None) is is_traced
    assert (observer._metrics is not None) is not is_traced
