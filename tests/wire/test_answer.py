"""Every kind of response, and what is made of it."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.domain.outcome import Failure, FailureClass, Skip, SkipReason
from auditor.wire.answer import Answer, BudgetScope, Page, Redirected, Refused, RetryLater, read_answer
from auditor.wire.message import Request, Response, Shape
from auditor.wire.origin import Origin

ORIGIN = Origin("https://api.meraki.com/api/v1")
URL = "https://api.meraki.com/api/v1/organizations/123/licenses?perPage=1000&startingAfter=planted"
LICENSES = Request(URL, organization_id="123")
OVERVIEW = Request("https://api.meraki.com/api/v1/organizations/123/licenses/overview", "123", Shape.OBJECT)
ORGANIZATIONS = Request("https://api.meraki.com/api/v1/organizations?perPage=9000")
DISABLED_2022 = (
    "API access is disabled for this organization. "
    "To make API requests for this organization you must first enable API access."
)
HTML = b"<!DOCTYPE html><html><body><h1>429 API access is disabled</h1></body></html>"


def _read(status: int, body: bytes = b"", *headers: tuple[str, str], request: Request = LICENSES) -> Answer:
    return read_answer(request, Response.of(request.url, status, headers, body), origin=ORIGIN)


def _retry(
    status: int, body: bytes = b"", *headers: tuple[str, str], request: Request = LICENSES
) -> RetryLater:
    answer = _read(status, body, *headers, request=request)
    assert isinstance(answer, RetryLater)
    return answer


def _failure(status: int, body: bytes = b"", *headers: tuple[str, str]) -> Failure:
    answer = _read(status, body, *headers)
    assert isinstance(answer, Refused)
    assert isinstance(answer.outcome, Failure)
    return answer.outcome


def _errors(*texts: str) -> bytes:
    return orjson.dumps({"errors": texts})


@pytest.mark.parametrize("body", [b"[]", b'[{"id":"1"}]', b' [{"id":"1"}]\r\n'])
def test_a_list_is_a_page(body: bytes) -> None:
    """Without a next link it is the last one."""
    assert _read(200, body) == Page(body, None)


@pytest.mark.parametrize("body", [b"{}", b'{"licenseCount": 5}', b' {"states": {}}\n'])
def test_an_object_is_a_page_where_one_was_asked_for(body: bytes) -> None:
    """And has none after it, whatever the headers say."""
    link = ("Link", "<https://api.meraki.com/api/v1/x?startingAfter=1>; rel=next")

    assert _read(200, body, link, request=OVERVIEW) == Page(body, None)


def test_a_list_where_an_object_was_asked_for_would_come_again() -> None:
    """Complete, and of another shape."""
    answer = _read(200, b"[]", request=OVERVIEW)

    assert isinstance(answer, Refused)
    assert isinstance(answer.outcome, Failure)
    assert answer.outcome.message == "expected a JSON object (HTTP 200): a JSON list"


def test_errors_in_place_of_an_object_are_no_object_that_was_asked_for() -> None:
    """The vendor's way to say no is an object, too."""
    limited = _retry(200, _errors("API rate limit exceeded for organization"), request=OVERVIEW)
    refused = _read(200, _errors("something else"), request=OVERVIEW)

    assert (limited.failure_class, limited.scope) == (FailureClass.RATE_LIMITED, BudgetScope.ORGANIZATION)
    assert isinstance(refused, Refused)


@pytest.mark.parametrize("body", [b'{"states": {"act', b"", HTML])
def test_half_an_object_is_worth_another_try(body: bytes) -> None:
    """It was cut off on the way, or something else answered."""
    assert _retry(200, body, request=OVERVIEW).failure_class is FailureClass.BAD_RESPONSE


