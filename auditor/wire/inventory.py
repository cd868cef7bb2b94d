"""Devices in use, from `getOrganizationInventoryDevices` (OpenAPI 1.73.0)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from auditor.domain.device_use import UsedDevice
from auditor.domain.note import NoteKind
from auditor.wire.endpoints import ROWS_PER_PAGE
from auditor.wire.rows import Notes, id_of, named, reader_of

_APPLIANCE = "appliance"
_APPLIANCE_MODEL = "MX"  # of a device that states no product type


class _Row(msgspec.Struct, gc=False, rename="camel"):
    serial: Any = None
    model: Any = None
    network_id: Any = None
    product_type: Any = None


_read_rows = reader_of(_Row, asked=ROWS_PER_PAGE)


@dataclass(frozen=True, slots=True)
class DevicesPage:
    """One page of devices, and what was odd about it."""

    devices: tuple[UsedDevice, ...]
    notes: Mapping[NoteKind, int]


def decode_devices(body: bytes) -> DevicesPage:
    """One page of devices. A model without a name is noted as a missing type, a serial as a missing id.

    Raises:
        BadResponseError: *body* is no list of objects.
    """
    notes: Notes = Counter()
    devices = tuple(_device(row, notes) for row in _read_rows(body))
    notes[NoteKind.MISSING_ID] += sum(device.serial is None for device in devices)
    return DevicesPage(devices, notes=+notes)


def _device(row: _Row, notes: Notes) -> UsedDevice:
    model = named(row.model, notes, missing=NoteKind.MISSING_TYPE)
    is_appliance = (
        row.product_type.lower() == _APPLIANCE
        if isinstance(row.product_type, str)
        else model.upper().startswith(_APPLIANCE_MODEL)
    )
    return UsedDevice(id_of(row.serial), model, id_of(row.network_id) if is_appliance else None)
