"""How figures moved, for programs and spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from auditor.history.entry import Step
from auditor.render.csv import table
from auditor.report.to_json import to_json

SCHEMA_VERSION: Final = "1.0"


def as_json(
    steps: Sequence[Step], names: Sequence[str], *, tenant: str | None, organization: str | None
) -> str:
    """One object; figures and changes by name, null where one is not known."""
    document = {
        "schemaVersion": SCHEMA_VERSION,
        "tenant": tenant,
        "organizationId": organization,
        "figures": names,
        "runs": [_run(step, names) for step in steps],
    }
    return to_json(document).decode()


def as_csv(steps: Sequence[Step], names: Sequence[str]) -> str:
    """A row for each run: each figure, and beside it the change against the run before."""
    header = ["asOf", "run", *(head for name in names for head in (name, f"{name} change"))]
    header += ["complete", "plan", "windowsDays", "appeared", "vanished", "marks"]
    return table(header, (list(_cells(step, names)) for step in steps)).decode()


def _run(step: Step, names: Sequence[str]) -> dict[str, Any]:
    entry = step.entry
    return {
        "run": entry.run_id,
        "asOf": entry.as_of_text,
        "toolVersion": entry.tool_version,
        "complete": entry.is_complete,
        "plan": entry.plan,
        "windowsDays": entry.windows_days,
        "status": entry.status,
        "standing": entry.standing,
        "figures": {name: entry.figures.get(name) for name in names},
        "changes": {name: step.changes[name] for name in names},
        "organizations": {"appeared": entry.appeared, "vanished": entry.vanished},
        "marks": [mark.value for mark in step.marks],
    }


def _cells(step: Step, names: Sequence[str]) -> Iterator[str | float | None]:
    entry = step.entry
    yield from (entry.as_of_text, entry.run_id)
    for name in names:
        yield from (entry.figures.get(name), step.changes[name])
    yield from (entry.is_complete, entry.plan, " ".join(map(str, entry.windows_days)))
    yield from (entry.appeared, entry.vanished, " ".join(mark.value for mark in step.marks))
