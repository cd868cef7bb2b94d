"""The `Link` header (RFC 8288), and the one question asked of it: where is the next page.

The vendor's answers were seen with absolute URLs and unquoted relations, its description promises
relative ones. Both are read, and so is everything else that the RFC allows. What cannot be read is an
error: a parser that skips it would turn a long list into a short one that looks complete.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from auditor.errors import PaginationError
from auditor.wire.message import Response
from auditor.wire.origin import Origin, name_place, resolve

# Possessive quantifiers: no input makes these patterns go back, so reading is linear. They never hold a
# capturing group, whose span early releases of Python 3.11 got wrong.
_TARGET = re.compile(r"[\s,]*+<([^<>\x00-\x20\x7f]*+)>", re.ASCII)
_PARAMETER = re.compile(
    r"\s*+;\s*+(?:(?P<name>[\w!#$%&'*+.^`|~-]++)"
    r"(?:\s*+=\s*+(?:\"(?P<quoted>(?:[^\"\\]|\\.)*+)\"|(?P<token>[^\s\";,]*+)))?)?",
    re.ASCII,
)
_SEPARATOR = re.compile(r"\s*+(?:,|\Z)", re.ASCII)
_REST = re.compile(r"[\s,]*+\Z", re.ASCII)
_ESCAPE = re.compile(r"\\(.)")


def parse_link(values: Sequence[str], *, base: str) -> dict[str, str]:
    """Relations and their URLs, from every `Link` line of one response.

    Relations are in lower case; where one occurs twice, the first counts. Relative targets are resolved
    against *base*, absolute ones are kept to the letter; fragments are cut off. No line, or only empty
    ones, give an empty dict.

    Raises:
        PaginationError: a line cannot be read to its end, or lines are there and hold no relation.
    """
    relations: dict[str, str] = {}
    for value in values:
        for target, rel in _parse_line(value):
            url = _resolve(target, base)
            for relation in rel.lower().split():
                relations.setdefault(relation, url)
    if not relations and any(value.strip() for value in values):
        raise PaginationError("the Link header names no relation, so the next page is unknown")
    return relations


def _parse_line(value: str) -> Iterator[tuple[str, str]]:
    position = 0
    while not _REST.match(value, position):
        target = _TARGET.match(value, position)
        if target is None:
            raise _unreadable(position)
        rel, position = _parse_rel(value, target.end())
        separator = _SEPARATOR.match(value, position)
        if separator is None:
            raise _unreadable(position)
        position = separator.end()
        yield target[1], rel


def _parse_rel(value: str, position: int) -> tuple[str, int]:
    rel: str | None = None
    while parameter := _PARAMETER.match(value, position):
        position = parameter.end()
        if rel is None and (parameter["name"] or "").lower() == "rel":  # the first rel counts (3.3)
            rel = _parse_value(parameter)
    return rel or "", position


def _parse_value(parameter: re.Match[str]) -> str:
    if parameter["quoted"] is not None:
        return _ESCAPE.sub(r"\1", parameter["quoted"])
    # Single quotes mean nothing in the RFC; `rel='next'` still means next, and must not end a walk.
    return (parameter["token"] or "").strip("'")


def _resolve(target: str, base: str) -> str:
    try:
        return resolve(target, base=base)
    except ValueError:
        raise PaginationError("the Link header holds a target that is no URL") from None


def _unreadable(position: int) -> PaginationError:
    return PaginationError(f"the Link header cannot be read from character {position + 1} on")


def next_url(response: Response, *, origin: Origin) -> str | None:
    """Where the page after *response* is; None after the last one.

    Raises:
        PaginationError: there is a next page, or may be one, and it must not or cannot be followed:
            the header is unreadable, *origin* does not admit the URL, or it is this page again.
    """
    links = parse_link(response.header_values("Link"), base=response.url)
    if "next" not in links:
        return None
    url = links["next"]
    if not origin.admits(url):
        raise PaginationError(
            f"the next page lies on {name_place(url)}, outside of {origin}: not followed, no key sent there"
        )
    if _same_page(url, response.url):
        raise PaginationError("the next page is the page just read: following it would never end")
    return url


def _same_page(url: str, other: str) -> bool:
    """Whether both ask for the same, in whatever order the query is written."""
    left, right = (each.partition("#")[0].partition("?") for each in (url, other))
    return left[0] == right[0] and sorted(left[2].split("&")) == sorted(right[2].split("&"))
