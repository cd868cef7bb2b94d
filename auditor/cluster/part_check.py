"""Whether a report that came back is the one that was ordered: a worker is not believed blindly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson

from auditor import __version__
from auditor.cluster.order import Order
from auditor.errors import AuditorError
from auditor.report.document import SCHEMA_VERSION
from auditor.report.instant import to_rfc3339
from auditor.report.reading import Document, UnreadableReportError, read_report


class PartRefusedError(AuditorError):
    """What a worker returned is no report, or not the report on the part that it was given."""


def checked_part(text: object, order: Order) -> Document:
    """The report in *text*, as it was written, once it agrees with *order*.

    It has the shape of a report, does not contradict itself, and is about the same question, windows and
    organizations. Organizations may be those of another tenant than planned: a second key may read them.

    Raises:
        PartRefusedError: it disagrees; the message names what.
    """
    if not isinstance(text, bytes):
        raise PartRefusedError(f"the report is of type {type(text).__name__}, not bytes")
    try:
        read_report(text)
    except UnreadableReportError as error:
        raise PartRefusedError(f"the report cannot be read: {error}") from None
    report: Document = orjson.loads(text)
    disagreement = next(_disagreements(report, order), None)
    if disagreement is not None:
        raise PartRefusedError(disagreement)
    return report


def _disagreements(report: Document, order: Order) -> Iterator[str]:
    for name, expected, found in _heads(report, order):
        if expected != found:
            yield f"{name} of the report is {found!r}, and {expected!r} was ordered"
    if not is_about(report, order):
        listed, wanted = len(report["organizations"]), len(_wanted(order))
        yield f"the report is not about the organizations ordered ({listed:,} in it, {wanted:,} ordered)"


def _heads(report: Document, order: Order) -> Iterator[tuple[str, Any, Any]]:
    """What of a report follows from its order: the name, what it is to be, and what it is."""
    run, audit = report["run"], order.settings.audit
    yield "schemaVersion", SCHEMA_VERSION, report["schemaVersion"]
    yield "tool.version", __version__, report["tool"]["version"]
    yield "run.shard", str(order.shard), run["shard"]
    yield "run.question", order.question, run.get("question")
    yield "asOf", to_rfc3339(order.as_of), report["asOf"]
    yield "windowsDays", list(audit.windows_days), report["windowsDays"]
    is_reconciled = report["completeness"]["reconciled"] is not None
    yield "reconciliation", audit.reconcile, is_reconciled


def is_about(report: Document, order: Order) -> bool:
    """Whether a report is about just the organizations that *order* is for, each of them once.

    It may be about more where they could not all be listed when the order was made.
    """
    assert order.found is not None  # noqa: S101 - of an order for a part
    wanted = _wanted(order)
    listed = Counter(str(one["id"]) for one in report["organizations"])
    tenants = {one.name for one in order.settings.tenants}
    if not tenants.issuperset(one["tenant"] for one in report["organizations"]):
        return False
    return wanted == listed or (bool(order.found.failures) and wanted < listed)


def _wanted(order: Order) -> Counter[str]:
    """How often each id was ordered: tenants on two hosts may have organizations of the same id."""
    assert order.found is not None  # noqa: S101 - of an order for a part
    plan = order.found.plan
    ordered = [one.organization for one in plan.assignments] + [one.organization for one in plan.settled]
    return Counter(str(one.id) for one in ordered)
