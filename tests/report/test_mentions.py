from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.report.mentions import SHORT, Mentions, joined, replaced

WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=SHORT, max_size=9)


def found(text: str, *words: str) -> list[str]:
    """What of *words* is mentioned in *text*."""
    return [text[start:end] for start, end in Mentions(words).spans(text)]


@pytest.mark.parametrize(
    ("text", "words", "mentions"),
    [
        pytest.param("of Acme North, Acme", ("Acme", "Acme North"), ["Acme North", "Acme"], id="the longest"),
        pytest.param("globexian", ("globex",), ["globex"], id="within a word"),
        pytest.param("readable", ("Ada", "able"), [], id="a short one within a word"),
        pytest.param("ask Ada, 501.", ("Ada", "501"), ["Ada", "501"], id="a short one alone"),
        pytest.param("給北辰物流的", ("北辰",), ["北辰"], id="a script without spaces"),
        pytest.param("as with ACME", ("acme",), ["ACME"], id="another case"),
        pytest.param("move it to IT", ("IT",), ["IT"], id="two letters in another case"),
        pytest.param("of STRAẞE 9, İzmir", ("straße 9", "İZMIR"), ["STRAẞE 9", "İzmir"], id="odd cases"),
        pytest.param("anything", ("",), [], id="no word at all"),
        pytest.param("glob", ("globex",), [], id="cut off"),
    ],
)
def test_known_words_are_found(text: str, words: tuple[str, ...], mentions: list[str]) -> None:
    """The longest at each place; short ones where they stand alone."""
    assert found(text, *words) == mentions


def test_overlapping_mentions_are_replaced_together() -> None:
    """No half of a name stays."""
    text = "in Delta Works Group today"
    spans = Mentions(["Delta Works", "Works Group"]).spans(text)

    assert replaced(text, spans, lambda covered: f"<{covered}>") == "in <Delta Works Group> today"


def test_neighbors_are_replaced_one_by_one() -> None:
    """They only touch."""
    assert joined([(3, 6), (0, 3)]) == [(0, 3), (3, 6)]
    assert replaced("abcdef", [(3, 6), (0, 3)], str.upper) == "ABCDEF"


@given(st.lists(WORDS, max_size=4), st.lists(WORDS | st.text(max_size=3), max_size=6))
def test_nothing_that_is_replaced_is_left(words: list[str], pieces: list[str]) -> None:
    """Whatever stands around it."""
    text = "".join([*pieces, *words])

    left = replaced(text, Mentions(words).spans(text), lambda _: "")

    assert len(left) <= len(text)
    assert not any(word in piece for piece in _apart(text, words) for word in words)


def _apart(text: str, words: list[str]) -> list[str]:
    """What is left of *text* between what was replaced."""
    mark = "\ud800"  # stands in no text
    return replaced(text, Mentions(words).spans(text), lambda _: mark).split(mark)
