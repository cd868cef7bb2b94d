from __future__ import annotations

import errno
import io
import os
import resource
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final

import pytest

from auditor.cli.short_writes import write_all

DATA: Final = bytes(range(256)) * 4000
"""More than a pipe holds."""


class Slow(io.RawIOBase):
    """Takes a few bytes at a time, as a raw stream may."""

    def __init__(self) -> None:
        self.taken = b""

    def write(self, data: Any, /) -> int:
        """Take the first seven."""
        taken = bytes(data)[:7]
        self.taken += taken
        return len(taken)


class Stuck(io.RawIOBase):
    """Takes nothing, and says so."""

    def write(self, _: Any, /) -> int:
        """Take nothing."""
        return 0


def test_a_short_write_is_repeated() -> None:
    """Each piece arrives to its last byte."""
    stream = Slow()

    write_all(stream, [b"first piece, ", b"", b"second piece"])

    assert stream.taken == b"first piece, second piece"


def test_a_stream_that_takes_nothing_is_an_error() -> None:
    """The program neither waits for ever nor believes that all was written."""
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        write_all(Stuck(), [b"x"])


@pytest.mark.parametrize("buffering", [0, -1])
def test_a_pipe_that_must_not_block_is_waited_for(buffering: int) -> None:
    """A program that started this one may have left it so."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    read = list[bytes]()

    def drain() -> None:
        with os.fdopen(reading, "rb") as pipe:
            read.append(pipe.read())

    reader = threading.Thread(target=drain)
    reader.start()
    with open(writing, "wb", buffering=buffering) as stream:  # noqa: PTH123 - a descriptor
        write_all(stream, [DATA, b"end"])
    reader.join(10)

    assert read == [DATA + b"end"]


SMALL: Final = 4_000
"""Bytes that there is room for."""


def limit_files() -> None:
    """Let no file become larger than `SMALL`: the write that reaches it is cut, and the next one fails."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL, SMALL))


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", [["schema"], ["run", "--help"]], ids=" ".join)
def test_an_output_that_is_cut_never_ends_well(command: list[str], unbuffered: str, tmp_path: Path) -> None:
    """Not with 0 under `PYTHONUNBUFFERED`, where the first write says only how much there was room for."""
    target = tmp_path / "report.json"
    with target.open("wb") as file:
        done = subprocess.run(  # noqa: S603 - our own code
            [sys.executable, "-m", "auditor", *command],
            stdout=file,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered, "XDG_STATE_HOME": str(tmp_path)},
            preexec_fn=limit_files,
            check=False,
        )

    assert target.stat().st_size == SMALL
    assert done.returncode == 2, done.stderr
    assert b"stdout: cannot be written: File too large" in done.stderr