def test_a_page_names_the_next() -> None:
    """The URL is the server's, to the letter."""
    link = (
        "<https://n1.meraki.com/api/v1/x?startingAfter=a%2Fb>; rel=next, <https://n1.meraki.com/>; rel=first"
    )

    assert _read(200, b"[]", ("Link", link)) == Page(
        b"[]", "https://n1.meraki.com/api/v1/x?startingAfter=a%2Fb"
    )


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("<https://evil.example/x?token=planted>; rel=next", "lies on https://evil.example, outside of"),
        (f"<{URL}>; rel=next", "never end"),
        ("garbage planted", "cannot be read"),
        ("<https://api.meraki.com/x?planted>", "no relation"),
    ],
)
def test_a_page_with_a_broken_link_keeps_its_rows(link: str, told: str) -> None:
    """The rows count, the walk ends there, and the report says why."""
    page = _read(200, b'[{"id":"1"}]', ("Link", link), ("X-Request-Id", "r-1"))

    assert isinstance(page, Page)
    assert (page.body, page.next_url) == (b'[{"id":"1"}]', None)
    assert page.broken_link is not None
    assert page.broken_link.failure_class is FailureClass.PAGINATION
    assert page.broken_link.request_id == "r-1"
    assert told in page.broken_link.message
    assert "planted" not in page.broken_link.message


def test_a_page_does_not_print_its_body() -> None:
    """Bodies hold license keys."""
    assert "Z2AA" not in repr(_read(200, b'[{"licenseKey":"Z2AA"}]'))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (HTML, "an HTML page"),
        (b"", "an empty body"),
        (b" ", "an empty body"),
        (b'[{"id":"1"},{"id":', "cannot be read"),
        (b'{"errors":["API rate', "cannot be read"),
        (b"upstream timed out", "text that is not JSON"),
    ],
)
@pytest.mark.parametrize("status", [200, 203, 204])
def test_a_success_without_complete_json_is_tried_again(status: int, body: bytes, told: str) -> None:
    """A page of a proxy or half a body says nothing about the organization."""
    answer = _retry(status, body, ("Retry-After", "3"))

    assert (answer.failure_class, answer.scope) == (FailureClass.BAD_RESPONSE, None)
    assert (answer.http_status, answer.retry_after) == (status, 3.0)
    assert told in answer.message


@pytest.mark.parametrize(
    ("status", "why"), [(203, "on the way changed"), (205, "without content"), (206, "a part of the answer")]
)
@pytest.mark.parametrize("request_", [LICENSES, ORGANIZATIONS, OVERVIEW])
def test_a_success_that_is_not_the_whole_answer_is_no_page(status: int, why: str, request_: Request) -> None:
    """A part of a list that parses would pass for a short list, and for complete."""
    body = b"{}" if request_ is OVERVIEW else b'[{"id":"1"}]'
    answer = _retry(status, body, ("Content-Range", "bytes 0-10/1000"), request=request_)

    assert (answer.failure_class, answer.http_status) == (FailureClass.BAD_RESPONSE, status)
    assert why in answer.message


def test_an_organization_that_has_not_paid_is_not_entitled() -> None:
    """HTTP 402 says so, and no other key or attempt changes it."""
    failure = _failure(402, _errors("Advanced license needed"))

    assert failure.failure_class is FailureClass.FORBIDDEN
    assert "not entitled" in failure.message
    assert "Advanced license needed" in failure.message


@pytest.mark.parametrize(
    ("body", "told"),
    [(b'{"items":[]}', "a JSON object"), (b"null", "a single JSON value"), (_errors("nope"), "nope")],
)
def test_a_success_of_another_shape_is_refused(body: bytes, told: str) -> None:
    """It is complete, so it would come again; and it is never an empty page."""
    failure = _failure(200, body)

    assert failure.failure_class is FailureClass.BAD_RESPONSE
    assert told in failure.message


def test_a_success_that_carries_the_rate_limit_text_is_a_rate_limit() -> None:
    """It reached clients where a list was due."""
    answer = _retry(200, _errors("API rate limit exceeded for organization"))

    assert (answer.failure_class, answer.scope) == (FailureClass.RATE_LIMITED, BudgetScope.ORGANIZATION)


