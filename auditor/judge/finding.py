"""One broken rule, with what excuses it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from auditor.domain.finding import Finding, Severity
from auditor.judge.comparing import Threshold
from auditor.judge.observation import Value
from auditor.judge.place import Place
from auditor.judge.severity import RANK
from auditor.judge.waiver import Waiver

_LAST: Final = "~"  # after every date


@dataclass(frozen=True, slots=True)
class JudgedFinding:
    """Broken for certain: a value that is not exact is a lower bound.

    *waiver* excuses it. *is_new* is None without a baseline; False says that the baseline has it as well, not
    waived there, and, where the rule is a ratchet, no better. *before* is its value there. *due* is an
    instant as the report writes it.
    """

    rule: str
    severity: Severity
    place: Place
    subject: str
    message: str
    due: str | None = None
    value: Value = None
    threshold: Threshold | None = None
    advice: str = ""
    waiver: Waiver | None = None
    is_new: bool | None = None
    before: Value = None

    @property
    def id(self) -> str:
        """The same for the same rule, place and figure in every report, whatever their values.

        A tag may be spelled `Gold` by one tenant and `gold` by another: it is one, whoever is there.
        """
        place = self.place
        subject = self.subject if place.tag is None else self.subject.casefold()
        return Finding(
            self.rule, self.severity, place.organization_id or "", place.tenant or "", subject, ""
        ).id

    @property
    def is_excused(self) -> bool:
        """Whether a waiver or the baseline has it."""
        return self.waiver is not None or self.is_new is False

    @property
    def urgency(self) -> tuple[Any, ...]:
        """Orders findings: what is due first, then what matters most, then by place and name."""
        place = self.place
        return (
            self.due or _LAST,
            RANK[self.severity],
            place.tenant or "",
            place.organization_id or "",
            self.rule,
            self.subject,
        )

    def to_json(self) -> dict[str, Any]:
        """The entry of `findings` in a report."""
        waiver = self.waiver
        return {
            "id": self.id,
            "rule": self.rule,
            "severity": self.severity.value,
            "organizationId": self.place.organization_id,
            "tenant": self.place.tenant,
            "subject": self.subject,
            "message": self.message,
            "due": self.due,
            "value": self.value,
            "threshold": self.threshold,
            "advice": self.advice or None,
            "waived": waiver
            and {"reason": waiver.reason, "owner": waiver.owner, "expires": waiver.expires.isoformat()},
            "isNew": self.is_new,
            "valueBefore": self.before,
        }
