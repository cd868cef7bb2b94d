"""Reports and policies that the command line names, read from files or the standard input."""

from __future__ import annotations

import sys
from datetime import datetime

from auditor.cli.bounded import MAX_SETTINGS_BYTES, STDIN, read_whole, report_chunks
from auditor.errors import Problem, SettingsError
from auditor.judge.observation import instant_of
from auditor.judge.policy import Policy
from auditor.judge.policy_text import read_policy
from auditor.report.reading import Document, UnreadableReportError, read_report


def read_policy_at(path: str | None, *, where: str = "--policy") -> Policy:
    """The policy in the file at *path*; without one, the policy that only demands completeness.

    *where* names what told of it.

    Raises:
        SettingsError: it cannot be read, has a mistake, or demands nothing: whoever names a policy means one.
    """
    if path is None:
        return Policy()
    try:
        text = read_whole(path, limit=MAX_SETTINGS_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SettingsError(Problem(path, "is not UTF-8 text", "save the file as UTF-8")) from None
    except (OSError, ValueError) as error:
        raise SettingsError(Problem(where, _unreadable(path, error), "give a policy's path")) from error
    policy = read_policy(text, name=path)
    if not policy.demands_anything:
        hint = "give it [[rules]], or the line [completeness] to demand only that everything was read"
        raise SettingsError(Problem(path, "demands nothing", hint))
    return policy


def read_report_at(path: str, *, where: str) -> Document:
    """The report at *path*, or on the standard input; *where* names the argument that told of it.

    Raises:
        SettingsError: it cannot be read, or is no report.
    """
    try:
        text = b"".join(report_chunks(path))
    except (OSError, ValueError) as error:
        raise SettingsError(Problem(where, _unreadable(path, error), "give a report's path")) from error
    try:
        return read_report(text)
    except UnreadableReportError as error:
        name = "<stdin>" if path == STDIN else path
        raise SettingsError(Problem(name, str(error), "give a report of auditor run")) from error


def check_age(report: Document, policy: Policy, *, path: str, now: datetime) -> None:
    """Refuse *report*, which stands at *path*, where it is older by *now* than *policy* lets it be.

    One of a time that lies as far ahead is refused too: a wrong clock would keep it young for good.

    Raises:
        SettingsError: with its age.
    """
    longest = policy.completeness.max_age
    if longest is None:
        return
    made = min(instant_of(report["asOf"]), instant_of(report["run"]["finishedAt"]))
    age = (now - made).total_seconds()
    if abs(age) > longest:
        name = "<stdin>" if path == STDIN else path
        side = "old" if age > 0 else "ahead of this machine's clock"
        dated = f"is of {made:%Y-%m-%d %H:%M}, {_hours(age)} {side}"
        what = f"{dated}; max_age of the policy is {_hours(longest)}"
        raise SettingsError(Problem(name, what, "audit again, or set another max_age in [completeness]"))


def _hours(seconds: float) -> str:
    return f"{abs(seconds) / 3600:,.1f} h"


def warn_of_order(earlier: Document, later: Document, *, old: str, new: str) -> None:
    """Tell on stderr where *earlier* is not earlier."""
    if instant_of(earlier["asOf"]) > instant_of(later["asOf"]):
        print(
            f"auditor: warning: {old} ({earlier['asOf']}) is newer than {new} ({later['asOf']})",
            file=sys.stderr,
        )


def _unreadable(path: str, error: Exception) -> str:
    return f"cannot read {path}: {str(getattr(error, 'strerror', None) or error).lower()}"
