"""Rows of the fault table: the answer arrives, and its body is not what was asked for, or reads oddly."""

from __future__ import annotations

from typing import Any, Final

from tests.end_to_end.faults.fault import Fault, Place, for_good, forever, once
from tests.end_to_end.faults.replies import a_license, brings, in_json, page, says, sound

HTML = b"<!DOCTYPE html><html><body>Service Unavailable</body></html>"
DEEP = 100_000

SHAPES = (
    forever("HTML with 200", brings(HTML), "badResponse", http=200, says="an HTML page"),
    once("HTML with 200 once", brings(HTML), sound),
    forever("empty 200", brings(b""), "badResponse", http=200, says="an empty body"),
    forever("blank 200", brings(b" \r\n\t "), "badResponse", http=200, says="an empty body"),
    once("empty 200 once", brings(b""), sound),
    forever("204", says("204 No Content"), "badResponse", http=204, says="an empty body"),
    for_good("an object for a list", brings(b'{"items": []}'), "badResponse", http=200, says="a JSON object"),
    for_good("null", brings(b"null"), "badResponse", http=200, says="a single JSON value"),
    for_good("text in JSON", brings(b'"[]"'), "badResponse", http=200, says="a single JSON value"),
    for_good("a number", brings(b"42"), "badResponse", http=200),
    forever("text", brings(b"OK"), "badResponse", http=200, says="not JSON"),
    forever("a list of numbers", brings(b"[1, 2]"), "badResponse", http=200, says="row 1 of 2 is a number"),
    forever("a list of lists", brings(b"[[]]"), "badResponse", http=200, says="row 1 of 1 is a list"),
    forever("a list of null", brings(b"[null]"), "badResponse", http=200, says="row 1 of 1 is null"),
    forever("a list that is cut", brings(b'[{"id": "1"}, {"id'), "badResponse", http=200),
    forever("a list that is cut in the middle", brings(b'[{"id": "1"}, {"id]'), "badResponse", http=200),
    forever("two lists", brings(b"[][]"), "badResponse", http=200),
    forever("NaN", brings(b'[{"id": NaN}]'), "badResponse", http=200),
    forever("invalid UTF-8", brings(b'[{"id": "\xff\xfe"}]'), "badResponse", http=200),
    forever("UTF-16", brings('[{"id": "1"}]'.encode("utf-16")), "badResponse", http=200),
    forever("100,000 brackets", brings(b"[" * DEEP + b"]" * DEEP), "badResponse", http=200),
    forever(
        "100,000 brackets in a field that nobody reads",
        brings(b'[{"id": "1", "more": ' + b"[" * DEEP + b"]" * DEEP + b"}]"),
        "badResponse",
        http=200,
    ),
    forever("100,000 objects", brings(b'{"a":' * DEEP + b"1" + b"}" * DEEP), "badResponse", http=200),
    once("an error of the vendor with 200, once", brings(b'{"errors": ["API rate limit exceeded"]}'), sound),
)


def _row(name: str, *rows: Any, counts: dict[str, int], notes: dict[str, int] | None = None) -> Fault:
    """A list of one page, of *rows*: odd values cost no more than themselves."""
    return Fault(name, (page(*rows),), places=(Place.WALK,), counts=counts, notes=notes or {})


ACTIVE: Final = {"active": 1}
RECORDS = (
    _row("no license at all", counts={}),
    _row(
        "a record without a field",
        {},
        counts={"unknown": 1},
        notes={"missingId": 1, "missingState": 1, "missingType": 1},
    ),
    _row("headLicenseId as a number", a_license(1, headLicenseId=10**26), counts=ACTIVE),
    _row("headLicenseId null", a_license(1, headLicenseId=None), counts=ACTIVE),
    _row("id as a number", a_license(1, id=10**26), a_license(2), counts={"active": 2}),
    _row("id null", a_license(1, id=None), counts=ACTIVE, notes={"missingId": 1}),
    _row("id missing", a_license(1, id=...), counts=ACTIVE, notes={"missingId": 1}),
    _row("id as an object", a_license(1, id={"a": 1}), counts=ACTIVE, notes={"missingId": 1}),
    _row("state missing", a_license(1, ...), counts={"unknown": 1}, notes={"missingState": 1}),
    _row("state null", a_license(1, None), counts={"unknown": 1}, notes={"missingState": 1}),
    _row("state as a list", a_license(1, ["active"]), counts={"unknown": 1}, notes={"missingState": 1}),
    _row("state as a number", a_license(1, 7), counts={"unknown": 1}, notes={"missingState": 1}),
    _row(
        "a state that nobody knows", a_license(1, "glowing"), counts={"glowing": 1}, notes={"unknownState": 1}
    ),
    _row("a state in other letters", a_license(1, "Active"), counts={"Active": 1}, notes={"unknownState": 1}),
    _row(
        "a state of control characters",
        a_license(1, "\x1b[2J\n"),
        counts={"\x1b[2J\n": 1},
        notes={"unknownState": 1},
    ),
    _row("licenseType null", a_license(1, licenseType=None), counts=ACTIVE, notes={"missingType": 1}),
    _row(
        "dates as numbers",
        a_license(1, expirationDate=1767225600),
        counts=ACTIVE,
        notes={"unreadableDate": 1},
    ),
    _row(
        "a date that is none",
        a_license(1, expirationDate="2027-02-30"),
        counts=ACTIVE,
        notes={"unreadableDate": 1},
    ),
    _row("dates null", a_license(1, expirationDate=None, activationDate=None), counts=ACTIVE),
    _row("seatCount as text", a_license(1, seatCount="5"), counts=ACTIVE, notes={"unreadableSeatCount": 1}),
    _row("seatCount negative", a_license(1, seatCount=-5), counts=ACTIVE, notes={"unreadableSeatCount": 1}),
    _row("fields that nobody knows", a_license(1, novelty={"a": [1, None]}), counts=ACTIVE),
    _row(
        "one odd record among good ones",
        a_license(1),
        {},
        a_license(2),
        counts={"active": 2, "unknown": 1},
        notes={"missingId": 1, "missingState": 1, "missingType": 1},
    ),
)

LISTED = (
    for_good(
        "an organization without an id",
        brings(in_json({"name": "Nobody"})),
        "badResponse",
        http=200,
        places=(Place.LISTING,),
        says="organization 1 of the list, .Nobody., has no usable id: it is null",
    ),
    for_good(
        "an organization whose id is a float",
        brings(b'[{"id": 1.5}]'),
        "badResponse",
        http=200,
        places=(Place.LISTING,),
        says="organization 1 of the list has no usable id: it is a number",
    ),
)

ROWS = (*SHAPES, *RECORDS, *LISTED)
