"""What decides, by name, what an audit finds out: two runs that differ in none of it are about the same."""

from __future__ import annotations

import json
from collections.abc import Collection
from hashlib import sha256
from typing import Any, Final

from auditor import __version__
from auditor.report.document import SCHEMA_VERSION
from auditor.settings.model import Settings
from auditor.settings.selection import Selection

_FEW: Final = 20
_NAME_CHARACTERS: Final = 12
_DIGEST_CHARACTERS: Final = 16


def facts_of(settings: Settings, selection: Selection) -> dict[str, Any]:
    """The facts of a run with *settings* that is narrowed to *selection*, as plain JSON."""
    audit = settings.audit
    facts = {
        "auditor": __version__,
        "report": SCHEMA_VERSION,
        "windows_days": list(audit.windows_days),
        "plan": audit.plan.value,
        "reconcile": audit.reconcile,
        "seat_use": audit.seat_use,
        "inventory": audit.inventory,
        "detail": audit.detail,
        "tenants": [tenant.name for tenant in settings.tenants],
        **_facts_of_selection("selection", selection),
    }
    for tenant in settings.tenants:
        name = f"tenant {tenant.name}"
        facts |= {f"{name} base_url": tenant.base_url, f"{name} tags": sorted(tenant.tags)}
        facts |= _facts_of_selection(name, tenant.selection)
    return facts


def digest_of(facts: dict[str, Any]) -> str:
    """What tells runs apart that are not about the same."""
    text = json.dumps(facts, sort_keys=True, ensure_ascii=True)
    return sha256(text.encode()).hexdigest()[:_DIGEST_CHARACTERS]


def _facts_of_selection(name: str, selection: Selection) -> dict[str, Any]:
    return {
        f"{name} ids": _told(selection.ids),
        f"{name} include": sorted(selection.include),
        f"{name} exclude": sorted(selection.exclude),
    }


def _told(ids: Collection[str]) -> list[str] | str:
    """*ids* themselves where they are few, else how many, with what tells them from as many others."""
    if len(ids) <= _FEW:
        return sorted(ids)
    digest = sha256(" ".join(sorted(ids)).encode()).hexdigest()[:_NAME_CHARACTERS]
    return f"{len(ids):,} ids ({digest})"
