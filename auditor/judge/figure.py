"""The figures of a report that a rule can look at, by dotted path, as the report's own models have them.

A path leads into an entry of `organizations` (`expiring.atRiskWithin.30`, `standing`) or, for the run as
a whole, into `completeness`, `traffic`, `run` or `totals`. Names that hold a dot or a space are quoted, as
TOML does it: `licenses.byType."MX 64.A".active`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum, StrEnum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError

from auditor.domain.organization import LicensingModel
from auditor.judge.naming import check_slip, check_text
from auditor.report.schema.block import TermDays, WindowDays
from auditor.report.schema.report import Organization, Report
from auditor.settings.fault import Fault

RUN_KEYS: Final = ("completeness", "totals", "traffic", "run")
"""The parts of a report that are about no single organization."""

IDENTITY: Final = frozenset(
    {"id", "name", "tenant", "licensingModel", "status", "reason", "error", "message", "pages", "plan"}
)
"""What is known of every organization, whether anything of it was read or not."""

NULL_IS_NONE: Final = frozenset(
    {("dark", "soonest"), ("unused", "activation", "soonest"), ("coTerm", "use", "darkAt")}
)
"""Dates that are null where there is none, as long as the block around them is there."""

NOT_ADDITIVE: Final = frozenset({("unused", "activation", "soonestCount")})
"""Counts that mean nothing once added up, and that may be smaller in the end than what was read so far."""

_SEGMENT: Final = re.compile(r'"(?P<quoted>[^"]+)"|(?P<bare>[^."\s]+)')
_BARE: Final = re.compile(r'[^."\s]+')
_UNIONS: Final = {Union, UnionType}
_NEAR: Final = 0.75
_ANY_NAME: Final = "NAME"


class Kind(StrEnum):
    """What a figure is, and so what it can be compared with."""

    COUNT = "a whole number"
    NUMBER = "a number"
    TEXT = "a text"
    TRUTH = "true or false"
    INSTANT = "a date"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. *windows* are the window lengths in days that its path names.

    *choices* are all the texts that it can be, where these are this program's own. *named* are the places in
    the path, from 0, at which any name may stand: of a type, a state, an SKU.
    """

    path: tuple[str, ...]
    kind: Kind
    windows: tuple[int, ...] = ()
    choices: tuple[str, ...] = ()
    named: tuple[int, ...] = ()

    @property
    def is_of_run(self) -> bool:
        """Whether it is about the run as a whole, not about an organization."""
        return self.path[0] in RUN_KEYS

    @property
    def shape(self) -> tuple[str, ...]:
        """The path below `totals`, or below an entry of `organizations`: both have the same blocks."""
        return self.path[1:] if self.path[0] == "totals" else self.path

    @property
    def is_additive(self) -> bool:
        """Whether the figures of several organizations add up to one that means the same."""
        return self.kind is Kind.COUNT and not self.is_of_run and self.path not in NOT_ADDITIVE

    @property
    def is_bounded_by_part(self) -> bool:
        """Whether what was read in part bounds it: a count from below, a soonest date from above."""
        return self.kind in {Kind.COUNT, Kind.NUMBER, Kind.INSTANT} and self.shape not in NOT_ADDITIVE

    def check_text(self, text: str) -> None:
        """Refuse a text that it can never be; where the vendor names them, a slip of a known one.

        Raises:
            Fault: with the nearest that it can be.
        """
        if self.choices:
            check_text(text, self.choices, what=f"what {dotted(self.path)} can be")
        elif self.path == ("licensingModel",):
            check_slip(text, [member.value for member in LicensingModel], what="a licensing model")


def dotted(path: tuple[str, ...]) -> str:
    """*path* as a policy has it."""
    return ".".join(key if _BARE.fullmatch(key) else f'"{key}"' for key in path)


@cache
def to_figure(text: str) -> Figure:
    """The figure at the path *text*.

    Raises:
        Fault: no report has it, or it is a table or a list; the hint names the nearest.
    """
    path = _split(text)
    windows, named = list[int](), list[int]()
    place = _root_of(path[0])
    if place is None:
        raise Fault(f"names nothing in a report: {text!r}", _hint(text, path[:0], _root_names()))
    for size, key in enumerate(path[1:], 1):
        below = _below(place, key)
        if below is None:
            around = dotted(path[:size])
            raise Fault(
                f"names nothing in a report: {around} has no {key!r}", _hint(text, path[:size], _names(place))
            )
        if _is_windows(place):
            windows.append(int(key))
        elif _names_of_keys(place) == [_ANY_NAME]:
            named.append(size)
        place = below
    kind = _kind_of(place)
    if kind is None:
        what = "list" if get_origin(place) is list else "table"
        raise Fault(f"leads to a {what}, not to a figure: {text!r}", _table_hint(path, _names(place)))
    return Figure(path, kind, tuple(windows), _choices_of(place), tuple(named))


