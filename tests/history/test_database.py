from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.history.database import APPLICATION_ID, SCHEMA_VERSION, HistoryBusyError, HistoryError
from auditor.history.entry import Entry
from auditor.history.history import Added, History
from tests.history.runs import a_kept_run

NIGHTS = range(6)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a history is, or is to be."""
    return tmp_path / "an audit's history.db"


def kept(path: Path) -> list[Entry]:
    """All that the history at *path* tells."""
    with History.open(path, must_exist=True) as history:
        return [
            entry
            for view in ({}, {"tenant": "acme"}, {"organization": "500"})
            for entry in history.entries(**view)
        ]


def write(path: Path, nights: range = NIGHTS) -> None:
    with History.open(path) as history:
        for night in nights:
            history.add(a_kept_run(night, 2))


def test_a_new_history_is_private_and_one_file(path: Path) -> None:
    """It names tenants; and at rest it can be copied."""
    write(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_the_mode_that_somebody_gave_it_stays(path: Path) -> None:
    """Others may be meant to read it."""
    write(path, range(1))
    path.chmod(0o640)
    write(path)

    assert path.stat().st_mode & 0o777 == 0o640


def test_a_missing_history_is_made_only_where_that_is_meant(path: Path) -> None:
    """A slip of the keyboard leaves no empty file."""
    with pytest.raises(HistoryError, match="no such file"):
        History.open(path, must_exist=True)
    assert not path.exists()


@pytest.mark.parametrize("content", [b"", None])
def test_an_empty_file_becomes_a_history(path: Path, content: bytes | None) -> None:
    """Whether a crash left it, or `mktemp` made it; an empty database likewise."""
    path.write_bytes(content or b"")
    if content is None:
        connection = sqlite3.connect(path)
        connection.execute("VACUUM")
        connection.close()
    write(path)

    assert len(kept(path)) == 3 * len(NIGHTS)


@pytest.mark.parametrize("content", [b"{}", b'{"schemaVersion": "1.1"}' * 999, b"SQLite format 2\0" * 99])
def test_any_other_file_is_refused_and_stays_as_it_is(path: Path, content: bytes) -> None:
    """A report that was named by mistake, say."""
    path.write_bytes(content)

    with pytest.raises(HistoryError, match="no history"):
        History.open(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("application", [0, 0x61756469, 7])
def test_a_database_of_another_program_is_refused(path: Path, application: int) -> None:
    """A journal of this one is none either."""
    connection = sqlite3.connect(path)
    connection.executescript(f"PRAGMA application_id = {application}; CREATE TABLE run (a)")
    connection.close()
    before = path.read_bytes()

    with pytest.raises(HistoryError, match="another program"):
        History.open(path)
    assert path.read_bytes() == before


def test_a_newer_history_is_refused_by_name_of_its_version(path: Path) -> None:
    """It may hold what this version would not understand."""
    write(path)
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()

    with pytest.raises(HistoryError, match=f"version {SCHEMA_VERSION + 1}.*a newer one wrote it"):
        History.open(path)


def test_a_folder_is_no_history(tmp_path: Path) -> None:
    """Nor is anything else that is no file."""
    with pytest.raises(HistoryError, match="no regular file"):
        History.open(tmp_path)


def test_a_history_that_stays_busy_says_so(path: Path) -> None:
    """After waiting; what there was is still there."""
    write(path)
    before = kept(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with History.open(path, patience_seconds=0.05) as history:
        with pytest.raises(HistoryBusyError, match="another process"):
            history.add(a_kept_run(9, 1))
        assert len(history) == len(NIGHTS)  # readers need not wait
    other.close()

    assert kept(path) == before


def test_a_reader_keeps_no_writer_out(path: Path) -> None:
    """One may look at a history while a run adds to it."""
    write(path)
    with History.open(path) as reader, History.open(path) as writer:
        before = reader.entries()
        writer.add(a_kept_run(9, 1))

        assert len(reader.entries()) == len(before) + 1


def test_what_cannot_be_written_is_told_and_can_be_read(path: Path) -> None:
    """A history on a disk that is full, or grown beyond what this user may write."""
    write(path)
    with History.open(path) as history:
        history._connection.execute("PRAGMA query_only = ON")
        with pytest.raises(HistoryError, match="not writable"):
            history.add(a_kept_run(9, 1))
        assert len(history.entries()) == len(NIGHTS)


@pytest.mark.parametrize("seed", range(25))
def test_a_few_bytes_that_changed_anywhere_never_change_a_figure(path: Path, seed: int) -> None:
    """What is told was written; else the file is refused, and left as it is."""
    write(path)
    written, rng = kept(path), random.Random(seed)
    content = bytearray(path.read_bytes())
    for _ in range(rng.randint(1, 4)):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)

    try:
        told = kept(path)
    except HistoryError:
        told = []
    assert [one for one in told if one not in written] == []
    assert path.read_bytes() == content


def test_a_schema_that_is_no_text_any_more_is_damage(path: Path) -> None:
    """SQLite quotes it in its message, which then is no text either."""
    write(path)
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE part", b"CREATE TABLE \xa0art"))

    with pytest.raises(HistoryError, match="damaged"):
        kept(path)


def test_a_run_that_went_missing_is_noticed(path: Path) -> None:
    """A trend with a night less would look like one."""
    write(path)
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM part WHERE run = 2")
    connection.commit()
    connection.close()

    with pytest.raises(HistoryError, match="not what was written"):
        kept(path)


def test_a_file_that_was_cut_short_is_refused(path: Path) -> None:
    """Half a copy is no history."""
    write(path)
    path.write_bytes(path.read_bytes()[:-5000])

    with pytest.raises(HistoryError, match="damaged"):
        kept(path)


def test_a_figure_that_was_changed_by_hand_is_not_believed(path: Path) -> None:
    """Valid SQLite, valid JSON, and not what was written."""
    write(path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE part SET figures = replace(figures, '101', '1')")
    connection.execute("UPDATE member SET expiring = 1 WHERE run = 2")
    connection.commit()
    connection.close()

    with History.open(path) as history:
        for view in ({}, {"organization": "500"}):
            with pytest.raises(HistoryError, match="not what was written"):
                history.entries(**view)


KILLED = """
import os, signal, sys
from itertools import count
from pathlib import Path
from auditor.history.history import History
from tests.history.runs import a_kept_run
steps, path = int(sys.argv[1]), Path(sys.argv[2])
with History.open(path) as history:
    history._connection.execute("PRAGMA cache_size = 2")  # so that pages go to the file before the end
    statements = count(1)
    history._connection.set_trace_callback(
        lambda sql: next(statements) == steps and os.kill(os.getpid(), signal.SIGKILL)
    )
    history.prune(keep_days=2)
    history.add(a_kept_run(9, 3))
