"""The journal of a run in parts: a folder with each report that came back, and what the run is about."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import orjson

from auditor.domain.shard import Shard
from auditor.errors import Problem, SettingsError
from auditor.journal.terms import RESUMED_WITHIN
from auditor.report.reading import Document

TERMS_NAME: Final = "run.json"
_OWN_NAME: Final = re.compile(r"(?:run|part-[0-9]+-of-[0-9]+)\.json(?:\.new)?")


@dataclass(frozen=True, slots=True)
class PartedRun:
    """A run that is cut into *count* parts by *sizes*; *pages* are those that an earlier run told."""

    question: str | None
    as_of: datetime
    started_at: datetime
    count: int
    pages: Mapping[str, int] = field(default_factory=dict, repr=False)
    sizes: Mapping[str, int] = field(default_factory=dict, repr=False)

    def to_json(self) -> bytes:
        """As text, without the reports."""
        return orjson.dumps(
            {
                "question": self.question,
                "asOf": self.as_of.isoformat(),
                "startedAt": self.started_at.isoformat(),
                "parts": self.count,
                "pages": self.pages,
                "sizes": self.sizes,
            }
        )

    @classmethod
    def from_json(cls, text: bytes) -> PartedRun:
        """What `to_json` wrote. Raises ValueError, KeyError or TypeError when *text* is something else."""
        read = orjson.loads(text)
        as_of, started_at = (datetime.fromisoformat(read[key]) for key in ("asOf", "startedAt"))
        pages, sizes = dict(read["pages"]), dict(read["sizes"])
        return cls(read["question"], as_of, started_at, int(read["parts"]), pages, sizes)


class PartsFolder:
    """One open and locked folder, which is made where it is not there."""

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            SettingsError: it is no folder, cannot be made, or another run has it.
        """
        self._path = path
        try:
            path.mkdir(mode=0o700, parents=False, exist_ok=True)
            self._fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise SettingsError(_unusable(path, str(error.strerror or error).lower())) from error
        try:
            flock(self._fd, LOCK_EX | LOCK_NB)
        except OSError as error:
            os.close(self._fd)
            raise SettingsError(_unusable(path, "another run has it")) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._fd)

    def begin(self, run: PartedRun) -> None:
        """Forget the run before, and begin *run*.

        Raises:
            SettingsError: it cannot be written.
        """
        try:
            self.clear()
            self._write(TERMS_NAME, run.to_json())
        except OSError as error:
            raise SettingsError(_unusable(self._path, str(error.strerror or error).lower())) from error

    def keep(self, shard: Shard, report: bytes) -> None:
        """Keep the report on a part, whole or not at all. Raises OSError."""
        self._write(_part_name(shard.index, shard.count), report)

    def clear(self) -> None:
        """Forget the run: its report is written. Raises OSError."""
        for one in [*self._path.iterdir()]:
            if _OWN_NAME.fullmatch(one.name):
                one.unlink()

    def recall(self, now: datetime) -> PartedRun | None:
        """The run that was begun last; None where there is none, or none that is recent enough."""
        try:
            run = PartedRun.from_json((self._path / TERMS_NAME).read_bytes())
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return None if now - run.started_at > RESUMED_WITHIN else run

    def reports(self, run: PartedRun) -> Iterator[tuple[int, Document]]:
        """The reports on parts of *run* that need not be asked for again, by number, one after another."""
        for index in range(1, run.count + 1):
            try:
                report = orjson.loads((self._path / _part_name(index, run.count)).read_bytes())
                facts = report["run"]
                told = facts["question"], facts["shard"], _instant(report["asOf"])
                completeness = report["completeness"]
                is_whole = completeness["complete"] is True and not completeness.get("missing")
            except (OSError, ValueError, KeyError, TypeError, AttributeError):
                continue
            if is_whole and told == (run.question, f"{index}/{run.count}", run.as_of):
                yield index, report

    def _write(self, name: str, content: bytes) -> None:
        new = self._path / f"{name}.new"
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path / name)


def _part_name(index: int, count: int) -> str:
    return f"part-{index}-of-{count}.json"


def _instant(text: Any) -> datetime:
    return datetime.fromisoformat(text)


def _unusable(path: Path, why: str) -> Problem:
    return Problem("--journal", f"{path}: {why}", "a run in parts needs a folder of its own")
