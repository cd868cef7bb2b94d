"""Runs the program that a tenant names for its API key, and takes the key from what it prints."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from threading import Thread
from typing import Final, NoReturn, Self

from auditor.cli.summary import printable
from auditor.errors import Problem, SettingsError
from auditor.settings.key import ApiKey, mask_api_keys

_MAX_OUTPUT_BYTES: Final = 64 * 1024  # what is beyond is read and dropped
_CHUNK_BYTES: Final = 4096
_MAX_STDERR_CHARACTERS: Final = 200
_DRAINING_SECONDS: Final = 1.0
"""How long what a program left in a pipe may take to be read, where another process keeps the pipe open."""


def run_key_command(
    argv: tuple[str, ...], environment: Mapping[str, str], *, tenant: str, seconds: float
) -> ApiKey:
    """The key in the first line that the program *argv* prints within *seconds*.

    The program ends when it ends: a process that it leaves behind, such as an agent of a vault, may keep
    its output open, and is not waited for.

    Raises:
        SettingsError: it cannot be run, fails, takes longer, or prints no key.
    """
    where, program = f"tenant {tenant!r}: api_key_command", mask_api_keys(argv[0])
    try:
        with _Drain() as stdout, _Drain() as stderr:
            code = _code_of(argv, environment, stdout, stderr, seconds=seconds)
            printed, complaint = (b"", b"") if code is None else (stdout.content(), stderr.content())
    except (OSError, ValueError) as error:
        reason = str(getattr(error, "strerror", None) or error).lower()
        raise SettingsError(Problem(where, f"cannot run {program}: {reason}")) from error
    if code is None:
        _refuse(where, f"{program} gave no key within {seconds:g} s", "it must not wait for a person")
    if code:
        _refuse(where, f"{program} {_ending(code)}", _last_line(complaint, secret=printed))
    return ApiKey(printed.partition(b"\n")[0].decode(errors="replace"), f"output of {program}")


class _Drain:
    """A pipe whose other end is read all the time, so that nobody waits to write into it."""

    def __init__(self) -> None:
        self._reading, self.writing = os.pipe()
        self._content = bytearray()
        # A thread of its own, which nobody waits for in the end: the pipe may stay open for ever.
        self._thread = Thread(target=self._read, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give up the end that is written to: from now on it is open for others alone."""
        if self.writing >= 0:
            os.close(self.writing)
            self.writing = -1

    def content(self) -> bytes:
        """What was written by a program that has ended."""
        self._thread.join(_DRAINING_SECONDS)
        return bytes(self._content)

    def _read(self) -> None:
        while chunk := os.read(self._reading, _CHUNK_BYTES):
            self._content += chunk[: _MAX_OUTPUT_BYTES - len(self._content)]
        os.close(self._reading)


def _code_of(
    argv: tuple[str, ...], environment: Mapping[str, str], stdout: _Drain, stderr: _Drain, *, seconds: float
) -> int | None:
    """The exit code of the program; None where it had to be ended."""
    # No shell: the words of the configuration reach the program as they are.
    process = subprocess.Popen(  # noqa: S603 - running the user's own program is the feature
        argv, env=environment, stdin=subprocess.DEVNULL, stdout=stdout.writing, stderr=stderr.writing
    )
    stdout.close()
    stderr.close()
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.returncode is None:
            process.kill()
            with suppress(KeyboardInterrupt):  # it ends now, and must be waited for
                process.wait()


def _ending(code: int) -> str:
    return f"exited with code {code}" if code > 0 else f"died of signal {-code}"


def _last_line(stderr: bytes, *, secret: bytes) -> str:
    """The last line of *stderr* for a person to read, without any line of *secret* that it repeats."""
    lines = [line.strip() for line in stderr.decode(errors="replace").splitlines() if line.strip()]
    last = lines[-1] if lines else ""
    for hidden in secret.decode(errors="replace").splitlines():
        if hidden.strip():
            last = last.replace(hidden.strip(), "****")
    return printable(mask_api_keys(last))[:_MAX_STDERR_CHARACTERS]


def _refuse(where: str, what: str, hint: str) -> NoReturn:
    raise SettingsError(Problem(where, what, hint))