@cache
def known_paths() -> tuple[str, ...]:
    """All paths, with NAME where any name stands, and N for a number of days."""
    roots = sorted(_root_names(), key=lambda name: name in RUN_KEYS)
    return tuple(dotted(path) for root in roots for path in _paths(_root_of(root), (root,)))


def _split(text: str) -> tuple[str, ...]:
    keys: list[str] = []
    at = 0
    while found := _SEGMENT.match(text, at):
        keys.append(found["quoted"] or found["bare"])
        at = found.end() + 1
        if text[found.end() : at] != ".":
            break
    if not keys or at <= len(text):
        raise Fault(
            f"is no path: {text!r}", "keys with dots between them, for example expiring.atRiskWithin.30"
        )
    return tuple(keys)


def _root_names() -> list[str]:
    return [*RUN_KEYS, *(key for key, _ in _fields(Organization))]


def _root_of(key: str) -> object:
    model = Report if key in RUN_KEYS else Organization
    return next((annotation for name, annotation in _fields(model) if name == key), None)


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, object]]:
    for name, field in model.model_fields.items():
        yield field.serialization_alias or name, _plain(field.annotation)


def _plain(annotation: object) -> object:
    """*annotation* without "or None", and without `Annotated` where that says nothing about its kind."""
    if get_origin(annotation) is Annotated and annotation is not AwareDatetime:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in _UNIONS:
        return _plain(next(part for part in get_args(annotation) if part is not type(None)))
    return annotation


def _below(place: object, key: str) -> object:
    """What stands under *key* at *place*; None where nothing does."""
    if isinstance(place, type) and issubclass(place, BaseModel):
        return next((annotation for name, annotation in _fields(place) if name == key), None)
    if get_origin(place) is not dict:
        return None
    key_type, value_type = get_args(place)
    try:
        TypeAdapter(key_type).validate_python(key)
    except ValidationError:
        return None
    return _plain(value_type)


def _is_windows(place: object) -> bool:
    return get_origin(place) is dict and get_args(place)[0] == WindowDays


def _kind_of(place: object) -> Kind | None:
    if place is AwareDatetime:
        return Kind.INSTANT
    if get_origin(place) is Literal:
        return Kind.TRUTH if isinstance(get_args(place)[0], bool) else Kind.TEXT
    if not isinstance(place, type):
        return None
    if issubclass(place, bool):
        return Kind.TRUTH
    kinds: list[tuple[type, Kind]] = [(int, Kind.COUNT), (float, Kind.NUMBER), (str, Kind.TEXT)]
    return next((kind for base, kind in kinds if issubclass(place, base)), None)


def _choices_of(place: object) -> tuple[str, ...]:
    if isinstance(place, type) and issubclass(place, Enum):
        return tuple(str(member.value) for member in place)
    options = get_args(place) if get_origin(place) is Literal else ()
    return tuple(one for one in options if isinstance(one, str))


def _names(place: object) -> list[str]:
    """What may follow *place*, for a hint."""
    if isinstance(place, type) and issubclass(place, BaseModel):
        return [name for name, _ in _fields(place)]
    return _names_of_keys(place)


def _names_of_keys(place: object) -> list[str]:
    """What may be a key of the table *place*; nothing of what is none."""
    if get_origin(place) is not dict:
        return []
    key_type: Any = get_args(place)[0]
    if isinstance(key_type, type) and issubclass(key_type, Enum):
        return [str(member.value) for member in key_type]
    return ["N" if key_type in (WindowDays, TermDays) else _ANY_NAME]


def _paths(place: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if _kind_of(place) is not None:
        yield path
    elif isinstance(place, type) and issubclass(place, BaseModel):
        for name, annotation in _fields(place):
            yield from _paths(annotation, (*path, name))
    elif get_origin(place) is dict:
        for name in _names_of_keys(place):
            yield from _paths(_plain(get_args(place)[1]), (*path, name))


def _hint(text: str, around: tuple[str, ...], names: list[str]) -> str:
    """The nearest path or name, else all that may stand there."""
    if not names:
        return f"{dotted(around)} is a figure itself"
    key = _split(text)[len(around)]
    if near := get_close_matches(key, names, n=1):
        return f"did you mean {dotted((*around, near[0]))}?"
    ends = [path for path in known_paths() if path.endswith(f".{text}")]
    if near := ends or get_close_matches(text, known_paths(), n=1, cutoff=_NEAR):
        return f"did you mean {near[0]}?"
    return _table_hint(around, names)


def _table_hint(around: tuple[str, ...], names: list[str]) -> str:
    """What may follow *around*; a list has nothing to offer."""
    if not names:
        return "a rule looks at a single figure"
    return f"{dotted(around) or 'a report'} has {', '.join(names)}"
