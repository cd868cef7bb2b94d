from __future__ import annotations

import pytest

from auditor.errors import SettingsError
from auditor.settings.toml_text import read_toml

KEY = "feedc0de" * 5


def test_a_document_is_read() -> None:
    """As TOML has it."""
    assert read_toml("a = 1\n[b]\nc = [true]\n", name="x.toml") == {"a": 1, "b": {"c": [True]}}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a = 1\nb =\n", "x.toml:2: is not TOML"),
        ("a = 1\nb = [", "x.toml:2: is not TOML"),
        ("\na = " + "9" * 5000, "x.toml:2: is TOML beyond all measure"),
        ("\n\na = " + "[" * 5000, "x.toml:3: is TOML beyond all measure"),
        (f'a = 1\n"{KEY}" = 1\n"{KEY}" = 2', "x.toml:"),
    ],
)
def test_what_is_none_is_told_with_its_line(text: str, told: str) -> None:
    """And never with a key, nor with the text behind the error."""
    with pytest.raises(SettingsError) as caught:
        read_toml(text, name="x.toml")

    assert str(caught.value).startswith(told)
    assert KEY not in str(caught.value)
    assert caught.value.__context__ is None
