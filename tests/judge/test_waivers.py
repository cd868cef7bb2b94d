from __future__ import annotations

import pytest

from auditor.domain.finding import Severity
from auditor.judge.verdict import Outcome, Verdict, judge
from tests.judge.reports import a_document, a_policy, an_organization, failed

RULE = 'id = "burning"\nfigure = "unused.unusedActive"\nmax = 0'
REPORT = a_document(
    an_organization("1", {"unused.unusedActive": 3}, name="Acme Retail"), an_organization("2", tenant="north")
)
TAGS = {"acme": ["gold"], "north": []}


def a_waiver(*lines: str, expires: str = "2026-03-01", rule: str = "burning") -> str:
    """A waiver that holds on the report's day; *lines* say what it excuses."""
    table = [
        "[[waivers]]",
        f'rule = "{rule}"',
        'reason = "ordered"',
        'owner = "jane"',
        f"expires = {expires}",
    ]
    return "\n".join([*table, *lines])


def about_waivers(verdict: Verdict) -> list[tuple[Severity, str]]:
    return [(one.severity, one.message) for one in verdict.findings if one.rule == "waiver"]


@pytest.mark.parametrize(
    ("waiver", "is_waived"),
    [
        (a_waiver('organization = "1"'), True),
        (a_waiver('organization = "acme r*"'), True),
        (a_waiver('organization = "2"'), False),
        (a_waiver('tenant = "ACME"'), True),
        (a_waiver('tenant = "north"'), False),
        (a_waiver('tenant = "acme"', 'organization = "1"'), True),
        (a_waiver('tenant = "north"', 'organization = "1"'), False),
        (a_waiver('organization = "*"', rule="burn*"), True),
        (a_waiver('organization = "*"', rule="other"), False),
        (a_waiver('tag = "gold"'), False),
        (a_waiver(f'finding = "{judge(REPORT, a_policy(RULE)).findings[0].id}"'), True),
        (a_waiver('finding = "0123456789abcdef"'), False),
        (a_waiver('organization = "1"', expires='"2026-03-01"'), True),
        (a_waiver('organization = "1"', expires="2026-02-28"), False),
    ],
)
def test_a_waiver_excuses_what_it_names_up_to_its_last_day(waiver: str, *, is_waived: bool) -> None:
    """All the places that it gives must match; the last day is inclusive, in UTC."""
    verdict = judge(REPORT, a_policy(RULE, rest=waiver))

    [finding] = [one for one in verdict.findings if one.rule == "burning"]
    assert (finding.waiver is not None) is is_waived
    assert verdict.outcome is (Outcome.PASSED if is_waived else Outcome.FAILED)


@pytest.mark.parametrize(
    ("as_of", "is_waived"),
    [
        ("2026-03-01T23:59:59Z", True),
        ("2026-03-01T23:30:00-02:00", False),
        ("2026-03-02T00:30:00+02:00", True),
    ],
)
def test_the_day_is_that_of_utc(as_of: str, *, is_waived: bool) -> None:
    """Wherever the report was made."""
    report = a_document(an_organization("1", {"unused.unusedActive": 3}), asOf=as_of)

    verdict = judge(report, a_policy(RULE, rest=a_waiver('organization = "1"')))

    assert (verdict.outcome is Outcome.PASSED) is is_waived


@pytest.mark.parametrize(
    ("scope", "place"),
    [("tenant", 'tenant = "acme"'), ("tag", 'tag = "g*"'), ("total", 'finding = "*"')],
)
def test_sums_can_be_waived(scope: str, place: str) -> None:
    """By tenant, by tag, or by the id of the finding."""
    policy = a_policy(f'{RULE}\nscope = "{scope}"', rest=a_waiver(place))

    verdict = judge(REPORT, policy, tags=TAGS)

    assert [one.waiver is not None for one in verdict.findings] == [True]
    assert verdict.outcome is Outcome.PASSED


def test_a_waiver_of_an_organization_excuses_no_sum() -> None:
    """The sum has other causes as well."""
    policy = a_policy(f'{RULE}\nscope = "total"', rest=a_waiver('organization = "*"'))

    assert judge(REPORT, policy).outcome is Outcome.FAILED


def test_a_lapsed_waiver_says_so() -> None:
    """As a warning, so that nobody goes on believing in it."""
    policy = a_policy(RULE, rest=a_waiver('organization = "1"', expires="2026-02-28"))

    verdict = judge(REPORT, policy)

    assert about_waivers(verdict) == [
        (Severity.WARNING, "lapsed after 2026-02-28, excuses nothing: ordered (jane)")
    ]
    assert judge(a_document(an_organization()), policy).outcome is Outcome.PASSED
    assert judge(a_document(an_organization()), policy, fail_on=Severity.WARNING).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("rule", "severity", "message"),
    [
        ("burning", Severity.INFO, "excuses nothing in this report"),
        (
            "burnign",
            Severity.WARNING,
            "excuses nothing in this report: no rule has that name; did you mean burning?",
        ),
        ("nothing", Severity.WARNING, "excuses nothing in this report: no rule has that name"),
        ("vanished", Severity.INFO, "excuses nothing in this report"),
    ],
)
def test_a_waiver_that_excuses_nothing_says_so(rule: str, severity: Severity, message: str) -> None:
    """It may be over; for a rule that does not exist it never began, which is a warning."""
    verdict = judge(REPORT, a_policy(RULE, rest=a_waiver('organization = "2"', rule=rule)))

    assert about_waivers(verdict) == [(severity, message)]


def test_findings_about_waivers_keep_their_id_and_are_told_apart() -> None:
    """Over time, and beside each other."""
    waivers = "\n".join(a_waiver(f'organization = "{one}"', expires="2026-02-28") for one in "123")

    ids = [one.id for one in judge(REPORT, a_policy(rest=waivers)).findings]

    assert len(set(ids)) == 3
    later = judge(a_document(asOf="2026-09-01T00:00:00Z"), a_policy(rest=waivers))
    assert [one.id for one in later.findings] == ids


def test_what_is_waived_need_not_be_decided() -> None:
    """Whatever came out would be excused; that it was not read still makes the report incomplete."""
    report = a_document(an_organization(), failed("2"))
    policy = a_policy(RULE, rest=a_waiver('organization = "2"'))

    verdict = judge(report, policy)

    assert verdict.undecided == ()
    assert about_waivers(verdict) == []
    assert verdict.outcome is Outcome.UNDECIDED


def test_of_two_waivers_the_longer_one_is_told() -> None:
    """That is when the finding comes back; the other one is told as unused."""
    policy = a_policy(
        RULE,
        rest="\n".join(a_waiver('organization = "1"', expires=day) for day in ("2026-04-01", "2026-05-01")),
    )

    verdict = judge(REPORT, policy)

    assert [str(one.waiver.expires) for one in verdict.findings if one.waiver] == ["2026-05-01"]
    assert len(about_waivers(verdict)) == 1
