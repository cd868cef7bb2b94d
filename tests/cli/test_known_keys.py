from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from auditor.cli import known_keys
from auditor.cli.complaints import say
from auditor.cli.main import exit_code_of
from auditor.cli.output import write
from auditor.cli.preparation import read_keys
from auditor.cli.streams import Telling, Unbreakable
from auditor.settings.model import Settings, TenantSettings

KEY: Final = "open-sesame-of-the-known-keys"
QUOTED: Final = "".join(f"%{ord(letter):02x}" for letter in KEY)


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The key is read as a run reads it, and forgotten after."""
    monkeypatch.setenv("NORTH_KEY", KEY)
    read_keys(Settings(tenants=(TenantSettings(name="north", api_key_env="NORTH_KEY"),)))
    yield
    known_keys.forget()


@pytest.mark.parametrize("written", [KEY, KEY.upper(), QUOTED])
@pytest.mark.parametrize("kind", [Telling, Unbreakable])
def test_a_standard_stream_masks_what_is_written(kind: type[Telling | Unbreakable], written: str) -> None:
    """Whoever writes: a log, a traceback, a library."""
    inner = io.StringIO()

    assert kind(inner).write(f"<{written}>\n") == len(written) + 3

    assert inner.getvalue() == "<****>\n"


def test_a_file_is_masked_each_time_that_its_pieces_are_written(tmp_path: Path) -> None:
    """A report goes to its file in pieces, and once more where the first place fails."""
    target = tmp_path / "report.json"
    pieces = known_keys.masked_pieces([b'{"a": "', f"{QUOTED}".encode(), b'"}'])

    assert b"".join(pieces) == b"".join(pieces) == b'{"a": "****"}'
    write([f'["{KEY}"]'.encode()], str(target))
    assert target.read_bytes() == b'["****"]'


def test_a_message_masks_known_keys_and_what_looks_like_one(capsys: pytest.CaptureFixture[str]) -> None:
    """A key may be given in the wrong place before any is read."""
    say(f"{KEY} {'0a1b' * 10}")

    assert capsys.readouterr().err == "**** ****\n"


def test_a_command_line_begins_without_the_keys_of_another(capsys: pytest.CaptureFixture[str]) -> None:
    """An embedder runs several in one process."""
    assert exit_code_of(["--version"]) == 0
    say(KEY)

    assert capsys.readouterr().err == f"{KEY}\n"
    assert os.environ["NORTH_KEY"] == KEY
