"""Faults made visible: what the client gets in place of the right reply."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs

from auditor.simulator.faults import FaultKind
from auditor.simulator.paging import AGAIN, LOWEST, write_link
from auditor.simulator.reply import (
    API_DISABLED_TEXT,
    FORBIDDEN,
    INVALID_KEY,
    NOT_ENTITLED,
    NOT_FOUND,
    OTHER_WORDS,
    PARTIAL_CONTENT,
    Ask,
    Reply,
    api_disabled_shard,
    errors,
    html,
    organization_limited,
    unsupported_model,
)

STRANGER = "https://api.dashboard.invalid"
"""A host that can never exist (RFC 2606), so a client that follows there harms nobody."""

RETRY_AFTER_SECONDS = 1

INSTEAD: Mapping[FaultKind, Reply] = {
    FaultKind.STATUS_500: errors(500, "Internal server error"),
    FaultKind.STATUS_502: html(502, "Bad Gateway"),
    FaultKind.STATUS_503: html(503, "Service Temporarily Unavailable"),
    FaultKind.STATUS_504: html(504, "Gateway Time-out"),
    FaultKind.STATUS_530: html(530, "Origin Unavailable"),
    FaultKind.RATE_LIMITED: organization_limited(str(RETRY_AFTER_SECONDS)),
    FaultKind.RATE_LIMITED_DECIMAL: organization_limited("0.25"),
    FaultKind.HTML: html(200, "Scheduled maintenance"),
    FaultKind.EMPTY_BODY: Reply(200),
    FaultKind.WRONG_SHAPE: errors(200, "API rate limit exceeded for organization"),
    FaultKind.NOT_FOUND: NOT_FOUND,
    FaultKind.UNAUTHORIZED: INVALID_KEY,
    FaultKind.FORBIDDEN: FORBIDDEN,
    FaultKind.API_DISABLED_TEXT: API_DISABLED_TEXT,
    FaultKind.OTHER_WORDS: OTHER_WORDS,
    FaultKind.NOT_ENTITLED: NOT_ENTITLED,
    FaultKind.PARTIAL_CONTENT: PARTIAL_CONTENT,
}


ABOUT_ORGANIZATION: Mapping[FaultKind, Callable[[str], Reply]] = {
    FaultKind.API_DISABLED_SHARD: api_disabled_shard,
    FaultKind.UNSUPPORTED_MODEL: unsupported_model,
}


def spoil(
    kind: FaultKind, ask: Ask, answer: Callable[[Ask], Reply], *, wall_clock: datetime, slow_seconds: float
) -> Reply:
    """Reply to *ask* as *kind* has it.

    *answer* gives the right reply and is asked only where some of it is used. *wall_clock* is the
    time of day in UTC, for a `Retry-After` in the form of a date.
    """
    if kind in INSTEAD:
        return INSTEAD[kind]
    if kind in ABOUT_ORGANIZATION:
        return ABOUT_ORGANIZATION[kind](_organization_of(ask))
    if kind is FaultKind.RATE_LIMITED_DATE:
        due = wall_clock + timedelta(seconds=RETRY_AFTER_SECONDS)
        return organization_limited(format_datetime(due, usegmt=True))
    return _bend(kind, ask, answer(ask), slow_seconds)


def _organization_of(ask: Ask) -> str:
    """The organization that a text can name; 0 where the request names none."""
    named = ask.values("organizationIds[]")
    if ask.path.startswith("/organizations/"):
        named = (ask.path.split("/")[2],)
    return named[0] if named and named[0] else "0"


def _bend(kind: FaultKind, ask: Ask, right: Reply, slow_seconds: float) -> Reply:
    """Keep the right reply but for one thing."""
    match kind:
        case FaultKind.SLOW:
            return replace(right, delay_seconds=slow_seconds)
        case FaultKind.RESET:
            return replace(right, breaks_after=0.0 if len(ask.target) % 2 else 0.5)
        case FaultKind.TRUNCATED:
            return replace(right, body=right.body[: len(right.body) // 2])
        case _:
            return replace(right, headers={**right.headers, "Link": _wrong_link(kind, ask, right)})


def _wrong_link(kind: FaultKind, ask: Ask, right: Reply) -> str:
    path, _, query = ask.target.partition("?")
    asked = parse_qs(query, keep_blank_values=True)
    match kind:
        case FaultKind.LINK_LOOP:
            return f"<{ask.origin}{ask.target}>; rel=next"
        case FaultKind.LINK_OFF_HOST:
            return write_link(f"{STRANGER}{path}", {**asked, "startingAfter": "1"}, "next", style="")
        case FaultKind.LINK_UNREADABLE:
            return f"<{ask.origin}{path}?startingAfter=1; rel=next"
        case _:
            token = ask.query.get("startingAfter", LOWEST)
            if token.endswith(AGAIN):
                return right.headers.get("Link", "")
            again = {**asked, "startingAfter": token + AGAIN}
            return write_link(f"{ask.origin}{path}", again, "next", style="")
