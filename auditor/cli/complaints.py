"""What went wrong, said on stderr: to whoever has to mend it, without a secret."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable

from auditor.cli.exit_codes import ExitCode
from auditor.cli.known_keys import masked_message
from auditor.errors import Problem


def say(text: str) -> None:
    """On stderr, without what looks like an API key: it may have been given in the wrong place."""
    print(masked_message(text), file=sys.stderr)


def name_problems(problems: Iterable[Problem]) -> None:
    """One line for each."""
    for problem in problems:
        say(f"auditor: {problem}")


def report_defect(error: Exception) -> ExitCode:
    """Name the defect that *error* is, and how to find it; the result is the code for it."""
    say(f"auditor: internal error: {type(error).__name__}")
    say("auditor: run again with --log-level debug for the traceback, and please report it")
    logging.getLogger("auditor").debug("internal_error", exc_info=error)
    return ExitCode.DEFECT
