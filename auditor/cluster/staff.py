"""The workers of a run: who is there, who can do a part, and how many budgets they have together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import anyio

from auditor import __version__
from auditor.cluster.events import ClusterListener, EgressShared, WorkerUnfit
from auditor.cluster.order import Order
from auditor.cluster.place import Place, shared_egresses
from auditor.cluster.scheduling import look_again, who_holds, withdraw
from auditor.cluster.working import Present, answer_roll_call, take_office
from auditor.engine.stop import Stop
from auditor.errors import Problem, SettingsError

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS: Final = 10.0
ROLL_CALL_SECONDS: Final = 60.0
"""A program that tells a key may take its time."""

LOOK_ROUND_SECONDS: Final = 2.0
"""How often it is looked who came and who went."""

ALONE_SECONDS: Final = 60.0
"""How long a run waits for a worker when it has none left: one that is started anew needs a few seconds."""


@dataclass(slots=True)
class Staff:
    """The workers that can do their part; each is given what asks for `resource`, one part at a time.

    *places* are theirs, by the names that Dask has for them; *rates* those of places that several share. Who
    could do it too, and whose address has its budget given out, is spare.
    """

    client: Client
    order: Order
    on_event: ClusterListener
    places: dict[str, Place] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)
    _sharers: Counter[str] = field(default_factory=Counter)
    _judged: set[str] = field(default_factory=set)
    _spares: dict[str, Place] = field(default_factory=dict)

    @property
    def resource(self) -> str:
        """What a worker has that may do a part of this run: Dask sends parts to no other."""
        return f"auditor-{self.order.run_id}"

    async def muster(self) -> None:
        """Find out who is there.

        Raises:
            SettingsError: nobody who can do a part; nothing was fetched.
        """
        answers: Mapping[str, object] = {}
        with suppress(TimeoutError):
            waiting: Any = self.client.wait_for_workers  # its types know no coroutine
            await waiting(1, timeout=CONNECT_SECONDS)
            answers = await self._call_the_roll(None)
        problems = self._judge(answers)
        if not self.places:
            hint = "start one: dask worker HOST:PORT --nthreads 1"
            none = Problem("--engine", "the scheduler has no worker that answers", hint)
            raise SettingsError(*(dict.fromkeys(problems) or [none]))
        for one in shared_egresses(self.places, self.order.settings):
            self.rates[one.egress] = one.rate
            self.on_event(EgressShared(one))
        self._sharers = Counter(one.egress for one in self.places.values())
        await self._appoint(self.places)

    async def look_round(self, stop: Stop) -> None:
        """Appoint workers that come later, until cancelled; ask *stop* when none has been left for long."""
        alone_since: float | None = None
        while True:
            await anyio.sleep(LOOK_ROUND_SECONDS)
            holders: Mapping[str, bool] = {}
            with suppress(OSError, TimeoutError):  # a scheduler that does not answer tells of nobody
                holders = await self._holders()
                await self._see_to(holders)
            now = anyio.current_time()
            if holders.keys() & self.places.keys():
                alone_since = None
            elif alone_since is None:
                alone_since = now
            elif now - alone_since >= ALONE_SECONDS:
                stop.request("no worker is left")

    async def dismiss(self, worker: str) -> None:
        """Give *worker* no other part while this run lasts; it may be known by no name."""
        self.places.pop(worker, None)
        self._spares.pop(worker, None)
        ask: Any = self.client.run_on_scheduler  # as above
        with suppress(OSError, TimeoutError), anyio.fail_after(CONNECT_SECONDS):
            await ask(partial(withdraw, self.resource, worker))

    def budgets(self) -> float:
        """To how many whole budgets the rates of all workers add up."""
        whole = self.order.settings.limits.address_rate
        divided = sum(self.rates[one.egress] for one in self.places.values() if one.egress in self.rates)
        return len({one.egress for one in self.places.values()} - self.rates.keys()) + divided / whole

    async def _holders(self) -> Mapping[str, bool]:
        """Of each worker there is, whether it may be given parts. Raises OSError or TimeoutError."""
        ask: Any = self.client.run_on_scheduler  # its types know no coroutine
        with anyio.fail_after(CONNECT_SECONDS):
            holders: Mapping[str, bool] = await ask(partial(who_holds, self.resource))
        return holders

    async def _see_to(self, holders: Mapping[str, bool]) -> None:
        """Forget who left, and appoint who came, or was started anew in the place of itself."""
        self.places = {name: place for name, place in self.places.items() if name in holders}
        self._spares = {name: place for name, place in self._spares.items() if name in holders}
        self._judged &= holders.keys()
        at_work = set(self.places)
        await self._appoint([name for name in at_work if not holders[name]])
        if newcomers := holders.keys() - self._judged:
            self._judge(await self._call_the_roll(newcomers))
        self._allot(at_work)
        await self._appoint(self.places.keys() - at_work)

    def _allot(self, at_work: Collection[str]) -> None:
        """Let those work too that take the place of one who left, or have an address of their own."""
        fit = self._spares | self.places
        workers = Counter(fit[name].egress for name in at_work)
        self.places = {name: fit[name] for name in at_work}
        for name in sorted(fit.keys() - set(at_work)):
            if workers[fit[name].egress] < max(1, self._sharers[fit[name].egress]):
                workers[fit[name].egress] += 1
                self.places[name] = fit[name]
        self._spares = {name: place for name, place in fit.items() if name not in self.places}

    async def _call_the_roll(self, workers: Collection[str] | None) -> Mapping[str, object]:
        """What each of *workers*, by default of all, says of itself. Raises TimeoutError."""
        call = partial(answer_roll_call, self.order.settings, self.order.read_keys)
        with anyio.fail_after(ROLL_CALL_SECONDS):
            answers: Mapping[str, object] = await self.client.run(
                call, workers=None if workers is None else sorted(workers), on_error="return"
            )
        return answers

    def _judge(self, answers: Mapping[str, object]) -> list[Problem]:
        """Keep the places of those that can do a part; why the others cannot."""
        problems: list[Problem] = []
        self._judged.update(answers)
        for worker, answer in answers.items():
            lacking = _unfitness(answer)
            if isinstance(answer, Present) and answer.place and not lacking:
                self.places[worker] = answer.place
            else:
                problems += lacking
                self.on_event(WorkerUnfit(worker, lacking))
        return problems

    async def _appoint(self, workers: Collection[str]) -> None:
        if not workers:
            return
        take = partial(take_office, self.resource)
        ask: Any = self.client.run_on_scheduler  # as above
        with anyio.fail_after(CONNECT_SECONDS):
            await self.client.run(take, workers=sorted(workers), on_error="ignore")
            await ask(look_again)


def _unfitness(answer: object) -> tuple[Problem, ...]:
    """Why a worker that gave *answer* cannot do its part."""
    if not isinstance(answer, Present):
        return (
            Problem("--engine", f"a worker cannot run auditor: {type(answer).__name__}", "install it there"),
        )
    if answer.version != __version__:
        what = f"a worker has auditor {answer.version}, and this is {__version__}"
        return (Problem("--engine", what, "install the same version on both"),)
    return answer.problems
