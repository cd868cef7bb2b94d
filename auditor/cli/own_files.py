"""Files that a run keeps beside its report: each must be one of its own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from auditor.cli.output import STDOUT
from auditor.errors import Problem, SettingsError


def own_path(named: str, *, option: str, others: Iterable[str | None]) -> Path:
    """The path that *option* names, which is none of the *others* that the run writes, by any name.

    Raises:
        SettingsError: it is one of these, or stdout.
    """
    path = Path(named)
    if named == STDOUT or any(are_one_file(path, Path(other)) for other in others if other):
        raise SettingsError(Problem(option, "needs a file of its own", "give another file's path"))
    return path


def are_one_file(path: Path, other: Path) -> bool:
    """Whether both names lead to one file, as links do, hard ones included."""
    try:
        return path.resolve() == other.resolve() or path.samefile(other)
    except OSError:  # one of them is not there
        return False
