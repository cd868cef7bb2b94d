"""Structured logs on stderr: an event's name and its fields, as text or as JSON lines."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

from auditor.cli.summary import printable
from auditor.domain.outcome import Failure
from auditor.engine.events import (
    AuditPlanned,
    BudgetNotShared,
    DiscoveryFailed,
    EntitlementsUntold,
    Event,
    InternalErrorCaught,
    OrganizationBegun,
    OrganizationDone,
    OrganizationsLeft,
    OrganizationsListed,
    PageRead,
    RequestRetried,
)

LOGGER = logging.getLogger("auditor")
LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("text", "json")


def configure(*, level: str, log_format: str) -> None:
    """Send the records of this program and of its libraries to stderr. Called once, by the command."""
    handler = _StderrHandler()
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # Libraries' debug output may show headers, and so keys.
    for library in ("aiohttp", "asyncio"):
        logging.getLogger(library).setLevel(logging.WARNING)


def tell_end(report: Mapping[str, Any], *, target: str | None) -> None:
    """One JSON line in place of the summary for people, whatever the level; *target* None: not written."""
    fields = {key: report[key] for key in ("completeness", "totals", "traffic")}
    record = LOGGER.makeRecord(LOGGER.name, logging.INFO, "", 0, "audit_finished", (), None)
    record.fields = {"report": target, **fields}
    print(JsonFormatter().format(record), file=sys.stderr)


def notice(event: str, *, level: int = logging.INFO, **fields: Any) -> None:
    """Log something that is no event of an audit."""
    _log(level, event, **fields)


def log_event(event: Event) -> None:
    """Listen to a run and log what happens."""
    match event:
        case OrganizationsListed():
            _log(logging.INFO, "organizations_listed", tenant=event.tenant, count=event.count)
        case DiscoveryFailed():
            failed = event.discovery_failure
            _log(logging.WARNING, "discovery_failed", tenant=failed.tenant, **_failure_fields(failed.failure))
        case AuditPlanned():
            _log(logging.INFO, "audit_planned", selected=event.selected, to_audit=event.to_audit)
        case PageRead():
            _log(logging.DEBUG, "page_read", organization_id=event.organization_id, rows=event.rows)
        case RequestRetried():
            _log(
                logging.INFO,
                "request_retried",
                organization_id=event.organization_id,
                failure_class=event.failure_class.value,
                http_status=event.http_status,
                attempt=event.attempt,
                wait_seconds=round(event.wait_seconds, 3),
            )
        case OrganizationBegun():
            _log(
                logging.DEBUG,
                "organization_begun",
                organization_id=event.organization_id,
                tenant=event.tenant,
            )
        case OrganizationDone():
            _log_result(event)
        case BudgetNotShared() | EntitlementsUntold() | OrganizationsLeft():
            _log_lack(event)
        case InternalErrorCaught():
            LOGGER.error(
                "internal_error",
                extra={"fields": {"organization_id": event.organization_id}},
                exc_info=event.error,
            )


def _log_lack(event: BudgetNotShared | EntitlementsUntold | OrganizationsLeft) -> None:
    """What the run does without."""
    match event:
        case BudgetNotShared():
            _log(logging.WARNING, "budget_not_shared", reason=event.reason)
        case EntitlementsUntold():
            _log(logging.WARNING, "entitlements_untold", tenant=event.tenant, reason=event.reason)
        case OrganizationsLeft():
            _log(logging.INFO, "organizations_left", count=event.count, **_failure_fields(event.failure))


def _log_result(event: OrganizationDone) -> None:
    result = event.result
    ending = _failure_fields(result.ending) if isinstance(result.ending, Failure) else {}
    _log(
        logging.INFO,
        "organization_done",
        organization_id=result.organization.id,
        tenant=result.tenant,
        status=result.status.value,
        pages=result.pages,
        **ending,
    )


def _failure_fields(failure: Failure) -> dict[str, Any]:
    return {
        "failure_class": failure.failure_class.value,
        "message": failure.message,
        "http_status": failure.http_status,
        "attempts": failure.attempts,
        "request_id": failure.request_id,
    }


def _log(level: int, event: str, **fields: Any) -> None:
    if LOGGER.isEnabledFor(level):
        LOGGER.log(level, event, extra={"fields": fields})


class _StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to whatever `sys.stderr` is now, so that lines appear above a live display."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


class JsonFormatter(logging.Formatter):
    """One JSON object per line: time, level, event, then the event's fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Render *record* as one line."""
        import orjson  # noqa: PLC0415 - text logs do without

        line = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **_fields_of(record),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


class TextFormatter(logging.Formatter):
    """`07:13:51Z WARNING discovery_failed tenant=default ...`; values are quoted where they hold spaces."""

    def format(self, record: logging.LogRecord) -> str:
        """Render *record* as one line, and its traceback below."""
        time = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%SZ")
        fields = "".join(f" {key}={_as_text(value)}" for key, value in _fields_of(record).items())
        lines = [f"{time} {record.levelname} {printable(record.getMessage())}{fields}"]
        if record.exc_info:
            lines += map(printable, self.formatException(record.exc_info).split("\n"))
        return "\n".join(lines)


def _fields_of(record: logging.LogRecord) -> Mapping[str, Any]:
    fields: Mapping[str, Any] = getattr(record, "fields", {})
    return {key: value for key, value in fields.items() if value is not None}


def _as_text(value: object) -> str:
    text = printable(str(value))
    if text and not set(text) & {" ", '"', "="}:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