@pytest.mark.parametrize(
    ("request_", "body", "scope"),
    [
        (LICENSES, _errors("API rate limit exceeded for organization"), BudgetScope.ORGANIZATION),
        (LICENSES, _errors("slow down"), BudgetScope.ORGANIZATION),
        (LICENSES, HTML, BudgetScope.ADDRESS),
        (LICENSES, b"rate limit exceeded for organization", BudgetScope.ADDRESS),
        (LICENSES, b"", BudgetScope.ADDRESS),
        (LICENSES, b"{}", BudgetScope.ADDRESS),
        (ORGANIZATIONS, _errors("API rate limit exceeded for organization"), BudgetScope.ADDRESS),
        (ORGANIZATIONS, HTML, BudgetScope.ADDRESS),
    ],
)
def test_a_rate_limit_knows_whose_budget_it_is(request_: Request, body: bytes, scope: BudgetScope) -> None:
    """The Dashboard speaks JSON and counts per organization; the web server in front counts addresses."""
    answer = _retry(429, body, ("Retry-After", "1"), request=request_)

    assert answer.failure_class is FailureClass.RATE_LIMITED
    assert (answer.scope, answer.retry_after, answer.http_status) == (scope, 1.0, 429)


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("2", 2.0), ("1.5", 1.5), ("0", 0.0), ("Sun, 06 Nov 1994 08:49:40 GMT", 3.0), ("soon", None)],
)
def test_a_wish_is_read_against_the_servers_own_date(retry_after: str, seconds: float | None) -> None:
    """All forms of Retry-After, without a clock."""
    date = ("Date", "Sun, 06 Nov 1994 08:49:37 GMT")

    assert _retry(429, b"", ("retry-after", retry_after), date).retry_after == seconds


def test_a_rate_limit_without_a_wish_has_none() -> None:
    """The plain web server sends no Retry-After; what to do then is the engine's."""
    assert _retry(429, HTML).retry_after is None


@pytest.mark.parametrize("status", [500, 502, 503, 504, 530, 599])
@pytest.mark.parametrize("body", [b"", HTML, _errors("try again")])
def test_server_errors_are_tried_again(status: int, body: bytes) -> None:
    """Whatever the body; the vendor's support wants the request id."""
    answer = _retry(status, body, ("X-Request-Id", "abc\x1b123"))

    assert (answer.failure_class, answer.scope) == (FailureClass.SERVER, None)
    assert answer.request_id == "abc 123"
    assert f"HTTP {status}" in answer.message


def test_a_request_timeout_is_tried_again() -> None:
    """408 is the one 4xx besides 429 that means later."""
    assert _retry(408).failure_class is FailureClass.TIMEOUT


@pytest.mark.parametrize(
    ("status", "body", "failure_class"),
    [
        (401, _errors("Invalid API key"), FailureClass.AUTH),
        (401, b"", FailureClass.AUTH),
        (403, _errors("unauthorized IP address"), FailureClass.FORBIDDEN),
        (403, HTML, FailureClass.FORBIDDEN),
        (404, b" ", FailureClass.NOT_FOUND),
        (404, HTML, FailureClass.NOT_FOUND),
        (404, _errors("does not support per-device licensing"), FailureClass.NOT_FOUND),
        (400, _errors("perPage must be at most 1000"), FailureClass.BAD_RESPONSE),
        (400, b"does not support per-device licensing", FailureClass.BAD_RESPONSE),
        (400, b"<p>does not support per-device licensing", FailureClass.BAD_RESPONSE),
        (402, b"", FailureClass.FORBIDDEN),
        (418, _errors("400 404 429"), FailureClass.BAD_RESPONSE),
        (300, b"", FailureClass.BAD_RESPONSE),
        (304, b"", FailureClass.BAD_RESPONSE),
        (101, b"", FailureClass.BAD_RESPONSE),
        (999, b"", FailureClass.BAD_RESPONSE),
    ],
)
def test_refusals_are_told_apart_by_status(status: int, body: bytes, failure_class: FailureClass) -> None:
    """Words count only where the vendor puts its errors, and only with the status they belong to."""
    failure = _failure(status, body, ("X-Request-Id", "r-1"))

    assert (failure.failure_class, failure.http_status) == (failure_class, status)
    assert failure.request_id == "r-1"
    assert f"HTTP {status}" in failure.message


@pytest.mark.parametrize(
    "text",
    [
        "To make requests you must first enable API access via https://n1.meraki.com/o/x/manage/organization/edit",
        DISABLED_2022,
    ],
)
def test_an_organization_without_api_access_is_skipped(text: str) -> None:
    """Both recorded texts; the administrator's choice is no failure."""
    assert _read(404, _errors(text)) == Refused(Skip(SkipReason.API_DISABLED, text))


