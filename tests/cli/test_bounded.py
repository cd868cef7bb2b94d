from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

import orjson
import pytest

from auditor.cli import bounded
from auditor.cli.bounded import TooLargeError, read_whole, report_chunks
from auditor.cli.main import exit_code_of
from auditor.cli.open_files import NEEDED
from tests.judge.reports import a_document, an_organization

REPORT: Final = orjson.dumps(a_document(an_organization("1")))
ENDLESS: Final = "/dev/zero"


@pytest.fixture
def report(tmp_path: Path) -> str:
    path = tmp_path / "report.json"
    path.write_bytes(REPORT)
    return str(path)


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def test_a_file_is_read_up_to_its_limit_and_no_further(tmp_path: Path) -> None:
    """One byte more is refused, whatever the file says of its size."""
    path = tmp_path / "a.toml"
    path.write_bytes(b"12345678")

    assert read_whole(str(path), limit=8) == b"12345678"
    with pytest.raises(TooLargeError, match="more than 7 bytes"):
        read_whole(str(path), limit=7)


def test_a_report_from_a_pipe_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who writes into it need not end."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    monkeypatch.setattr(bounded, "MAX_REPORT_BYTES", 1_000_000)

    def write_for_ever() -> None:
        with pipe.open("wb") as file:
            try:
                while True:
                    file.write(b"{" * 65_536)
            except BrokenPipeError:
                return

    writer = threading.Thread(target=write_for_ever, daemon=True)
    writer.start()
    with pytest.raises(TooLargeError, match="more than 1,000,000 bytes"):
        list(report_chunks(str(pipe)))
    writer.join(10)

    assert not writer.is_alive()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check", ENDLESS), "/dev/zero: not JSON"),
        (("check", "REPORT", "--baseline", ENDLESS), "/dev/zero: not JSON"),
        (
            ("check", "REPORT", "--policy", ENDLESS),
            "--policy: cannot read /dev/zero: it has more than 16,",
        ),
        (("diff", "REPORT", ENDLESS), "/dev/zero: not JSON"),
        (("merge", "REPORT", ENDLESS), "/dev/zero: not JSON"),
        (("config", "check", ENDLESS), "cannot read /dev/zero: it has more than 16,777,216 bytes"),
        (("run", "--config", ENDLESS), "--config: cannot read /dev/zero: it has more than 16,777,216 bytes"),
        (("run", "--orgs-file", ENDLESS), "--orgs-file: cannot read /dev/zero: it has more than 268,435,456"),
        (("run", "--previous", ENDLESS), "--previous: /dev/zero is no report of auditor"),
    ],
)
def test_a_device_without_an_end_is_refused(
    words: tuple[str, ...],
    said: str,
    report: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """In a second, with the option, the path and why."""
    monkeypatch.setenv("MERAKI_DASHBOARD_API_KEY", "of-no-particular-form")

    assert exit_code_of([report if word == "REPORT" else word for word in words]) == 2

    assert said in capfd.readouterr().err


def deep_report(folder: Path, place: str, depth: int) -> str:
    """A report with a key of a newer version at *place*, nested so deep; its path."""
    opening = b'"organizations":[{' if place == "organization" else b"{"
    path = folder / "deep.json"
    path.write_bytes(REPORT.replace(opening, opening + b'"new":' + nested(depth) + b",", 1))
    return str(path)


@pytest.mark.parametrize("depth", [256, 300, 900, 3000, 100_000])
@pytest.mark.parametrize("place", ["report", "organization"])
@pytest.mark.parametrize("words", ["check DEEP", "diff DEEP REPORT", "merge DEEP", "render DEEP --to csv"])
def test_deep_nesting_is_a_mistake_of_the_user(
    words: str, place: str, depth: int, report: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The file is named, and the place where there is one."""
    paths = {"REPORT": report, "DEEP": deep_report(tmp_path, place, depth)}

    assert exit_code_of([paths.get(word, word) for word in words.split()]) == 2

    said = capfd.readouterr().err
    assert "deep.json: " in said
    assert "too deeply" in said or "depth limit" in said


@pytest.mark.parametrize("depth", [100, *range(228, 256)])
@pytest.mark.parametrize("place", ["report", "organization"])
@pytest.mark.parametrize("words", ["check DEEP --output judged.json", "diff DEEP DEEP --format json"])
def test_nesting_that_is_read_can_be_written(
    words: str,
    place: str,
    depth: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """What a newer version adds is kept, or refused at once: no defect where it is written."""
    monkeypatch.chdir(tmp_path)
    deep = deep_report(tmp_path, place, depth)

    code = exit_code_of([deep if word == "DEEP" else word for word in words.split()])

    assert code == (2 if "too deeply" in capfd.readouterr().err else 0)
    assert code == 0 or depth > 100


@pytest.mark.parametrize("text", ["a = " + "[" * 5000 + "]" * 5000, "a = " + "{b=" * 900 + "1" + "}" * 900])
@pytest.mark.parametrize("words", [("config", "check"), ("check", "REPORT", "--policy")])
def test_deep_nesting_of_settings_is_refused(
    words: tuple[str, ...], text: str, report: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """With the line."""
    path = tmp_path / "deep.toml"
    path.write_text(text)

    assert exit_code_of([*(report if word == "REPORT" else word for word in words), str(path)]) == 2

    assert "deep.toml:1: is TOML beyond all measure" in capfd.readouterr().err


@pytest.mark.parametrize("limit", [5, 8, NEEDED - 1])
@pytest.mark.parametrize(
    "command",
    [
        "demo --orgs 2 --licenses 2 --output report.json",
        "run --journal night.journal --history nights.history",
        "orgs",
        "plan",
        "simulate",
    ],
)
def test_too_few_open_files_are_named_before_anything_is_asked(
    command: str, limit: int, tmp_path: Path
) -> None:
    """With the limit, what is needed, and where it is raised; no traceback of an event loop half made."""
    done = subprocess.run(  # noqa: S603 - our own code
        ["bash", "-c", f"ulimit -n {limit}; exec {sys.executable} -m auditor {command}"],  # noqa: S607
        cwd=tmp_path,
        env={
            **os.environ,
            "MERAKI_DASHBOARD_API_KEY": "of-no-particular-form",
            "PYTHONPATH": str(Path.cwd()),
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2, done.stderr
    assert done.stderr == (
        f"auditor: open files: only {limit} files and connections may be open at a time, and a run needs"
        f" {NEEDED} (ulimit -n 1024, or LimitNOFILE= of the service)\n"
    )
    assert list(tmp_path.iterdir()) == []
