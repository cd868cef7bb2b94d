"""Takes in what becomes of each organization: its entry of the report, and its share in the sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from auditor.domain.organization import Organization
from auditor.domain.outcome import Failure
from auditor.domain.plan import Assignment
from auditor.domain.result import Digest, OrganizationResult
from auditor.domain.sizes import Sizes
from auditor.domain.window import Windows
from auditor.engine.events import Listener, OrganizationDone, OrganizationsLeft
from auditor.engine.masking import Masker
from auditor.engine.spool import Key
from auditor.report.document import organization_block
from auditor.report.to_json import to_piece
from auditor.report.unreached import pieces_of

Keep = Callable[[Key, bytes], None]
"""Takes the entry of one organization, as `Spool.add` does."""


class Memory(Protocol):
    """What earlier processes of this run have finished: see `journal.journal.Journal`."""

    def recall(self, tenant: str, organization: Organization) -> OrganizationResult | None:
        """The result of an organization that need not be asked again."""
        ...

    def record(self, result: OrganizationResult) -> None:
        """Keep a result for whoever resumes this run."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What is known of a run so far. Entries go to *keep*, without keys; *digest* adds up the rest."""

    windows: Windows
    keep: Keep
    masker: Masker
    sizes: Sizes
    on_event: Listener
    memory: Memory | None = None
    digest: Digest = field(default_factory=Digest)

    def add(self, result: OrganizationResult) -> None:
        """Take in the result of an organization, which an earlier process may have found."""
        self.digest.add(result)
        self.sizes.learn(result)
        self.keep((result.tenant, result.organization.id), self._piece_of(result))
        self.on_event(OrganizationDone(result))

    def add_new(self, result: OrganizationResult) -> None:
        """Take in a result of this process, which whoever resumes the run need not ask for again."""
        if self.memory is not None:
            self.memory.record(result)
        self.add(result)

    def leave(self, assignments: Iterable[Assignment], failure: Failure) -> None:
        """Take in together all whose turn never came: one by one, they would take ten times as long."""
        by_tenant: dict[str, list[Organization]] = {}
        for assignment in assignments:
            by_tenant.setdefault(assignment.tenant, []).append(assignment.organization)
        for tenant, organizations in by_tenant.items():
            self.digest.leave(tenant, organizations, failure)
            pieces = pieces_of(organizations, tenant=tenant, failure=failure, windows=self.windows)
            for one, piece in zip(organizations, self.masker.in_pieces(pieces), strict=True):
                self.keep((tenant, one.id), piece)
            models = Counter(one.licensing_model for one in organizations)
            self.on_event(OrganizationsLeft(models, failure))

    def _piece_of(self, result: OrganizationResult) -> bytes:
        """The entry of *result* as text, without keys; it is masked part by part only where it holds one."""
        block = organization_block(result, self.windows)
        piece = to_piece(block)
        return to_piece(self.masker.in_value(block)) if self.masker.holds(piece) else piece
