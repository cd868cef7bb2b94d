"""What SKUs entitle to (OpenAPI 1.73.0)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from auditor.domain.entitlement import Entitlement
from auditor.wire.body import is_object
from auditor.wire.rows import id_of, reader_of, truth_of


class _Row(msgspec.Struct, gc=False, rename="camel"):
    sku: Any = None
    name: Any = None
    product_type: Any = None
    product_class: Any = None
    feature_tier: Any = None
    is_add_on: Any = None
    is_free: Any = None


_read_rows = reader_of(_Row, asked=None)


def decode_entitlements(body: bytes) -> Mapping[str, Entitlement]:
    """`getAdministeredLicensingSubscriptionEntitlements`, by SKU; of an SKU that comes twice the first row.

    The vendor's description has a single object there, where a client library met a list: either is read.
    A row without an SKU tells of nothing and is left out.

    Raises:
        BadResponseError: *body* is neither an object nor a list of objects.
    """
    rows = _read_rows(b"[%b]" % body if is_object(body) else body)
    told: dict[str, Entitlement] = {}
    for row in rows:
        sku = id_of(row.sku)
        if sku is not None:
            told.setdefault(sku, _entitlement(row))
    return told


def _entitlement(row: _Row) -> Entitlement:
    return Entitlement(
        name=_text(row.name),
        product_type=_text(row.product_type),
        product_class=_text(row.product_class),
        feature_tier=_text(row.feature_tier),
        is_add_on=truth_of(row.is_add_on),
        is_free=truth_of(row.is_free),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
