from __future__ import annotations

from auditor.domain.finding import Severity
from auditor.judge.verdict import judge
from auditor.judge.verdict_text import verdict_lines
from tests.judge.reports import a_document, a_policy, an_organization, failed

RULES = (
    'id = "burning"\nfigure = "unused.unusedActive"\nmax = 0\nadvice = "assign them"',
    'id = "spare"\nfigure = "unused.unused"\nmin = 1\nseverity = "warning"',
    'id = "none"\nfigure = "coTerm.use.overLimit"\nmax = 0',
)
WAIVER = """
[[waivers]]
rule = "burning"
organization = "1"
reason = "ordered"
owner = "jane"
expires = 2026-03-02
"""
REPORT = a_document(
    an_organization("1", {"unused.unusedActive": 3, "unused.unused": 1}),
    an_organization("2", {"unused.unusedActive": 4, "unused.unused": 1}),
    an_organization("3"),
    failed("4", licensingModel="per-device"),
    failed("5", licensingModel="per-device"),
)


def test_a_person_reads_what_fails_what_is_excused_and_what_nobody_knows() -> None:
    """What, where, what to do, and the verdict on the last line."""
    verdict = judge(REPORT, a_policy(*RULES, rest=WAIVER))
    ids = [one.id for one in verdict.findings]
    error, found, least = f"  {'error':<21}", "unused.unusedActive is", "allowed is at least 1"

    assert list(verdict_lines(verdict, REPORT)) == [
        "5 organizations as of 2026-03-01T12:00:00Z: 3 rules, failing on error",
        "  incomplete: 2 of 5 organizations failed",
        "",
        "failing:",
        f"{error}Org 2 (2, acme): {found} 4, allowed is at most 0  [burning {ids[1]}]",
        "  -> burning: assign them",
        "",
        "below error:",
        f"  warning              Org 3 (3, acme): unused.unused is 0, {least}  [spare {ids[2]}]",
        "  -> spare: assign them, or move them to an organization that needs them: see `reclaimHints`",
        "",
        "waived:",
        f"{error}Org 1 (1, acme): {found} 3, allowed is at most 0  [burning {ids[0]}]",
        "           until 2026-03-02 (1 day more) by jane: ordered",
        "",
        "undecided:",
        "  burning: Org 4 (4, acme), Org 5 (5, acme): it was not read (server)",
        "  spare: Org 4 (4, acme), Org 5 (5, acme): it was not read (server) (no matter)",
        "",
        "found nothing to judge: none",
        "",
        "FAILED: 1 error, 1 waived, 4 undecided, incomplete",
    ]


def test_what_the_baseline_has_is_told_apart() -> None:
    """With what it was there."""
    old = a_document(an_organization("2", {"unused.unusedActive": 1}), asOf="2026-02-01T00:00:00Z")
    report = a_document(
        an_organization("2", {"unused.unusedActive": 4, "dark.soonest": "2026-03-09T00:00:00Z"}),
        tenants=[{"name": "acme", "tags": ["gold"], "contact": ""}],
    )
    verdict = judge(report, a_policy(RULES[0]), baseline=old)

    lines = list(verdict_lines(verdict, report))

    assert lines[2] == "in the baseline as well (2026-02-01T00:00:00Z):"
    assert lines[3].startswith("  error                Org 2 (2, acme): ")
    assert ", before 1  [burning " in lines[3]
    assert lines[-1] == "PASSED: nothing certain is wrong, 0 waived, 1 known, 0 undecided, complete enough"


def test_places_of_every_scope_are_named() -> None:
    """A tenant, a tag, everything; and an empty report."""
    tenants = [{"name": "acme", "tags": ["gold"], "contact": ""}]
    report = a_document(an_organization("2", {"unused.unusedActive": 4}), tenants=tenants)
    rules = [
        f'id = "{scope}"\nscope = "{scope}"\nfigure = "unused.unusedActive"\nmax = 0'
        for scope in ("tenant", "tag", "total")
    ]

    text = "\n".join(verdict_lines(judge(report, a_policy(*rules), fail_on=Severity.WARNING), report))

    assert ["tenant acme: " in text, "tag gold: " in text, "in total: " in text] == [True] * 3
    empty = a_document()
    assert list(verdict_lines(judge(empty, a_policy()), empty))[-1].startswith("NOTHING AUDITED: ")


def test_a_single_place_is_told_alone() -> None:
    """Without counting further ones that are not there."""
    report = a_document(an_organization("1", {"unused.burning": None}))
    verdict = judge(report, a_policy('figure = "unused.burning.licenses"\nmax = 0'))

    lines = list(verdict_lines(verdict, report))

    assert "  rule: Org 1 (1, acme): unused.burning is not known (plan full)" in lines
    assert lines[-1].startswith("UNDECIDED: nothing certain is wrong, ")


def test_what_nobody_knows_is_named_with_the_reason_and_what_to_do() -> None:
    """Ten organizations by name, the others by number; the advice stands once, below them."""
    unknown = {"coverage.devices.unknown": 1, "dark.known": False}
    report = a_document(*(an_organization(str(number), unknown, standing=None) for number in range(100, 112)))
    verdict = judge(report, a_policy('figure = "standing"\nnone_of = ["dark"]'))

    lines = list(verdict_lines(verdict, report))
    [line] = [one for one in lines if one.startswith("  rule: ")]

    assert line.startswith("  rule: Org 100 (100, acme), Org 101 (101, acme), ")
    assert line.endswith(
        "Org 109 (109, acme) and 2 more: standing is not known: no license states an end for 1 device"
    )
    assert lines[lines.index(line) + 1] == (
        "  -> look at each of them in the dashboard; then waive the rules for it with [[waivers]],"
        " or tolerate so many with max_unknown = 12 under [completeness]"
    )
