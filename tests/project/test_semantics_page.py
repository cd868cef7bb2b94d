"""The table of figures in the README: each is in the report, has its tests, and says where it is from."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from tests.report.evidences import a_co_term_result, a_report, a_result, a_subscription_result
from tests.semantics.page import FIGURES, OPERATIONS, ROOT, SECTION, Figure, figure_of, places

FOLDER = "tests/semantics"
NOT_OF_ONE_FIGURE = ("test_below_the_table_", "test_every_")
"""Tests of what is said beside the table, and of all that is in it."""


def names_of_tests() -> list[str]:
    """Those of the folder."""
    return [
        node.name
        for path in sorted((ROOT / FOLDER).glob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]


NAMES = names_of_tests()
TESTS = [name for name in NAMES if not name.startswith(NOT_OF_ONE_FIGURE)]


def test_the_table_is_read_to_its_end() -> None:
    """Every line of it is a row with four cells, and no figure is there twice."""
    lines = [line for line in SECTION.splitlines() if line.startswith("|")][2:]

    assert len(lines) > 20
    assert all(line.startswith("| `") and line.count("|") == 5 for line in lines)
    assert Counter(figure.path for figure in FIGURES).most_common(1)[0][1] == 1


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.path)
def test_every_figure_has_tests_named_after_it(figure: Figure) -> None:
    """At least one; figures whose names look the same in snake case share theirs, and need one each."""
    sharing = [one for one in FIGURES if one.snake == figure.snake]

    assert sum(figure_of(name) == figure.snake for name in TESTS) >= len(sharing)


@pytest.mark.parametrize("name", TESTS)
def test_every_test_is_named_after_a_figure_of_the_table(name: str) -> None:
    """A figure that was renamed, or is gone, takes its tests with it."""
    assert figure_of(name)


def test_what_is_said_below_the_table_has_tests_too() -> None:
    """Under a name of their own, which no figure has."""
    assert sum(name.startswith(NOT_OF_ONE_FIGURE[0]) for name in NAMES) >= 5
    assert not any(f"test_{figure.snake}_".startswith(NOT_OF_ONE_FIGURE) for figure in FIGURES)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.path)
def test_every_figure_is_a_key_of_the_report(figure: Figure) -> None:
    """Of its totals, of an organization, or of itself; spelled as there."""
    report = a_report(a_result(), a_co_term_result(), a_subscription_result())

    assert places(report, figure.path)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.path)
def test_every_figure_says_unit_source_what_it_is_and_what_it_is_not(figure: Figure) -> None:
    """The letters of its sources are declared above the table."""
    assert all((figure.unit, figure.meaning, figure.other_meaning))
    assert figure.sources
    assert figure.sources <= OPERATIONS.keys()


def test_every_source_that_is_declared_is_some_figures() -> None:
    """A letter that nobody uses would only confuse."""
    assert OPERATIONS.keys() == frozenset().union(*(figure.sources for figure in FIGURES))


def test_the_page_names_the_tests() -> None:
    """So that a reader finds them."""
    assert f"`{FOLDER}`" in SECTION
    assert (ROOT / FOLDER).is_dir()
