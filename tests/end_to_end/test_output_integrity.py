"""The report on disk: killed, out of space or without a reader, the program never leaves half of one."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from tests.end_to_end.driving import environment

pytestmark = pytest.mark.slow

KILLS = 10
MOST_KILLS = 200
DEMO = ["demo", "--orgs", "30", "--licenses", "3", "--seed", "5", "--as-of", "2026-03-01T12:00:00Z"]

WRITER = """
import hashlib, itertools, os, sys
from auditor.cli.output import write
if sys.argv[2] == "named":
    os.O_TMPFILE = 0  # opening a folder to write into it then fails, as on an older file system
for turn in itertools.count(int(sys.argv[3])):
    piece = f"{turn:>9}\\n".encode() * 20_000
    write([piece, piece, hashlib.sha256(piece * 2).digest()], sys.argv[1])
"""
"""Writes reports of 400 kB again and again. Each ends with the checksum of the rest."""

LIMITED = """
import resource, sys
from auditor.cli.main import main

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
main(sys.argv[2:])
"""
"""The program on a machine where no file grows beyond so many bytes."""


def turn_of(report: bytes) -> int:
    """Which of the writer's reports this is; fails unless it is whole."""
    body, checksum = report[:-32], report[-32:]
    assert hashlib.sha256(body).digest() == checksum, "half a report was seen"
    return int(body[:10])


@contextmanager
def writing(target: Path, way: str, first_turn: int) -> Iterator[subprocess.Popen[bytes]]:
    """Write to *target* until the block ends, then die of SIGKILL."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(target), way, str(first_turn)])  # noqa: S603 - our own code
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("way", ["unnamed", "named"])
def test_whoever_reads_while_writers_are_killed_sees_whole_reports_only(tmp_path: Path, way: str) -> None:
    """SIGKILL at random moments, and not one look finds half a file; the last good report survives."""
    target, rng = tmp_path / "report.json", Random(f"{way} 1")
    seen, kills = set[int](), 0
    # A file with a name stays behind where a kill strikes during a write: kill until one did.
    while kills < KILLS or (way == "named" and kills < MOST_KILLS and len(list(tmp_path.iterdir())) == 1):
        kill, kills = kills, kills + 1
        first_turn, looks = kill * 1_000_000, rng.randrange(1, 120)
        with writing(target, way, first_turn) as process:
            while not target.exists() or turn_of(target.read_bytes()) < first_turn:
                assert process.poll() is None
            seen |= {turn_of(target.read_bytes()) for _ in range(looks)}
            assert process.poll() is None
        seen.add(turn_of(target.read_bytes()))

    assert len(seen) > 2 * KILLS
    left = [path for path in tmp_path.iterdir() if path != target]
    if way == "unnamed":  # at most one that was complete and about to take its place
        assert [turn_of(path.read_bytes()) // 1_000_000 < kills for path in left] == [True] * len(left)
    else:  # this shows that kills did strike in the middle of a write
        assert 0 < len(left) <= kills
        assert all(path.name.startswith(".auditor-") for path in left)


def run_limited(limit: int, target: Path, temporary: Path) -> subprocess.CompletedProcess[str]:
    """The demo, with its report at *target*, where files end at *limit* bytes."""
    return subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", LIMITED, str(limit), *DEMO, "--output", str(target)],
        env=environment(TMPDIR=str(temporary)),
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_full_disk_costs_the_new_report_and_not_the_old(tmp_path: Path) -> None:
    """What, where and what to do is told, code 2, and no scraps are left anywhere."""
    reports, temporary = tmp_path / "reports", tmp_path / "temporary"
    reports.mkdir()
    temporary.mkdir()
    target = reports / "report.json"
    assert run_limited(10_000_000, target, temporary).returncode == 0
    good = target.read_bytes()

    # A little less than the report needs: what is kept until it is written still has room.
    done = run_limited(len(good) - 500, target, temporary)

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        f"auditor: --output {target}: cannot be written: File too large"
        " (and no other place could be written either: free some space and run again)"
    )
    assert "Traceback" not in done.stderr
    assert target.read_bytes() == good
    assert list(reports.iterdir()) == [target]
    assert list(temporary.iterdir()) == []


def test_a_full_folder_for_temporary_files_is_told_and_is_no_defect(tmp_path: Path) -> None:
    """What is read waits there until the report is written."""
    temporary, target = tmp_path / "temporary", tmp_path / "report.json"
    temporary.mkdir()
    target.write_bytes(b"the last good one")

    done = run_limited(4000, target, temporary)

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        f"auditor: temporary files in {temporary}: cannot be written: File too large"
        " (free some space, or name another folder in TMPDIR)"
    )
    assert target.read_bytes() == b"the last good one"
    assert list(temporary.iterdir()) == []


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run *command* in bash, in *folder*, with the demo as `$DEMO`."""
    root = Path(__file__).resolve().parents[2]
    program = " ".join([sys.executable, "-m", "auditor", *DEMO, "--progress", "off"])
    return subprocess.run(  # noqa: S603 - our own code
        ["bash", "-c", command],  # noqa: S607 - wherever it lies
        env=environment(DEMO=program, PYTHONPATH=str(root), XDG_STATE_HOME=str(folder)),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("command", "code", "told"),
    [
        ("$DEMO >/dev/full", 2, "stdout: cannot be written: No space left on device (the report was kept in"),
        ("$DEMO --output /dev/full", 2, "--output /dev/full: cannot be written: No space left on device"),
        ("$DEMO --output /dev/null", 0, "report: /dev/null"),
        ("$DEMO --output .", 2, "--output: . is a folder (give a file's path, or - for stdout)"),
        ("$DEMO --output gone/report.json", 2, "does not exist (make it first: mkdir -p"),
        ("$DEMO >&-", 2, "--output: stdout is not open for writing (give a file's path)"),
        ("exec 7> >(exec true); wait $!; $DEMO >&7", 2, "stdout: was closed before the output was complete"),
    ],
)
def test_where_the_report_cannot_go_is_told_and_is_no_defect(
    command: str, code: int, told: str, tmp_path: Path
) -> None:
    """The designed exit code, one sentence, no traceback; a report that was made is kept."""
    done = shell(command, tmp_path)

    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert len(list(tmp_path.iterdir())) == ("/dev/full" in command)


def test_a_report_appended_by_the_shell_is_appended(tmp_path: Path) -> None:
    """`--output /dev/stdout >> all.jsonl` must not replace what was gathered."""
    done = shell(
        "echo before > all.json; $DEMO --output /dev/stdout >> all.json; echo after >> all.json", tmp_path
    )

    lines = (tmp_path / "all.json").read_text().splitlines()
    assert done.returncode == 0
    assert [lines[0], lines[1], lines[-2], lines[-1]] == ["before", "{", "}", "after"]
