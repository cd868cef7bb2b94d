import tomllib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from auditor.settings.locate import KeyPath, locate

DOCUMENT = '''\
# limits.share = "in a comment"
top = 1
limits.share = 0.9   # dotted
limits . "max in" . 'flight' = [ 1, # [
  2,
  [3, 4],
]
text = """
[tenants]
name = "not a key"
\\""" still """""
raw = \'\'\'
x = 1\'\'\'
"a=b" = "#]"
"\\u0061c" = 1979-05-27 07:32:00

[output]
report = "-"
inline = { a = 1, b.c = { d = [ {e = 2} ] } }

[[tenants]]
name = "first"
[tenants.organizations]
ids = ["1"]
[[tenants.more]]
[[tenants.more]]
x = 1

[[ tenants ]] # second
name = "second"
organizations.include = [
  "a",
  "]",
]
'''

LINES: dict[KeyPath, int] = {
    ("top",): 2,
    ("limits",): 3,
    ("limits", "share"): 3,
    ("limits", "max in", "flight"): 4,
    ("limits", "max in", "flight", 0): 4,
    ("limits", "max in", "flight", 1): 5,
    ("limits", "max in", "flight", 2, 1): 6,
    ("text",): 8,
    ("raw",): 12,
    ("a=b",): 14,
    ("ac",): 15,
    ("output",): 17,
    ("output", "report"): 18,
    ("output", "inline", "b", "c", "d", 0, "e"): 19,
    ("tenants",): 21,
    ("tenants", 0): 21,
    ("tenants", 0, "name"): 22,
    ("tenants", 0, "organizations"): 23,
    ("tenants", 0, "organizations", "ids", 0): 24,
    ("tenants", 0, "more", 1, "x"): 27,
    ("tenants", 1): 29,
    ("tenants", 1, "name"): 30,
    ("tenants", 1, "organizations", "include"): 31,
    ("tenants", 1, "organizations", "include", 1): 33,
}


@pytest.mark.parametrize("path", LINES)
def test_every_kind_of_key_is_found_on_its_line(path: KeyPath) -> None:
    """Dotted, quoted and inline keys, arrays of tables and multi-line values, whatever strings hold."""
    tomllib.loads(DOCUMENT)

    assert locate(DOCUMENT).line(path) == LINES[path]
    assert locate(DOCUMENT.replace("\n", "\r\n")).line(path) == LINES[path]


def test_nothing_is_found_that_is_not_there() -> None:
    """Text that only looks like a key leaves no trace: the keys found are those that tomllib reads."""
    assert set(locate(DOCUMENT).lines) == set(_paths(tomllib.loads(DOCUMENT), ()))


def test_a_missing_key_is_found_at_the_table_around_it() -> None:
    """The parent's line is the best place for what is not there; the root has none."""
    locator = locate(DOCUMENT)

    assert locator.line(("tenants", 1, "base_url")) == 29
    assert locator.line(("audit", "as_of")) is None
    assert locator.line(()) is None


def _paths(value: Any, path: KeyPath) -> list[KeyPath]:
    match value:
        case dict():
            children: list[tuple[str | int, Any]] = list(value.items())
        case list():
            children = list(enumerate(value))
        case _:
            children = []
    below = [found for key, child in children for found in _paths(child, (*path, key))]
    return [path, *below] if path else below


KEYS = st.sampled_from(["a", "b-1", "1", '"x.y"', "'[z]'", '"\\""'])
SCALARS = st.sampled_from(
    [
        "1",
        "-1.5",
        "1e3",
        "inf",
        "true",
        '"="',
        "'#'",
        '"""\n[a]\n"""',
        "'''\nb = 1'''",
        "1979-05-27",
        "07:32:00.5",
    ]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[\n" + ", # ]\n".join(items) + "\n]"),
        st.dictionaries(KEYS, inner, max_size=2).map(
            lambda table: "{" + ", ".join(f"{key} = {value}" for key, value in table.items()) + "}"
        ),
    ),
    max_leaves=5,
)
STATEMENTS = st.one_of(
    st.lists(KEYS, min_size=1, max_size=2).map(lambda keys: f"[{'.'.join(keys)}]"),
    st.lists(KEYS, min_size=1, max_size=2).map(lambda keys: f"[[{' . '.join(keys)}]]"),
    st.tuples(st.lists(KEYS, min_size=1, max_size=2).map(".".join), VALUES).map(" = ".join),
    st.just("# [a] = 1"),
)


@given(st.lists(STATEMENTS, max_size=6).map("\n".join))
def test_the_keys_found_are_the_keys_that_tomllib_reads(text: str) -> None:
    """For every document: the same paths, and each on a line of the document."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    lines = locate(text).lines

    assert set(lines) == set(_paths(document, ()))
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())


@example("a=[}")
@example("a={]")
@example("[")
@example("a=[=.")
@given(st.text() | st.text("[]{}=,.\"'#\\\nab 1", max_size=40))
def test_any_text_ends_in_a_locator(text: str) -> None:
    """The scanner neither raises nor runs for ever, even on what is no TOML."""
    line = locate(text).line(("a",))

    assert line is None or 1 <= line <= text.count("\n") + 1


def test_nesting_without_end_is_survived() -> None:
    """What lies too deep falls back to what is known."""
    assert locate("x = 1\na = " + "[" * 100_000).line(("a", 0, 0)) == 2
