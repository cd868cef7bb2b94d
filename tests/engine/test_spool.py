from __future__ import annotations

from errno import ENOSPC
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.engine.spool import BUFFER_BYTES, Spool
from auditor.errors import SettingsError


@given(st.dictionaries(st.tuples(st.text(max_size=3), st.text(max_size=3)), st.binary(max_size=50)))
def test_pieces_come_back_whole_in_the_order_of_their_keys(pieces: dict[tuple[str, str], bytes]) -> None:
    """In whatever order organizations are done, the report has one order."""
    with Spool() as spool:
        for key, piece in pieces.items():
            spool.add(key, piece)

        assert list(spool) == [pieces[key] for key in sorted(pieces)]
        assert len(spool) == len(pieces)


def test_pieces_may_be_added_after_some_were_read() -> None:
    """Reading moves nothing."""
    with Spool() as spool:
        spool.add(("n", "2"), b"two")
        assert list(spool) == [b"two"]
        spool.add(("n", "1"), b"one")

        assert list(spool) == [b"one", b"two"]


@pytest.mark.parametrize("size", [1, BUFFER_BYTES - 1, BUFFER_BYTES, BUFFER_BYTES + 1])
def test_pieces_of_any_size_come_back_whole(size: int) -> None:
    """Where they are written together, none runs into the next."""
    pieces = {("n", f"{number}"): bytes([65 + number]) * size for number in range(5)}
    with Spool() as spool:
        for key, piece in pieces.items():
            spool.add(key, piece)

        assert list(spool) == list(pieces.values())


def test_pieces_that_lie_in_order_are_read_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """A read for each of a hundred thousand organizations would take longer than all else at the end."""
    reads: list[int] = []
    with Spool() as spool:
        for number in range(9):
            spool.add(("n", f"{number}"), b"piece")
        spool.add(("m", "last"), b"first")
        read = spool._file.read

        def counted(size: int) -> bytes:
            reads.append(size)
            return read(size)

        monkeypatch.setattr(spool._file, "read", counted)

        assert list(spool) == [b"first", *[b"piece"] * 9]
        assert reads == [5, 45]


def test_small_pieces_are_written_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred thousand organizations that a deadline left are written in a hundredth of the writes."""
    writes = 0

    class Counted(BytesIO):
        def write(self, data: Any) -> int:
            nonlocal writes
            writes += 1
            return super().write(data)

    monkeypatch.setattr("tempfile.TemporaryFile", Counted)
    with Spool() as spool:
        for number in range(2000):
            spool.add(("n", f"{number:04}"), b"x" * 500)
        spool.settle()

        assert writes == -(-2000 * 500 // BUFFER_BYTES)
        assert sum(map(len, spool)) == 2000 * 500


def test_what_could_not_be_written_is_written_when_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is a fault that a person mends; nothing is lost and nothing comes twice."""
    is_full = True

    class Full(BytesIO):
        def write(self, data: Any) -> int:
            if is_full:
                raise OSError(ENOSPC, "No space left on device")
            return super().write(data)

    monkeypatch.setattr("tempfile.TemporaryFile", Full)
    with Spool() as spool:
        spool.add(("n", "1"), b"one")
        with pytest.raises(SettingsError, match="cannot be written: No space left"):
            spool.settle()
        is_full = False
        spool.add(("n", "2"), b"two")

        assert list(spool) == [b"one", b"two"]
