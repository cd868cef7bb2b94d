from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.engine.spool import Spool


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
