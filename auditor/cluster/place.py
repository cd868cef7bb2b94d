"""Where a worker is: its machine, and the address that its requests leave from."""

from __future__ import annotations

import socket
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from auditor.errors import Problem, SettingsError
from auditor.readers import host_of, ledger_path
from auditor.settings.addresses import to_source_address
from auditor.settings.fault import Fault
from auditor.settings.model import Settings

ADDRESS_VARIABLE: Final = "AUDITOR_LIMITS_SOURCE_ADDRESS"
"""A worker's own: no order says from where it sends."""

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Place:
    """*host* is the name of the machine, or of the container; all containers of a machine have its *kernel*.

    *source_address* None is the system's choice, which is taken for one address per kernel.
    """

    host: str
    kernel: str
    source_address: str | None = None

    @property
    def egress(self) -> str:
        """What stands for the address that the vendor sees."""
        return self.source_address or f"the address of {self.kernel}"


@dataclass(frozen=True, slots=True)
class SharedEgress:
    """Several *workers* send from one *egress* and cannot see each other's requests: *rate* is for each."""

    egress: str
    workers: tuple[str, ...]
    rate: float


def own_place(environment: Mapping[str, str]) -> Place:
    """Where this process is.

    Raises:
        SettingsError: the variable for its address holds none.
    """
    host = socket.gethostname()
    try:
        kernel = _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:  # no Linux
        kernel = host
    named = environment.get(ADDRESS_VARIABLE)
    try:
        return Place(host, kernel, to_source_address(named) if named else None)
    except Fault as fault:
        raise SettingsError(Problem(ADDRESS_VARIABLE, fault.what, fault.hint)) from fault


def shared_egresses(places: Mapping[str, Place], settings: Settings) -> Iterator[SharedEgress]:
    """Where the budget of an address is divided among workers, whose *places* are by their names.

    Workers of one machine need not divide it where they share it through a ledger, as all runs there do.
    """
    has_ledger = all(
        ledger_path(settings.limits.shared_budget, host_of(tenant)) is not None for tenant in settings.tenants
    )
    by_egress: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(places):
        by_egress[places[name].egress].append(name)
    for egress, names in by_egress.items():
        sharers: Collection[str] = {places[name].host for name in names} if has_ledger else names
        if len(sharers) > 1:
            yield SharedEgress(egress, tuple(names), settings.limits.address_rate / len(sharers))
