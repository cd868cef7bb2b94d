"""The exit codes, by name. Other programs act on the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from auditor.report.extent import is_nothing_audited


class ExitCode(IntEnum):
    """What the process says at its end."""

    COMPLETE = 0
    POLICY_FAILED = 1
    USAGE = 2  # options, configuration, credentials, or a report that cannot be written
    INCOMPLETE = 3  # an organization failed or is partial, a list of organizations broke, a deadline came
    NOTHING_AUDITED = 4  # nothing was selected, or nothing of the selection could be read
    DEFECT = 70  # an error of this program; never 1, which a gate would take for a finding
    INTERRUPTED = 130
    TERMINATED = 143


def of_report(report: Mapping[str, Any]) -> ExitCode:
    """The exit code that *report* calls for; signals are decided elsewhere."""
    if is_nothing_audited(report):
        return ExitCode.NOTHING_AUDITED
    return ExitCode.COMPLETE if report["completeness"]["complete"] else ExitCode.INCOMPLETE
