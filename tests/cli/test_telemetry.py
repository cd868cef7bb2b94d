from __future__ import annotations

import logging
import sys
from typing import Any

import pytest

from auditor.cli import telemetry_observer
from auditor.cli.logs import log_event
from auditor.cli.telemetry import INSTALL, NOBODY, observing, wanted_signals
from auditor.engine.events import OrganizationBegun
from auditor.settings.model import Settings

URL = "http://collector.test:4318"
SOMEWHERE = {"OTEL_EXPORTER_OTLP_ENDPOINT": URL}


def notices(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, dict[str, Any]]]:
    """Level, name and fields of what was logged."""
    return [(one.levelname, one.getMessage(), vars(one)["fields"]) for one in caplog.records]


class TestWanted:
    @pytest.mark.parametrize(
        ("environment", "signals"),
        [
            ({}, ()),
            ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, ()),
            ({"OTEL_EXPORTER_OTLP_ENDPOINT": "  "}, ()),
            (SOMEWHERE, ("TRACES", "METRICS")),
            ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": URL}, ("TRACES",)),
            ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": URL}, ("METRICS",)),
            ({"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": URL}, ()),
            (SOMEWHERE | {"OTEL_SDK_DISABLED": "true"}, ()),
            (SOMEWHERE | {"OTEL_SDK_DISABLED": "TRUE "}, ()),
            (SOMEWHERE | {"OTEL_SDK_DISABLED": "false"}, ("TRACES", "METRICS")),
            (SOMEWHERE | {"OTEL_TRACES_EXPORTER": "none"}, ("METRICS",)),
            (SOMEWHERE | {"OTEL_METRICS_EXPORTER": "console"}, ("TRACES",)),
            (SOMEWHERE | {"OTEL_METRICS_EXPORTER": "console,otlp"}, ("TRACES", "METRICS")),
        ],
    )
    def test_a_signal_is_wanted_where_it_has_somewhere_to_go(
        self, environment: dict[str, str], signals: tuple[str, ...]
    ) -> None:
        """And is not switched off; a variable that is empty counts as not set."""
        assert wanted_signals(environment) == signals

    def test_where_none_is_nobody_listens(self) -> None:
        """An event then costs what it cost before."""
        with observing(Settings(), {}) as observer:
            assert observer is NOBODY
            assert observer.listener is None
            observer.conclude({}, 0)


class TestTrouble:
    def test_a_protocol_that_is_not_spoken_is_told(self, caplog: pytest.LogCaptureFixture) -> None:
        """To speak HTTP to a port for gRPC would fail in the dark."""
        environment = SOMEWHERE | {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
        with observing(Settings(), environment) as observer:
            assert observer is NOBODY

        fields = {"reason": "OTEL_EXPORTER_OTLP_PROTOCOL is grpc", "hint": "set it to http/protobuf"}
        assert notices(caplog) == [("WARNING", "telemetry_off", fields)]

    def test_a_missing_extra_is_told(
        self, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With the command that installs it."""
        monkeypatch.setitem(sys.modules, "auditor.cli.telemetry_observer", None)
        with observing(Settings(), SOMEWHERE) as observer:
            assert observer is NOBODY

        ((level, name, fields),) = notices(caplog)
        assert (level, name, fields["hint"]) == ("WARNING", "telemetry_off", INSTALL)

    def test_an_sdk_that_cannot_be_set_up_is_told_without_its_words(
        self, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """They may repeat a header, and that may be a secret."""

        def fail(*_: object) -> None:
            raise ValueError("authorization=swordfish")

        monkeypatch.setattr(telemetry_observer, "begin", fail)
        with observing(Settings(), SOMEWHERE) as observer:
            assert observer is NOBODY

        ((level, name, fields),) = notices(caplog)
        assert (level, name) == ("WARNING", "telemetry_off")
        assert fields["reason"] == "the OpenTelemetry SDK could not be set up: ValueError"


def test_the_begin_of_an_organization_is_logged_for_whoever_looks_closely(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With the tenant whose key asks."""
    with caplog.at_level(logging.DEBUG, "auditor"):
        log_event(OrganizationBegun("501", "acme"))

    fields = {"organization_id": "501", "tenant": "acme"}
    assert notices(caplog) == [("DEBUG", "organization_begun", fields)]
