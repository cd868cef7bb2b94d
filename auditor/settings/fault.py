"""A value that cannot be used, in plain words."""

from __future__ import annotations


class Fault(ValueError):  # noqa: N818 - it is met as a value far more often than raised
    """Raised by the validators of this floor; becomes a `Problem` once its place is known.

    *what* completes the sentence "KEY ..."; *hint* says what to write instead. With *of_table* the
    fault lies in the table around the key that was being read; *below* leads further down from it.
    """

    def __init__(
        self, what: str, hint: str = "", *, of_table: bool = False, below: tuple[str | int, ...] = ()
    ) -> None:
        self.what = what
        self.hint = hint
        self.of_table = of_table
        self.below = below
        super().__init__(what)
