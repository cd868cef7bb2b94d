"""One response, read once, as what is to be done about it.

    Page         rows (or one object) to decode, and perhaps a next page
    RetryLater   the same request may succeed in a while
    Refused      it will not: the organization fails, or is skipped for a known reason
    Redirected   ask there instead

Nothing here waits, counts attempts or follows anything; the engine does. Decisions are made on the
status and on the parsed error texts of the vendor, never on words found somewhere in a body.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

from auditor.domain.outcome import Failure, FailureClass, Skip, SkipReason
from auditor.errors import PaginationError
from auditor.wire.body import clean_text, describe_body, is_json, is_list, is_object, vendor_errors
from auditor.wire.link import next_url
from auditor.wire.message import Request, Response, Shape
from auditor.wire.origin import Origin, name_place, resolve
from auditor.wire.retry import parse_retry_after

# Error texts as recorded from the live API; matched in part and in any case.
API_DISABLED_TEXTS: Final = ("must first enable api access", "api access is disabled")
UNSUPPORTED_MODEL_TEXTS: Final = ("does not support per-device licensing",)
RATE_LIMIT_TEXTS: Final = ("rate limit exceeded",)

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NOT_WHOLE: Final = {
    203: "something on the way changed the answer",
    205: "an answer without content",
    206: "a part of the answer, where the whole was asked for",
}
"""Successes whose body is not the list that the API gave, however much it looks like one (RFC 9110, 15.3)."""


class BudgetScope(StrEnum):
    """Whose call budget a 429 speaks of."""

    ORGANIZATION = "organization"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Page:
    """A body that looks like the JSON that was asked for, and the URL of the page after it.

    *broken_link* is set when there is a next page, or may be one, that must not be followed: the rows
    of this page are good, and the list stays incomplete. *next_url* is None then, too. To a request for an
    `OPTIONAL_LIST` the body may also be the vendor's errors, of a 404: there is nothing to list.
    """

    body: bytes = field(repr=False)
    next_url: str | None = None
    broken_link: Failure | None = None


@dataclass(frozen=True, slots=True)
class RetryLater:
    """Not now. *retry_after* is the server's wish in seconds; *scope* is set for a 429 only.

    *http_status* is None when no answer arrived at all, which the engine finds out by itself.
    """

    failure_class: FailureClass
    message: str
    http_status: int | None = None
    retry_after: float | None = None
    scope: BudgetScope | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """No, for good. A failure's `attempts` is 0 here: only the engine knows how often it asked."""

    outcome: Failure | Skip


@dataclass(frozen=True, slots=True)
class Redirected:
    """Ask at *url*, which the origin admits. How many hops are too many is the engine's to say."""

    url: str


Answer: TypeAlias = Page | RetryLater | Refused | Redirected


def read_answer(request: Request, response: Response, *, origin: Origin) -> Answer:
    """What *response* to *request* means, for a key that belongs to *origin*. Never raises."""
    status = response.status
    if 200 <= status <= 299:  # noqa: PLR2004  # the classes of RFC 9110, 15
        return _read_success(request, response, origin)
    if status in _REDIRECTS:
        return _read_redirect(response, origin)
    if status == 429:  # noqa: PLR2004
        return _rate_limited(request, response)
    if 500 <= status <= 599:  # noqa: PLR2004  # 530 included: met in the wild, and passing
        return _retry(response, FailureClass.SERVER, "the server failed")
    if status == 408:  # noqa: PLR2004  # Request Timeout: RFC 9110 invites to repeat it
        return _retry(response, FailureClass.TIMEOUT, "the server gave up waiting for the request")
    is_answer = request.shape is Shape.OPTIONAL_LIST and _says_there_is_none(response)
    return Page(response.body) if is_answer else Refused(_read_refusal(response))


def _read_success(request: Request, response: Response, origin: Origin) -> Answer:
    if response.status in _NOT_WHOLE:
        return _retry(response, FailureClass.BAD_RESPONSE, _NOT_WHOLE[response.status])
    body = response.body
    may_be_object = request.shape is Shape.LIST_OR_OBJECT and not is_list(body)
    if request.shape is Shape.OBJECT or may_be_object:
        return Page(body) if is_object(body) else _read_oddity(request, response)
    if not is_list(body):
        return _read_oddity(request, response)
    try:
        return Page(body, next_url(response, origin=origin))
    except PaginationError as error:
        return Page(body, broken_link=_failure(response, FailureClass.PAGINATION, str(error)))


