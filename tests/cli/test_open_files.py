from __future__ import annotations

import errno
import subprocess
import sys

import pytest

from auditor.cli.commands import schema
from auditor.cli.main import exit_code_of


def test_a_limit_that_may_be_raised_is_raised() -> None:
    """A shell's soft limit is no reason to refuse a run."""
    code = (
        "import resource; from auditor.cli.open_files import make_room; make_room();"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    done = subprocess.run(  # noqa: S603 - our own code
        ["bash", "-c", f'ulimit -Hn 4096; ulimit -Sn 16; exec {sys.executable} -c "{code}"'],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "1024\n"


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_too_many_open_files_are_no_defect(
    number: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Wherever the program meets the limit of the process or of the machine."""

    def fail(_: object) -> bytes:
        raise OSError(number, "too many")

    monkeypatch.setattr(schema, "to_json", fail)

    assert exit_code_of(["schema"]) == 2

    assert capfd.readouterr().err.startswith(
        "auditor: open files: too many are open at a time (ulimit -n 1024"
    )
