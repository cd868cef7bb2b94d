"""What runs in a worker: its answer to the roll call, and the audit of a part in an event loop of its own."""

from __future__ import annotations

import os
from asyncio import get_running_loop
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeVar

import anyio

from auditor import __version__
from auditor.assembly import Found, Surroundings, find_organizations
from auditor.cluster.order import KeyReader, Keys, Order, carry_out
from auditor.cluster.place import Place, own_place
from auditor.engine.spool import Spool
from auditor.engine.stop import Stop
from auditor.engine.traffic import facts_of
from auditor.errors import Problem, SettingsError
from auditor.report.document import TrafficFacts
from auditor.settings.model import Settings

if TYPE_CHECKING:
    from distributed import Worker

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Present:
    """A worker's answer to the roll call; *problems* are why it cannot do its part."""

    version: str
    place: Place | None
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Floor:
    """What the threads of a worker have in common: whom to tell that a run is over, and which ones are."""

    lock: Lock = field(default_factory=Lock)
    audits: dict[str, Callable[[str], object]] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)


_FLOOR: Final = _Floor()
_TURN: Final = Lock()
"""One part at a time: a worker has one address, and so one budget, however many threads it has."""


def answer_roll_call(settings: Settings, read_keys: KeyReader) -> Present:
    """Who and where this worker is, and whether it can read every key that *settings* name."""
    try:
        place = own_place(os.environ)
        read_keys(settings)
    except SettingsError as error:
        return Present(__version__, None, error.problems)
    return Present(__version__, place)


async def take_office(resource: str, dask_worker: Worker | None = None) -> None:
    """Let Dask give this worker what asks for *resource*, one at a time; Dask says which worker it is."""
    assert dask_worker is not None  # noqa: S101 - Dask fills it in, by its name
    await dask_worker.set_resources(**{resource: 1.0})


def find_all(order: Order) -> tuple[Found, TrafficFacts] | None:
    """All that there is to audit, and what it took to find it; None where the run had ended before.

    Ended meanwhile, it is what was found until then.

    Raises:
        SettingsError: a key cannot be read here; its reference is named.
    """
    return _in_turn(order, _found)


def audit_part(order: Order) -> bytes | None:
    """The report on the part that *order* is for; None where the run had ended before its turn came.

    Raises:
        SettingsError: a key cannot be read here; its reference is named.
    """
    return _in_turn(order, _audited)


def _in_turn(order: Order, work: Callable[[Order, Keys], Awaitable[Result]]) -> Result | None:
    """Do *work* here when no other is being done; None where the run has ended."""
    with _TURN:
        if order.run_id in _FLOOR.ended:
            return None
        keys, here = order.read_keys(order.settings), _settled_in(order)
        return anyio.run(work, here, keys)


def end_early(run_id: str, reason: str) -> None:
    """Let the audits of a run write down what they have read, and begin no other one. From any thread."""
    with _FLOOR.lock:
        _FLOOR.ended[run_id] = reason
        request = _FLOOR.audits.get(run_id)
        if request is not None:
            request(reason)


def _settled_in(order: Order) -> Order:
    """*order* with this worker's own address, and its rate there."""
    place = own_place(os.environ)
    limits = order.settings.limits
    own = {
        "source_address": place.source_address,
        "address_rate": order.rates.get(place.egress, limits.address_rate),
    }
    settings = order.settings.model_copy(update={"limits": limits.model_copy(update=own)})
    return replace(order, settings=settings)


async def _found(order: Order, keys: Keys) -> tuple[Found, TrafficFacts]:
    stop = Stop()
    surroundings = Surroundings(Random())  # noqa: S311 - jitter, no secret
    with _heeding(order.run_id, stop):
        found = await find_organizations(
            order.settings, keys=keys, selection=order.selection, surroundings=surroundings, stop=stop
        )
    return found, facts_of(surroundings.traffic, order.settings.limits.address_rate)


async def _audited(order: Order, keys: Keys) -> bytes:
    stop = Stop()
    surroundings = Surroundings(Random())  # noqa: S311 - jitter, no secret
    with _heeding(order.run_id, stop), Spool() as spool:
        text = await carry_out(order, keys=keys, surroundings=surroundings, stop=stop, spool=spool)
        return b"".join(text)


@contextmanager
def _heeding(run_id: str, stop: Stop) -> Iterator[None]:
    """Let `end_early` ask *stop*, whose loop is not that of the thread which calls it."""
    loop = get_running_loop()
    with _FLOOR.lock:
        if run_id in _FLOOR.ended:
            stop.request(_FLOOR.ended[run_id])
        _FLOOR.audits[run_id] = lambda reason: loop.call_soon_threadsafe(partial(stop.request, reason))
    try:
        yield
    finally:
        with _FLOOR.lock:
            del _FLOOR.audits[run_id]
