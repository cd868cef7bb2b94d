"""What a person is told of lists of organizations that could not be read."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from auditor.cli.exit_codes import ExitCode
from auditor.cli.summary import ADVICE, printable
from auditor.domain.plan import Listing


def tell_failures(listings: Sequence[Listing]) -> ExitCode:
    """Tell each failed list on stderr; the exit code says whether any was read, and all of it."""
    for listing in listings:
        if listing.failure is not None:
            text = f"tenant {listing.tenant}: {listing.failure.failure_class}: {listing.failure.message}"
            print(f"auditor: {printable(text)}", file=sys.stderr)
            print(f"auditor: {ADVICE[listing.failure.failure_class]}", file=sys.stderr)
    if not any(listing.organizations for listing in listings):
        return ExitCode.NOTHING_AUDITED
    return ExitCode.INCOMPLETE if any(listing.failure for listing in listings) else ExitCode.COMPLETE
