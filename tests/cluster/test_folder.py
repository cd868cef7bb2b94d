from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.cluster.folder import PartedRun, PartsFolder
from auditor.domain.shard import Shard
from auditor.errors import SettingsError
from auditor.report.reading import Document
from auditor.report.to_json import to_json
from tests.cluster.builders import QUESTION, STARTED, a_part
from tests.domain.builders import AS_OF

RUN = PartedRun(QUESTION, AS_OF, STARTED, count=3)


def kept(path: Path, *parts: Document, run: PartedRun = RUN) -> None:
    """A folder at *path* in which *run* has kept *parts*."""
    with PartsFolder(path) as folder:
        folder.begin(run)
        for one in parts:
            index = int(one["run"]["shard"].partition("/")[0])
            folder.keep(Shard(index, run.count), to_json(one))


def recalled(path: Path, *, later: timedelta = timedelta(hours=1)) -> PartedRun | None:
    """The run that the next one finds there."""
    with PartsFolder(path) as folder:
        return folder.recall(STARTED + later)


def reports(path: Path) -> dict[int, Document]:
    """What the next run need not ask for again."""
    with PartsFolder(path) as folder:
        run = folder.recall(STARTED)
        assert run is not None
        return dict(folder.reports(run))


def test_parts_that_were_kept_are_found_by_the_next_run(tmp_path: Path) -> None:
    """With all that is needed to cut the rest in the same way."""
    run = replace(RUN, pages={"501": 4, "777": 2}, sizes={"501": 5, "777": 3, "502": 1})
    parts = [a_part(index, 3, str(500 + index)) for index in (1, 3)]
    kept(tmp_path / "parts", *parts, run=run)

    assert recalled(tmp_path / "parts") == run
    assert reports(tmp_path / "parts") == {1: parts[0], 3: parts[1]}


@pytest.mark.parametrize(
    "part",
    [
        a_part(1, 3, "501", question="another"),
        a_part(1, 3, "501", shard="1/4"),
        a_part(1, 3, "501") | {"asOf": "2020-01-01T00:00:00Z"},
        a_part(1, 3, "501") | {"completeness": {"complete": False}},
        a_part(1, 3, "501") | {"completeness": {"complete": True, "missing": {"seatUse": 1}}},
        {"run": {"shard": "1/3"}},
    ],
)
def test_a_part_that_does_not_fit_or_is_not_whole_is_asked_for_again(tmp_path: Path, part: Document) -> None:
    """What was cut short, and what is of another audit."""
    kept(tmp_path, part)

    assert recalled(tmp_path) is not None
    assert reports(tmp_path) == {}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff"])
def test_a_damaged_part_is_asked_for_again(tmp_path: Path, content: bytes) -> None:
    """It spoils nothing else."""
    kept(tmp_path, a_part(1, 3, "501"), a_part(2, 3, "502"))
    (tmp_path / "part-2-of-3.json").write_bytes(content)

    assert set(reports(tmp_path)) == {1}


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"question": null, "asOf": 1}'])
def test_a_folder_that_tells_of_no_run_is_begun_anew(tmp_path: Path, content: bytes) -> None:
    """As one that is empty."""
    assert recalled(tmp_path) is None
    (tmp_path / "run.json").write_bytes(content)

    assert recalled(tmp_path) is None


def test_a_run_of_yesterday_is_no_answer(tmp_path: Path) -> None:
    """It is begun anew, as with the journal of one process."""
    kept(tmp_path, a_part(1, 3, "501"))

    assert recalled(tmp_path, later=timedelta(hours=19)) is not None
    assert recalled(tmp_path, later=timedelta(hours=21)) is None


def test_a_run_that_begins_or_ends_forgets_the_one_before_and_nothing_else(tmp_path: Path) -> None:
    """Files that are not its own stay."""
    kept(tmp_path, a_part(1, 3, "501"))
    (tmp_path / "notes.txt").write_text("mine")
    with PartsFolder(tmp_path) as folder:
        folder.clear()

    assert [one.name for one in tmp_path.iterdir()] == ["notes.txt"]


def test_a_folder_is_for_one_run_at_a_time(tmp_path: Path) -> None:
    """Two coordinators would mix their parts."""
    with PartsFolder(tmp_path), pytest.raises(SettingsError, match="another run has it"):
        PartsFolder(tmp_path)
    with PartsFolder(tmp_path) as folder:
        assert folder.recall(STARTED) is None


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    """Nor is a place that cannot be made: both are told before anything is fetched."""
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "file", tmp_path / "missing" / "folder"):
        with pytest.raises(SettingsError, match="--journal"):
            PartsFolder(path)


def test_what_others_may_not_read_stays_so(tmp_path: Path) -> None:
    """A folder that is made is its owner's alone."""
    with PartsFolder(tmp_path / "parts"):
        assert (tmp_path / "parts").stat().st_mode & 0o077 == 0
