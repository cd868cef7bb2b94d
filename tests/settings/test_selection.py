import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.settings.fault import Fault
from auditor.settings.selection import Selection

IDS = st.from_regex(r"[A-Za-z0-9_-]{1,4}", fullmatch=True)
NAMES = st.text("abAB *", max_size=5)
PATTERNS = st.lists(
    st.sampled_from(["a*", "*b", "?", "[ab]*", "*", "tag:gold", "tag:Silver", "A B"]), max_size=4
)
TAGS = st.lists(st.sampled_from(["gold", "silver", "GOLD"]), max_size=2)


def test_an_empty_selection_takes_everything() -> None:
    """Without any list nothing is narrowed."""
    assert Selection().admits("1", "Any Name")


@pytest.mark.parametrize(
    ("pattern", "is_admitted"),
    [
        ("acme*", True),
        ("ACME ?ORTH", True),
        ("acme", False),
        ("123*", True),
        ("123456", True),
        ("23*", False),
        ("tag:gold", True),
        ("tag:GOLD", True),
        ("tag:gol", False),
        ("tag:*", False),
        ("*", True),
    ],
)
def test_a_pattern_matches_name_or_id_or_tag(pattern: str, is_admitted: bool) -> None:  # noqa: FBT001 - a table
    """Globs over the whole name in any case, over the id, or one tag by its name."""
    selection = Selection(include=(pattern,))

    assert selection.admits("123456", "Acme North", ["Gold"]) is is_admitted


def test_every_list_narrows() -> None:
    """An organization must pass the ids and the patterns, not one of them."""
    selection = Selection(frozenset({"1", "2"}), include=("a*",))

    assert selection.admits("1", "acme")
    assert not selection.admits("2", "zeta")
    assert not selection.admits("3", "acme")


def test_ids_are_exact() -> None:
    """Ids are compared as text, case and all; leading zeros count."""
    assert not Selection(frozenset({"01", "aB"})).admits("1", "x")
    assert not Selection(frozenset({"01", "aB"})).admits("ab", "x")


@pytest.mark.parametrize("pattern", ["", "  ", "tag:", "tag:  "])
def test_a_pattern_that_means_nothing_is_refused(pattern: str) -> None:
    """An empty pattern is a slip, such as an unset shell variable, and not a choice."""
    with pytest.raises(Fault, match="is not a pattern"):
        Selection(include=(pattern,))
    with pytest.raises(Fault, match="is not a pattern"):
        Selection(exclude=(pattern,))


@pytest.mark.parametrize("organization_id", ["", "1 2", "../1", "1\n", "é"])
def test_an_id_that_cannot_be_one_is_refused(organization_id: str) -> None:
    """Ids become part of URLs: letters, digits, - and _ only."""
    with pytest.raises(Fault, match="is not an organization id"):
        Selection(frozenset({organization_id}))


@given(IDS, NAMES, TAGS, st.frozensets(IDS, max_size=3), PATTERNS, PATTERNS)
def test_exclude_wins(
    organization_id: str,
    name: str,
    tags: list[str],
    ids: frozenset[str],
    include: list[str],
    exclude: list[str],
) -> None:
    """What an exclusion matches is out, whatever takes it in."""
    is_excluded = exclude and Selection(include=tuple(exclude)).admits(organization_id, name, tags)
    selection = Selection(ids | {organization_id}, tuple(include), tuple(exclude))

    if is_excluded:
        assert not selection.admits(organization_id, name, tags)
    else:
        without = Selection(ids | {organization_id}, tuple(include))
        assert selection.admits(organization_id, name, tags) == without.admits(organization_id, name, tags)


@given(IDS, NAMES, TAGS, PATTERNS, PATTERNS)
def test_the_order_of_patterns_and_tags_is_irrelevant(
    organization_id: str, name: str, tags: list[str], include: list[str], exclude: list[str]
) -> None:
    """Reversed lists choose the same."""
    forward = Selection(include=tuple(include), exclude=tuple(exclude))
    backward = Selection(include=tuple(include[::-1]), exclude=tuple(exclude[::-1]))

    assert forward.admits(organization_id, name, tags) == backward.admits(organization_id, name, tags[::-1])


@given(st.text(), st.text(min_size=1))
def test_any_text_is_a_pattern_that_matches_without_failing_or_a_fault(name: str, pattern: str) -> None:
    """No pattern breaks the matcher."""
    try:
        selection = Selection(include=(pattern,))
    except Fault:
        return
    assert selection.admits("1", name) in {True, False}
