from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.cli.streams import Telling, Unbreakable
from auditor.errors import SettingsError


class Broken(io.StringIO):
    """A stream whose reader has gone."""

    writes = 0

    def write(self, text: str) -> int:
        """Fail, and count."""
        self.writes += 1
        raise BrokenPipeError


def run(command: str) -> subprocess.CompletedProcess[str]:
    """Run *command* in a shell, where streams are closed as users close them."""
    env = {**os.environ, "AUDITOR": f"{sys.executable} -m auditor"}
    return subprocess.run(["bash", "-c", command], env=env, capture_output=True, text=True, check=False)  # noqa: S603, S607


def test_after_a_failed_write_the_rest_is_swallowed() -> None:
    """Nobody reads stderr any more: that is no reason to lose the audit."""
    broken = Broken()
    stream = Unbreakable(broken)

    assert stream.write("lost") == 4
    stream.flush()
    assert stream.write("more") == 4
    assert broken.writes == 1


def test_what_stdout_cannot_take_is_told_each_time_it_is_written() -> None:
    """Whoever tries again, as click does, is not deceived; the interpreter may end in peace."""
    with Path("/dev/full").open("w") as full_device:
        stream = Telling(full_device)
        stream.write("lost")

        with pytest.raises(SettingsError, match=r"^stdout: cannot be written: No space left on device"):
            stream.flush()
        with pytest.raises(SettingsError):
            stream.write("more")
        stream.flush()


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("$AUDITOR demo --orgs 3 --licenses 3 2>/dev/full >/dev/null", 0),
        ("$AUDITOR demo --orgs 3 --licenses 3 >&-", 2),
        ("$AUDITOR demo --orgs 3 --licenses 3 >&- 2>&-", 2),
        ("$AUDITOR --help >/dev/full", 2),
        ("$AUDITOR --version >/dev/full", 2),
        ("$AUDITOR config check >/dev/full", 2),
        ("$AUDITOR demo --orgs 3 --licenses 3 2>&- >/dev/null", 0),
        ("$AUDITOR demo --orgs 3 --licenses 3 2> >(exec true) >/dev/null", 0),
        ("$AUDITOR run --nope 2>&-", 2),
        ("$AUDITOR schema >&-", 0),
    ],
)
def test_a_stream_that_is_gone_changes_no_exit_code(command: str, code: int) -> None:
    """Above all not to 1, which means that a policy failed."""
    done = run(command)

    assert done.returncode == code
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("option", ["--orgs-file", "--config", "--output", "--org", "--deadline"])
def test_an_empty_option_is_a_mistake_and_not_everything(option: str) -> None:
    """`--orgs-file "$UNSET"` must not audit the world."""
    done = run(f'$AUDITOR run {option} ""')

    assert done.returncode == 2
    assert f"{option}: is empty" in done.stderr
