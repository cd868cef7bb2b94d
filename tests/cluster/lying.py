"""What a worker loads before it begins: where its environment says so, it returns a wrong report."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final

import orjson

from auditor.cluster import working
from auditor.cluster.order import Order

VARIABLE: Final = "WORKER_LIES"


def without_most(text: bytes) -> bytes:
    """The report with one organization, and counts that agree with it."""
    report = orjson.loads(text)
    counts = report["completeness"]["organizations"]
    report["organizations"] = report["organizations"][:1]
    counts |= {"selected": 1, "audited": 0, "skipped": 0, report["organizations"][0]["status"]: 1}
    return orjson.dumps(report)


LIES: Final[dict[str, Callable[[bytes], Any]]] = {
    "few": without_most,
    "no JSON": lambda text: text[: len(text) // 2],
    "text": lambda text: text.decode(),
}


def dask_setup(_: object) -> None:
    """Dask calls this in each worker."""
    lie = LIES.get(os.environ.get(VARIABLE, ""))
    if lie is None:
        return
    audit = working.audit_part

    def lying(order: Order) -> Any:
        text = audit(order)
        return None if text is None else lie(text)

    working.audit_part = lying
