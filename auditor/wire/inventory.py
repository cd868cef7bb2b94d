"""Devices in use, from `getOrganizationInventoryDevices` (OpenAPI 1.73.0)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from auditor.domain.note import NoteKind
from auditor.wire.rows import Notes, id_of, named, reader_of


class _Row(msgspec.Struct, gc=False):
    serial: Any = None
    model: Any = None


_read_rows = reader_of(_Row)


@dataclass(frozen=True, slots=True)
class DevicesPage:
    """One page of devices as (serial, model), and what was odd about it."""

    devices: tuple[tuple[str | None, str], ...]
    notes: Mapping[NoteKind, int]


def decode_devices(body: bytes) -> DevicesPage:
    """One page of devices. A model without a name is noted as a missing type, a serial as a missing id.

    Raises:
        BadResponseError: *body* is no list of objects.
    """
    notes: Notes = Counter()
    devices = tuple(
        (id_of(row.serial), named(row.model, notes, missing=NoteKind.MISSING_TYPE))
        for row in _read_rows(body)
    )
    notes[NoteKind.MISSING_ID] += sum(serial is None for serial, _ in devices)
    return DevicesPage(devices, notes=+notes)