"""


@pytest.mark.parametrize("steps", [1, 9, 15, 19, 24])
def test_a_process_that_is_killed_leaves_a_state_that_was_whole(path: Path, steps: int) -> None:
    """The one before, or one after; and the next process goes on from there."""
    write(path)
    everything = kept(path)
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", KILLED, str(steps), str(path)], check=False, capture_output=True, text=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr

    left = kept(path)
    pruned = [one for one in everything if one.run_id in {"run-3", "run-4", "run-5"}]
    assert left in (everything, pruned)
    with History.open(path) as history:
        assert history.add(a_kept_run(9, 3)) is Added.NEW
    assert len(kept(path)) == len(left) + 3


def test_a_process_that_is_killed_before_its_commit_has_done_nothing(path: Path) -> None:
    """All pages may have been written by then: SQLite's journal takes them back."""
    write(path)
    before = kept(path)
    code = KILLED.replace("next(statements) == steps", "sql == 'COMMIT'")
    done = subprocess.run([sys.executable, "-c", code, "0", str(path)], check=False)  # noqa: S603 - our own

    assert done.returncode == -signal.SIGKILL
    assert path.with_name(path.name + "-journal").exists()
    assert kept(path) == before


ADDING = """
import sys
from pathlib import Path
from auditor.history.history import History
from tests.history.runs import a_kept_run
path, first, step = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
for night in range(first, 24, step):
    with History.open(path) as history:
        history.add(a_kept_run(night, 2))
"""


def test_two_processes_may_begin_and_write_one_history(path: Path) -> None:
    """Neither fails, and nothing of either is lost, though both make the file; some nights are of both."""
    processes = [
        subprocess.Popen(  # noqa: S603 - our own code
            [sys.executable, "-c", ADDING, str(path), *share],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for share in (("0", "2"), ("0", "3"))
    ]
    for one in processes:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    told = [one.communicate("go\n", timeout=60) for one in processes]

    assert [one.returncode for one in processes] == [0, 0], told
    nights = {*range(0, 24, 2), *range(0, 24, 3)}
    assert {entry.run_id for entry in kept(path)} == {f"run-{night}" for night in nights}


def test_a_history_is_known_by_its_application_id(path: Path) -> None:
    """So that `file` and other programs can tell it, and a journal is never taken for one."""
    write(path)

    assert int.from_bytes(path.read_bytes()[68:72], "big") == APPLICATION_ID
    assert os.fsencode("audh") == APPLICATION_ID.to_bytes(4, "big")
