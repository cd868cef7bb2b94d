"""Things to do one after another, where one that fails costs none of the others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from auditor.cli.complaints import name_problems, report_defect, say
from auditor.cli.exit_codes import ExitCode
from auditor.errors import Problem, SettingsError

MAX_PROBLEMS: Final = 10
"""How many are named: a full disk fails the file of every tenant."""


class Attempts:
    """What was tried so far, and what it means for the exit code.

    *code* is `COMPLETE` while nothing failed, `USAGE` where something could not be done, and `DEFECT` where
    this program is at fault.
    """

    def __init__(self) -> None:
        self.code = ExitCode.COMPLETE
        self._named: set[Problem] = set()
        self._unnamed = 0

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Do what is within; where it fails, that is said on stderr and kept, and no more happens."""
        try:
            yield
        except SettingsError as error:
            self._name(error)
            self.fail()
        except Exception as error:  # noqa: BLE001 - what comes after must be done all the same
            self.code = report_defect(error)

    def fail(self) -> None:
        """Keep that something could not be done; why has been said."""
        self.code = max(self.code, ExitCode.USAGE)

    def concluded(self, code: ExitCode) -> ExitCode:
        """The exit code where *code* is all that there is to say but for what failed here.

        Anything but success stays: a broken rule is never hidden by a disk that is full.
        """
        if self._unnamed:
            say(f"auditor: {self._unnamed:,} more could not be done")
        return code or self.code

    def _name(self, error: SettingsError) -> None:
        """Each problem once, and of many the first few."""
        new = [one for one in dict.fromkeys(error.problems) if one not in self._named]
        room = max(0, MAX_PROBLEMS - len(self._named))
        name_problems(new[:room])
        self._named.update(new[:room])
        self._unnamed += len(new[room:])
