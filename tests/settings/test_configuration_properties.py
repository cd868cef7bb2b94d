"""Configuration files of any content: settings, or a message with file and line; never a traceback."""

from __future__ import annotations

import io
import json
import math
import string
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, date, datetime
from datetime import time as day_time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.cli.main import exit_code_of
from auditor.errors import Problem, SettingsError
from auditor.settings.fields import keys_at
from auditor.settings.layers import build_settings
from auditor.settings.model import Settings
from tests.fuzz.targets import check_configuration

PLANTED = "0123456789abcdef0123456789abcdef01234567"
MAX_SECONDS = 5.0
"""For a megabyte on a busy machine: what grows with the square takes minutes."""

SECTIONS = keys_at(())
KEYS = sorted({key for section in SECTIONS for key in keys_at((section,))} | {"ids", "include", "exclude"})
NAMES = st.sampled_from(SECTIONS + KEYS) | st.text(string.ascii_letters + "_-", min_size=1) | st.text()
NUMBERS = (
    st.integers()
    | st.floats()
    | st.integers(0, 10).map(lambda digits: 10 ** (1000 * digits))
    | st.sampled_from([0, 1, -1, 10**400, 2**63, math.inf, math.nan, 5e-324])
)
SCALARS = st.one_of(
    NUMBERS,
    st.booleans(),
    st.text(),
    st.sampled_from(["25m", "counts", "https://api.example.test", "tag:eu", PLANTED]),
    st.datetimes(),
    st.datetimes(timezones=st.just(UTC)),
    st.dates(),
    st.times(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)
SECTION = VALUES | st.dictionaries(NAMES, VALUES, max_size=4)
TENANTS = SECTION | st.lists(
    st.dictionaries(st.sampled_from(keys_at(("tenants",))), VALUES, max_size=5), max_size=3
)
DOCUMENTS = st.fixed_dictionaries(
    {}, optional={section: TENANTS if section == "tenants" else SECTION for section in SECTIONS}
) | st.dictionaries(NAMES, SECTION, max_size=3)


def to_toml(value: Any) -> str:  # noqa: PLR0911 - a table
    """*value* as TOML writes it in one line."""
    match value:
        case bool():
            return str(value).lower()
        case int() if abs(value) >= 10**4000:
            return hex(abs(value))  # decimals of that length are refused by the reader
        case int() | float():
            return str(value)
        case str():
            return _quoted(value)
        case datetime() | date() | day_time():
            return value.isoformat()
        case list():
            return f"[{', '.join(map(to_toml, value))}]"
        case _:
            return "{" + ", ".join(f"{_quoted(key)} = {to_toml(one)}" for key, one in value.items()) + "}"


def _quoted(text: str) -> str:
    printable = text.encode("utf-8", "replace").decode()
    return json.dumps(printable, ensure_ascii=False).replace("\x7f", "\\u007F")


def to_document(tables: dict[str, Any]) -> str:
    """A TOML document of *tables*, a key a line."""
    return "".join(f"{_quoted(key)} = {to_toml(value)}\n" for key, value in tables.items())


def read(text: str) -> Settings | tuple[Problem, ...]:
    """The settings in *text*, or what is wrong with it."""
    try:
        return build_settings(file_text=text, file_name="a.toml", environment={}, options={}, option_names={})
    except SettingsError as error:
        return error.problems


@settings(deadline=None, max_examples=200)
@given(DOCUMENTS)
def test_any_values_under_any_keys_give_settings_or_problems_with_their_lines(tables: dict[str, Any]) -> None:
    """Each problem names the file and a line of it; the key that was planted is in none."""
    made = read(to_document(tables))
    if isinstance(made, Settings):
        assert Settings.model_validate(made.model_dump()) == made
        return
    assert made
    for problem in made:
        name, _, rest = problem.where.partition(":")
        assert name == "a.toml"
        assert 1 <= int(rest.partition(":")[0]) <= max(1, len(tables))
    assert PLANTED not in str(made)


@settings(deadline=None)
@given(
    st.binary() | st.text().map(str.encode),
    st.sampled_from([b"", b"\xef\xbb\xbf", b"\xff\xfe", b"[audit]\n"]),
)
def test_any_bytes_give_settings_or_a_settings_error(data: bytes, before: bytes) -> None:
    """With a byte order mark or half a character in front as well."""
    check_configuration(before + data)
    check_end(before + data)


def check_end(data: bytes) -> str:
    """What `auditor config check` says of a file that holds *data*: valid, or file and line, and code 2."""
    out, err = io.StringIO(), io.StringIO()
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(out), redirect_stderr(err):
        path = Path(folder) / "a.toml"
        path.write_bytes(data)
        code = exit_code_of(["config", "check", str(path)])
    told = err.getvalue().replace(f"{folder}/", "")
    assert code == (2 if told else 0)
    assert all(line.startswith("auditor: a.toml:") for line in told.splitlines()), told
    return told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "\n[limits]\nshare = 0x" + "F" * 5000,
            "a.toml:3: limits.share: must be a number, not a number beyond all",
        ),
        ("[limits]\nattempts = " + "9" * 5000, "a.toml:2: is TOML beyond all measure"),
        ("\n\na = " + "[" * 5000, "a.toml:3: is TOML beyond all measure"),
        ("a = [\n" + "[" * 5000 + "\n", "a.toml:2: is TOML beyond all measure"),
        ("a = 1\nb" + ".b" * 2000 + " = 1", "a.toml:1: a: no such key"),
        ("a = {" + "b = {" * 5000, "a.toml:1: is TOML beyond all measure"),
        ("\x00", "a.toml:1: is not TOML"),
        ("\ufeff\ufeff", "a.toml:1: is not TOML"),
    ],
    ids=lambda value: repr(value[:30]),
)
def test_what_has_no_measure_is_told_with_its_line(text: str, told: str) -> None:
    """Numbers without end, nesting without end, what no editor shows."""
    assert f"auditor: {told}" in check_end(text.encode())


