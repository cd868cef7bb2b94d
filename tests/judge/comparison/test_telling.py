from __future__ import annotations

from auditor.judge.comparison.compare import difference_of
from auditor.judge.comparison.telling import markdown_lines, text_lines
from tests.judge.reports import a_co_term, a_document, an_organization, failed, unlisted

OLD = a_document(
    an_organization("1", {"licenses.byType": {"MX64-ENT": {"active": 3}}}),
    an_organization("2"),
    a_co_term("3", {"coTerm.expiresAt": "2026-06-15T00:00:00Z"}),
    an_organization("4", tenant="north"),
)
NEW = a_document(
    an_organization(
        "1", {"licenses.byType": {"MX64-ENT": {"expiring": 3}}, "expiring.total": 3}, name="A|b*"
    ),
    failed("2"),
    a_co_term("3", {"coTerm.expiresAt": "2027-06-15T00:00:00Z"}),
    an_organization("5"),
    errors=[unlisted("north")],
    asOf="2026-03-31T12:00:00Z",
)
WARNING = (
    "NEW is incomplete: what it did not read is not compared,"
    " and what it could not list is not taken for gone or new"
)


def test_a_person_reads_what_changed_in_aligned_columns() -> None:
    """Both sides first, then what is most urgent."""
    assert list(text_lines(difference_of(OLD, NEW))) == [
        "old  2026-03-01T12:00:00Z, 4 organizations, complete",
        "new  2026-03-31T12:00:00Z, 4 organizations, INCOMPLETE",
        f"warning: {WARNING}",
        "",
        "Became expiring (net):",
        "  A|b* (1, acme)  MX64-ENT  3 licenses",
        "",
        "Renewed (net):",
        "  Org 3 (3, acme)  everything  7 devices",
        "",
        "Appeared:",
        "  Org 5 (5, acme)  audited",
        "",
        "Not known: a report that could not list everything:",
        "  Org 4 (4, north)  missing from NEW",
        "",
        "Lost access:",
        "  Org 2 (2, acme)  audited  failed  server",
        "",
        "Changed:",
        "  A|b* (1, acme)  name  Org 1  A|b*",
        "",
        "Dates:",
        "  Org 3 (3, acme)  coTerm.expiresAt  2026-06-15  2027-06-15",
        "",
        "Totals:",
        "  completeness.organizations.audited  4  3  -1",
        "  completeness.organizations.failed   0  1  +1",
        "",
        "Counts:",
        "  A|b* (1, acme)  expiring.total  0  3  +3",
        "",
        "changed",
    ]


def test_markdown_shows_names_as_they_are() -> None:
    """A name with a bar or a star breaks no table and sets nothing in bold."""
    lines = list(markdown_lines(difference_of(OLD, NEW)))

    assert lines[0] == "# What changed in the licenses"
    assert lines[lines.index("## Became expiring (net)") :][:6] == [
        "## Became expiring (net)",
        "",
        "| organization | what | count |",
        "| --- | --- | --- |",
        r"| A\|b\* (1, acme) | MX64-ENT | 3 licenses |",
        "",
    ]


def test_no_name_becomes_a_link_or_a_mention_or_fills_the_page() -> None:
    """Names come from the vendor's customers, and the page is read where links can be clicked."""
    new = a_document(
        an_organization(
            "1", name="see https://evil.example or www.evil.example & tell @all $x$ " + "n" * 900
        ),
        *OLD["organizations"][1:],
    )
    told = "\n".join(markdown_lines(difference_of(OLD, new)))

    assert r"see https\://evil.example or www\.evil.example \& tell \@all \$x\$ nn" in told
    assert "://" not in told.replace(r"\:", "")
    assert "n" * 120 not in told


def test_that_nothing_changed_is_told_as_well() -> None:
    """Silence could be a mistake."""
    difference = difference_of(OLD, OLD)

    assert list(text_lines(difference))[-1] == "nothing changed"
    assert list(markdown_lines(difference))[-1] == "Nothing changed."


def test_columns_stand_below_each_other_whatever_the_script() -> None:
    """A Chinese character takes two columns, a combining accent none."""
    old = a_document(an_organization("1", name="北辰"), an_organization("2", name="e\u0301"))
    new = a_document(*(one | {"status": "partial"} for one in old["organizations"]))
    rows = [line for line in text_lines(difference_of(old, new)) if ", acme)" in line]

    assert rows == [
        "  北辰 (1, acme)  status  audited  partial",
        "  e\u0301 (2, acme)     status  audited  partial",
    ]