def test_an_organization_of_another_licensing_model_is_skipped() -> None:
    """The recorded 400 is the normal answer of a co-term organization."""
    text = "Organization with ID 123 does not support per-device licensing"

    assert _read(400, _errors(text)) == Refused(Skip(SkipReason.UNSUPPORTED_MODEL, text))


def test_the_vendors_words_are_told_safely() -> None:
    """On one line, printable, short, and without the query of any URL."""
    failure = _failure(400, _errors(f"bad\x1b[2J {URL} " + "x" * 500))

    assert "bad [2J https://api.meraki.com/api/v1/organizations/123/licenses x" in failure.message
    assert failure.message.isprintable()
    assert "planted" not in failure.message
    assert len(failure.message) < 260


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("https://n263.meraki.com/api/v1/x?a=%3A", "https://n263.meraki.com/api/v1/x?a=%3A"),
        ("/api/v1/x#y", "https://api.meraki.com/api/v1/x"),
        ("?perPage=3", "https://api.meraki.com/api/v1/organizations/123/licenses?perPage=3"),
    ],
)
def test_a_redirect_within_the_region_is_followed(status: int, location: str, url: str) -> None:
    """The vendor moves requests to the organization's shard."""
    assert _read(status, b"<html>", ("Location", location)) == Redirected(url)


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("https://evil.example/x?planted", "to https://evil.example, outside of https://api.meraki.com"),
        ("//evil.example/x?planted", "to https://evil.example,"),
        ("http://api.meraki.com/x?planted", "to http://api.meraki.com,"),
        ("https://planted:planted@api.meraki.com/x", "to api.meraki.com,"),
        ("https://api.meraki.cn/x", "to https://api.meraki.cn,"),
        ("javascript:planted", "to an address that cannot be read"),
        ("//[::1/planted", "to an address that cannot be read"),
        ("https://evil.example\\@api.meraki.com/planted", "to an address that cannot be read"),
        ("", "without saying where to"),
    ],
)
def test_a_redirect_elsewhere_is_refused_and_the_key_stays(location: str, told: str) -> None:
    """Official clients carry the key to whatever host a redirect names; this one names the host instead."""
    failure = _failure(302, b"", ("Location", location))

    assert failure.failure_class is FailureClass.BAD_RESPONSE
    assert told in failure.message
    assert "planted" not in failure.message
    if "outside" in failure.message:
        assert "the key was not sent there" in failure.message


def test_a_redirect_without_location_is_refused() -> None:
    """There is nowhere to go."""
    assert "without saying where to" in _failure(307).message


_headers = st.lists(
    st.tuples(
        st.sampled_from(["Link", "Location", "Retry-After", "Date", "X-Request-Id", "link"]),
        st.text() | st.text("<>;=,\"'\\/?#@:.abcrelnxt0123456789 "),
    ),
    max_size=4,
)
_bodies = st.one_of(
    st.binary(),
    st.binary().map(lambda middle: b"[" + middle + b"]"),
    st.binary().map(lambda tail: b'{"errors":[' + tail),
    st.lists(st.text()).map(
        lambda texts: orjson.dumps({"errors": [t.encode("utf-8", "replace").decode() for t in texts]})
    ),
)


@settings(deadline=None, max_examples=300)
@given(
    st.integers(0, 999) | st.sampled_from([200, 302, 400, 404, 429, 503]),
    _headers,
    _bodies,
    st.sampled_from([LICENSES, ORGANIZATIONS]),
)
def test_any_response_has_an_answer(
    status: int, headers: list[tuple[str, str]], body: bytes, request_: Request
) -> None:
    """Nothing that arrives makes the reader raise, and what it says is fit for a report."""
    answer = read_answer(request_, Response.of(request_.url, status, headers, body), origin=ORIGIN)

    match answer:
        case Page():
            assert answer.next_url is None or ORIGIN.admits(answer.next_url)
            assert 200 <= status <= 299
            assert status not in {203, 205, 206}
        case Redirected():
            assert ORIGIN.admits(answer.url)
        case RetryLater():
            assert answer.message.isprintable()
            assert (answer.scope is None) == (answer.failure_class is not FailureClass.RATE_LIMITED)
        case Refused():
            assert answer.outcome.message.isprintable()
            assert "planted" not in answer.outcome.message
