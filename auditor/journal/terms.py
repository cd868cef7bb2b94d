"""What a run was about: a run that is resumed must be about the same, or two audits would be mixed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

RESUMED_WITHIN: Final = timedelta(hours=20)
"""A run that began longer ago is history: what it read is no answer to today's question."""


@dataclass(frozen=True, slots=True)
class Terms:
    """*facts* decide, by name, what a run finds out; their values are plain JSON. Instants are aware UTC."""

    facts: Mapping[str, Any]
    as_of: datetime
    started_at: datetime

    def differences(self, other: Terms) -> list[str]:
        """Each fact in which *other* differs, told as `name: here, there`; empty when there is none."""
        names = dict.fromkeys([*self.facts, *other.facts])
        return [
            f"{name}: {_told(self.facts, name)}, now {_told(other.facts, name)}"
            for name in names
            if self.facts.get(name) != other.facts.get(name)
        ]

    def is_recent(self, now: datetime) -> bool:
        """Whether the run began so lately that it can still be resumed."""
        return now - self.started_at <= RESUMED_WITHIN

    def to_json(self) -> str:
        """As text, for the journal."""
        return json.dumps(
            {
                "facts": self.facts,
                "asOf": self.as_of.isoformat(),
                "startedAt": self.started_at.isoformat(),
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Terms:
        """What `to_json` wrote. Raises ValueError, KeyError or TypeError when *text* is something else."""
        read = json.loads(text)
        return cls(
            dict(read["facts"]),
            datetime.fromisoformat(read["asOf"]),
            datetime.fromisoformat(read["startedAt"]),
        )


def _told(facts: Mapping[str, Any], name: str) -> str:
    return json.dumps(facts[name], ensure_ascii=False) if name in facts else "not there"
