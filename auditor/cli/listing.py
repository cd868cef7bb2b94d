"""What a person is told of lists of organizations that could not be read."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from auditor.cli.exit_codes import ExitCode
from auditor.cli.summary import ADVICE, printable
from auditor.domain.plan import Listing


def tell_failures(listings: Sequence[Listing]) -> ExitCode:
    """State on stderr each list that failed and each row that no request can name.

    The exit code says whether any organization was read, and all of them.
    """
    for listing in listings:
        for failure in listing.failures:
            text = f"tenant {listing.tenant}: {failure.failure_class}: {failure.message}"
            print(f"auditor: {printable(text)}", file=sys.stderr)
        for failure_class in dict.fromkeys(failure.failure_class for failure in listing.failures):
            print(f"auditor: {ADVICE[failure_class]}", file=sys.stderr)
    if not any(listing.organizations for listing in listings):
        return ExitCode.NOTHING_AUDITED
    return ExitCode.INCOMPLETE if any(listing.failures for listing in listings) else ExitCode.COMPLETE
