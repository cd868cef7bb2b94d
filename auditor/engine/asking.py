"""With what the organizations of one tenant are asked: the same for all audits of a run."""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.domain.question import Question
from auditor.domain.sizes import Sizes
from auditor.engine.entitlement_list import EntitlementList
from auditor.engine.events import Listener


@dataclass(frozen=True, slots=True)
class Asking:
    """Where to ask, what, and whom to tell.

    *sizes* say how many pages to expect of an organization; *entitlements* is read once for all of them.
    """

    base_url: str
    question: Question
    on_event: Listener
    sizes: Sizes = field(default_factory=Sizes)
    entitlements: EntitlementList = field(default_factory=EntitlementList)
