"""Whether a report agrees with itself: a gate that looks at one half would pass an edited other half."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.domain.outcome import Status
from auditor.report.shared import tenants_of

Json = Mapping[str, Any]


def disagreements(report: Json) -> Iterator[str]:
    """Each contradiction in *report*, which has the shape of one, as a sentence with both sides of it."""
    yield from _counts(report)
    yield from _ids(report)
    yield from _complete(report)


def _counts(report: Json) -> Iterator[str]:
    """How the organizations ended, counted there and here."""
    stated = report["completeness"]["organizations"]
    listed = Counter(one["status"] for one in report["organizations"])
    counts = {"selected": len(report["organizations"]), **{one.value: listed[one] for one in Status}}
    for name, count in counts.items():
        if stated[name] != count:
            yield f"completeness.organizations.{name} is {stated[name]:,}, and `organizations` has {count:,}"


def _ids(report: Json) -> Iterator[str]:
    times = Counter((tenant, one["id"]) for one in report["organizations"] for tenant in tenants_of(one))
    for (tenant, organization_id), count in times.items():
        if count > 1:
            yield f"organization {organization_id} of tenant {tenant} is in it {count:,} times"


def _complete(report: Json) -> Iterator[str]:
    if not report["completeness"]["complete"]:
        return
    counts = report["completeness"]["organizations"]
    lacking = [
        *(f"{counts[name]:,} {name}" for name in ("partial", "failed") if counts[name]),
        *(
            f"the organizations of tenant {one['tenant']} not listed"
            for one in report["errors"]
            if one["organizationId"] is None
        ),
        *(["a run that ended early"] if report["run"]["interrupted"] is not None else []),
    ]
    if lacking:
        yield f"completeness.complete is true, with {', '.join(lacking)}"
