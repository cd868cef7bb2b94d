"""Why a sum over subscriptions is a lower bound: what cannot be read of some of them is in no sum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from auditor.judge.figure import dotted

Json = Mapping[str, Any]

_BY_NETWORKS: Final = frozenset({"subscriptions", "seats", "noNetwork"})
"""Figures of `idle` that would be higher if one more subscription were bound to no network."""

_OVER: Final = frozenset({"canceled", "expired"})


def why_left_out(path: tuple[str, ...], organization: Json) -> str:
    """Why the figure at *path* of *organization* leaves something out; empty where it has all in."""
    block = organization.get("subscription")
    if block is None:
        return ""
    match path:
        case ("subscription", "seats", *below) if below != ["unreadable"]:
            why = _of_seats(block)
        case ("subscription", "idle", figure) if figure in _BY_NETWORKS and block["idle"] is not None:
            why = _of_idle(figure, block)
        case _:
            why = ""
    return f"{dotted(path)}: {why}" if why else ""


def _of_seats(block: Json) -> str:
    unreadable = block["seats"].get("unreadable")
    return f"of {unreadable} of its subscriptions seats cannot be read" if unreadable else ""


def _of_idle(figure: str, block: Json) -> str:
    idle = block["idle"]
    if idle["unknown"] or (figure == "noNetwork" and _may_be_unbound(block)):
        return "of some of its subscriptions nobody says how many networks they are bound to"
    return _of_seats(block) if figure == "seats" and idle["subscriptions"] else ""


def _may_be_unbound(block: Json) -> bool:
    """Whether one that is idle for another reason may be bound to no network as well."""
    is_idle_otherwise = block["idle"]["pending"] or block["idle"]["notStarted"]
    return bool(is_idle_otherwise) and any(
        one["networks"] is None and one["status"] not in _OVER for one in block["subscriptions"]
    )