def _read_oddity(request: Request, response: Response) -> Answer:
    if _mentions(vendor_errors(response.body), RATE_LIMIT_TEXTS):
        return _rate_limited(request, response)
    message = f"expected a JSON {request.shape}"
    if is_json(response.body):  # complete and of another shape: it would come again
        return Refused(_failure(response, FailureClass.BAD_RESPONSE, _told(response, message)))
    return _retry(response, FailureClass.BAD_RESPONSE, message)


def _read_redirect(response: Response, origin: Origin) -> Answer:
    location = response.header("Location")
    if not location:
        return _bad_redirect(response, "redirected without saying where to")
    try:
        url = resolve(location, base=response.url)
    except ValueError:
        return _bad_redirect(response, "redirected to an address that cannot be read")
    if origin.admits(url):
        return Redirected(url)
    place = name_place(url)
    return _bad_redirect(
        response, f"redirected to {place}, outside of {origin}: not followed, the key was not sent there"
    )


def _bad_redirect(response: Response, message: str) -> Refused:
    return Refused(_failure(response, FailureClass.BAD_RESPONSE, f"{message} (HTTP {response.status})"))


def _rate_limited(request: Request, response: Response) -> RetryLater:
    # A call that names no organization draws on the address alone; and a 429 in HTML or without a body
    # comes from the web server in front, which counts addresses.
    if request.organization_id is not None and vendor_errors(response.body):
        message, scope = "too many requests to this organization", BudgetScope.ORGANIZATION
    else:
        message, scope = "too many requests from this address", BudgetScope.ADDRESS
    return _retry(response, FailureClass.RATE_LIMITED, message, scope=scope)


def _retry(
    response: Response, failure_class: FailureClass, message: str, *, scope: BudgetScope | None = None
) -> RetryLater:
    retry_after = parse_retry_after(response.header("Retry-After"), response_date=response.header("Date"))
    return RetryLater(
        failure_class=failure_class,
        message=_told(response, message),
        http_status=response.status,
        retry_after=retry_after,
        scope=scope,
        request_id=_request_id(response),
    )


def _read_refusal(response: Response) -> Failure | Skip:
    errors = vendor_errors(response.body)
    match response.status:
        case 400 if _mentions(errors, UNSUPPORTED_MODEL_TEXTS):
            return Skip(SkipReason.UNSUPPORTED_MODEL, clean_text("; ".join(errors)))
        case 404 if _mentions(errors, API_DISABLED_TEXTS):
            return Skip(SkipReason.API_DISABLED, clean_text("; ".join(errors)))
        case 401:
            kind, message = FailureClass.AUTH, "the API key is missing, wrong or revoked"
        case 402:
            kind, message = (
                FailureClass.FORBIDDEN,
                "the organization is not entitled to this: nothing was read",
            )
        case 403:
            kind, message = FailureClass.FORBIDDEN, "the API key may not read this"
        case 404:
            kind, message = FailureClass.NOT_FOUND, "there is no such organization or path"
        case _:
            kind, message = FailureClass.BAD_RESPONSE, "the request was refused"
    return _failure(response, kind, _told(response, message))


def _says_there_is_none(response: Response) -> bool:
    """A 404 in the vendor's own form; one of a proxy or of a wrong path has none.

    That it says so is a third party's observation, which the vendor's description does not confirm.
    """
    errors = vendor_errors(response.body)
    is_none = response.status == 404 and bool(errors)  # noqa: PLR2004
    return is_none and not _mentions(errors, API_DISABLED_TEXTS)


def _mentions(errors: tuple[str, ...], texts: tuple[str, ...]) -> bool:
    said = " ".join(errors).casefold()
    return any(text in said for text in texts)


def _told(response: Response, message: str) -> str:
    """*message* with the status and what came instead of rows, in the vendor's words if it has any."""
    said = clean_text("; ".join(vendor_errors(response.body))) or describe_body(response.body)
    return f"{message} (HTTP {response.status}): {said}"


def _failure(response: Response, failure_class: FailureClass, message: str) -> Failure:
    return Failure(failure_class, message, http_status=response.status, request_id=_request_id(response))


def _request_id(response: Response) -> str | None:
    return clean_text(response.header("X-Request-Id") or "") or None