@pytest.mark.parametrize(
    "text", [f'a = "{PLANTED}"', f"{PLANTED} = 1", f'"x {PLANTED}" = 1', f"a = 1\n{PLANTED}.b = 2"]
)
@pytest.mark.parametrize("section", ["", "[limits]\n", "[audit]\nas_of = "])
def test_a_key_that_stands_where_a_name_or_a_value_should_is_not_repeated(text: str, section: str) -> None:
    """In no part longer than what would be no key."""
    assert PLANTED[:8] not in check_end((section + text).encode())


@pytest.mark.parametrize(
    "key",
    ["audit.as_of", "limits.deadline", "limits.shared_budget", "output.report", "limits.share", "audit.plan"],
)
def test_a_key_given_as_a_setting_is_refused_and_not_repeated(key: str) -> None:
    """Alone and behind a word; no report may be written to a file of that name."""
    texts = [PLANTED] if key in {"limits.shared_budget", "output.report"} else [PLANTED, f"Bearer {PLANTED}"]
    for text in texts:
        told = read(f'{key} = "{text}"')
        assert isinstance(told, tuple)
        assert PLANTED[:8] not in str(told)


SIZES: dict[str, Callable[[], str]] = {
    "unknown keys": lambda: "".join(f"k{number} = 1\n" for number in range(20_000)),
    "tenants of one name": lambda: '[[tenants]]\nname = "t"\napi_key_env = "A"\n' * 4_000,
    "tables in a line": lambda: "a = [" + "{a = {b = 1}}, " * 20_000 + "]",
    "blank lines": lambda: "\n" * 200_000,
    "quotes": lambda: "a = '''" + "'" * 500_000,
    "backslashes": lambda: 'a = "' + "\\" * 500_000,
    "windows": lambda: "audit.windows_days = [" + "1, " * 100_000 + "]",
    "a long name": lambda: "b" * 500_000 + " = 1",
}


@pytest.mark.parametrize("kind", SIZES)
def test_long_files_take_time_in_proportion(kind: str) -> None:
    """Whatever is repeated in them."""
    text = SIZES[kind]()
    began = time.process_time()
    assert read(text)
    assert time.process_time() - began < MAX_SECONDS
