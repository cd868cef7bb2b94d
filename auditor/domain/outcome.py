"""How the audit of one organization ended, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Where an organization ended. The text is the report's `organizations[].status`."""

    AUDITED = "audited"
    PARTIAL = "partial"  # some pages were read, then a failure: the counts are lower bounds
    FAILED = "failed"  # nothing was read
    SKIPPED = "skipped"  # not for this audit, and not an error


class SkipReason(StrEnum):
    """Why an organization was left out on purpose. The text is the report's `reason`."""

    UNSUPPORTED_MODEL = "unsupportedModel"
    API_DISABLED = "apiDisabled"


class FailureClass(StrEnum):
    """What kind of failure, for programs. The text is the report's `errors[].class`."""

    AUTH = "auth"
    FORBIDDEN = "forbidden"
    API_DISABLED = "apiDisabled"  # in the middle of a list; from the start it is a skip
    NOT_FOUND = "notFound"
    UNSUPPORTED_MODEL = "unsupportedModel"  # likewise
    RATE_LIMITED = "rateLimited"
    SERVER = "server"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    BAD_RESPONSE = "badResponse"
    PAGINATION = "pagination"
    DEADLINE = "deadline"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure as the report tells it.

    *attempts* counts every try of the request that failed, the first included; 0 when the request
    was never sent. *request_id* is the vendor's `X-Request-Id`, which its support asks for.
    """

    failure_class: FailureClass
    message: str
    http_status: int | None = None
    attempts: int = 0
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """An organization left out on purpose, with the sentence that says why."""

    reason: SkipReason
    message: str


def as_failure(ending: Failure | Skip) -> Failure:
    """*ending* as a failure: after something was read, a skip is no reason to leave out what was."""
    return Failure(FailureClass(ending.reason.value), ending.message) if isinstance(ending, Skip) else ending
