"""OpenTelemetry traces and metrics of a run: off, and nothing of it imported, unless an endpoint is set.

The variables are those of OpenTelemetry itself, and what they say of endpoints, headers, certificates,
names and sampling is left to its SDK. Only whether there is anything to send is decided here, before the
SDK is imported. It comes with the extra `otel` and speaks OTLP over HTTP.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final, Protocol

from auditor.cli import logs
from auditor.engine.events import Listener
from auditor.settings.model import Settings

SIGNALS: Final = ("TRACES", "METRICS")
PROTOCOL: Final = "http/protobuf"
INSTALL: Final = "pip install 'auditor[otel]'"


class Observer(Protocol):
    """Who watches a run. *listener* is None where nobody does."""

    @property
    def listener(self) -> Listener | None:
        """What has to hear of the run's events."""
        ...

    def conclude(self, report: Mapping[str, Any], code: int) -> None:
        """Take in what *report* says at the end of a run that exits with *code*."""
        ...


class _Nobody:
    listener: Listener | None = None

    def conclude(self, report: Mapping[str, Any], code: int) -> None:
        pass


NOBODY: Final = _Nobody()


def observing(settings: Settings, environment: Mapping[str, str]) -> AbstractContextManager[Observer]:
    """Who watches the run inside of the block, as *environment* wants it.

    At the end of the block all that was gathered is sent, within seconds: see `telemetry_delivery`.
    Whatever goes wrong with that is one warning, and changes nothing else.
    """
    signals = wanted_signals(environment)
    return _set_up(settings, environment, signals) if signals else nullcontext(NOBODY)


def wanted_signals(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Which of `SIGNALS` have somewhere to go, and are not switched off."""
    if _value(environment, "OTEL_SDK_DISABLED") == "true":
        return ()
    return tuple(signal for signal in SIGNALS if _is_wanted(signal, environment))


def _is_wanted(signal: str, environment: Mapping[str, str]) -> bool:
    exporters = _value(environment, f"OTEL_{signal}_EXPORTER")
    return bool(_of_signal(environment, signal, "ENDPOINT")) and (not exporters or "otlp" in exporters)


def _of_signal(environment: Mapping[str, str], signal: str, name: str) -> str:
    """What is set for *signal* alone, else for all signals."""
    own = _value(environment, f"OTEL_EXPORTER_OTLP_{signal}_{name}")
    return own or _value(environment, f"OTEL_EXPORTER_OTLP_{name}")


def _value(environment: Mapping[str, str], name: str) -> str:
    """Empty where it is not set: to OpenTelemetry that is the same."""
    return environment.get(name, "").strip().lower()


def _set_up(
    settings: Settings, environment: Mapping[str, str], signals: tuple[str, ...]
) -> AbstractContextManager[Observer]:
    spoken = {one: _of_signal(environment, one, "PROTOCOL") or PROTOCOL for one in signals}
    foreign = sorted(set(spoken.values()) - {PROTOCOL})
    if foreign:
        return _off(f"OTEL_EXPORTER_OTLP_PROTOCOL is {', '.join(foreign)}", f"set it to {PROTOCOL}")
    try:
        # Imported here: hardly any run is watched, and this takes a tenth of a second.
        from auditor.cli.telemetry_observer import begin  # noqa: PLC0415

        return begin(settings, environment, signals)
    except ImportError:
        return _off("an OTLP endpoint is set, and the extra otel is not installed", INSTALL)
    except Exception as error:  # noqa: BLE001 - the audit is worth more than what is told of it
        kind = type(error).__name__
        return _off(f"the OpenTelemetry SDK could not be set up: {kind}", "see the OTEL_... variables")


def _off(reason: str, hint: str) -> AbstractContextManager[Observer]:
    logs.notice("telemetry_off", level=logging.WARNING, reason=reason, hint=hint)
    return nullcontext(NOBODY)
