from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from auditor.domain.extra import Extra
from auditor.domain.finding import Severity
from auditor.errors import SettingsError
from auditor.judge.policy import CompletenessDemand, Policy, Rule, Scope
from auditor.judge.policy_text import read_policy
from auditor.judge.waiver import Waiver

EXAMPLE = Path(__file__).resolve().parents[2] / "config" / "policy.toml"
WAIVER = '[[waivers]]\nrule = "a"\ntenant = "acme"\nreason = "ordered"\nowner = "jane"\n'


def problems(text: str) -> list[str]:
    """What is told about a policy that cannot be used."""
    with pytest.raises(SettingsError) as caught:
        read_policy(text, name="policy.toml")
    return [str(problem) for problem in caught.value.problems]


def rule(*lines: str) -> str:
    return "\n".join(["[[rules]]", 'id = "a"', *lines])


def test_an_empty_policy_demands_only_completeness() -> None:
    """No rule is made up."""
    policy = read_policy("", name="policy.toml")

    assert policy == Policy()
    assert policy.rules == ()
    assert policy.completeness == CompletenessDemand()
    assert not policy.completeness.is_relaxed


def test_the_ready_made_policy_is_valid_and_shows_every_key() -> None:
    """`config/policy.toml` can be copied as it is, and nothing has to be looked up elsewhere."""
    text = EXAMPLE.read_text()
    policy = read_policy(text, name="policy.toml")
    keys = {*Rule.model_fields, *Waiver.model_fields, *CompletenessDemand.model_fields, *Policy.model_fields}

    assert {one.id: one.severity for one in policy.rules}["at-risk-30"] is Severity.ERROR
    assert {one.id: one.severity for one in policy.rules}["burning-unused"] is Severity.WARNING
    assert {key for key in keys if key not in text} == set()


def test_what_is_commented_out_in_the_ready_made_policy_is_valid_too() -> None:
    """Whoever takes the # away gets what the file shows."""
    lines = EXAMPLE.read_text().splitlines()
    shown = [
        line.removeprefix("# ")
        for line in lines
        if line.startswith(("# [[", "#\n")) or (line.startswith("# ") and " = " in line and "`" not in line)
    ]
    text = "\n".join(line for line in lines if not line.startswith("#"))
    at = next(place for place, line in enumerate(shown) if line.startswith("[[waivers]]"))
    completeness = [line for line in shown[:at] if line.startswith(("m", "require"))]
    selection = [line for line in shown[:at] if line not in completeness]
    text = text.replace("[completeness]", "\n".join(["[completeness]", *completeness]))
    text = text.replace(
        'figure = "expiring.atRiskWithin.30"', "\n".join(['figure = "expiring.total"', *selection])
    )

    policy = read_policy("\n".join([text, *shown[at:]]), name="policy.toml")

    assert policy.completeness.max_skipped == 0
    assert policy.completeness.require == (Extra.INVENTORY,)
    assert policy.rules[0].tags == ("gold",)
    assert policy.rules[0].licensing_models == ("per-device",)
    assert policy.waivers[0].expires == date(2026, 12, 31)


def test_defaults_of_a_rule_are_the_documented_ones() -> None:
    """An error, about each organization; in total where it is about the whole run."""
    policy = read_policy(
        rule('figure = "standing"', 'equals = "ok"')
        + '\n[[rules]]\nid = "b"\nfigure = "completeness.complete"\nequals = true',
        name="policy.toml",
    )

    assert policy.rules[0].severity is Severity.ERROR
    assert [one.level for one in policy.rules] == [Scope.ORGANIZATION, Scope.TOTAL]
    assert not policy.rules[0].ratchet


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            ['figure = "expiring.atRisc"', "max = 0"],
            "expiring has no 'atRisc' (did you mean expiring.atRisk?)",
        ),
        (['figure = "atRisk"', "max = 0"], "'atRisk' (did you mean expiring.atRisk?)"),
        (
            ['figure = "expiring"', "max = 0"],
            "leads to a table, not to a figure: 'expiring' (expiring has total,",
        ),
        (['figure = "subscription.subscriptions"', "max = 0"], "leads to a list"),
        (['figure = "expiring.total.x"', "max = 0"], "(expiring.total is a figure itself)"),
        (['figure = "expiring.within.soon"', "max = 0"], "expiring.within has no 'soon'"),
        (
            ['figure = "completeness.failedByClass.auht"', "max = 0"],
            "did you mean completeness.failedByClass.auth?",
        ),
        (['figure = "licenses.byState.expird"', "max = 0"], "did you mean expired?"),
        (['figure = "licenses.byType.MX64-ENT.unusedactive"', "max = 0"], "did you mean unusedActive?"),
        (['figure = "expiring..total"', "max = 0"], "is no path"),
        (['figure = ""', "max = 0"], "is no path"),
        (
            ['figure = "standing"', "max = 0"],
            "rules[0].max: does not fit standing, which is a text (give equals or one_of or none_of)",
        ),
        (['figure = "expiring.total"', 'one_of = ["ok"]'], "rules[0].one_of: does not fit"),
        (['figure = "expiring.total"', "min_days = 3"], "rules[0].min_days: does not fit"),
        (['figure = "dark.soonest"', "max = 3"], "rules[0].max: does not fit dark.soonest, which is a date"),
        (['figure = "expiring.total"', 'equals = "3"'], "must be a whole number, as expiring.total is"),
        (['figure = "expiring.total"', "equals = true"], "must be a whole number"),
        (['figure = "completeness.complete"', "equals = 1"], "must be true or false"),
        (['figure = "expiring.total"', "equals = [1]"], "rules[0].equals: must be text, a whole number"),
        (['figure = "licenses.byState.EXPIRED"', "max = 0"], "did you mean expired?"),
        (['figure = "totals.licenses.byState.Expired"', "max = 0"], "did you mean expired?"),
        (['figure = "unused.byType.MX.expired"', "max = 0"], "is not a state of unused licenses: 'expired'"),
        (['figure = "notes.duplicateLicens"', "max = 0"], "(did you mean duplicateLicense?)"),
        (['figure = "totals.notes.nothing"', "max = 0"], "is not a note: 'nothing' (one of missingId,"),
        (['figure = "subscription.byStatus.outOfCompliance"', "max = 0"], "did you mean out_of_compliance?"),
        (['figure = "standing"', "none_of = []"], "rules[0].none_of: is empty, and so compares with nothing"),
        (['figure = "standing"', "one_of = []"], "rules[0].one_of: is empty"),
        (['figure = "expiring.total"', "max = 1e308"], "rules[0].max: allows every number that there can be"),
        (
            ['figure = "expiring.total"', "min = 0"],
            "rules[0].min: demands nothing: expiring.total is never less than 0",
        ),
        (['figure = "traffic.effectiveRate"', "min = -1"], "rules[0].min: demands nothing"),
        (['figure = "expiring.total"', "min = 0", "max = 3"], "rules[0].min: demands nothing"),
        (['figure = "expiring.total"'], "compares its figure with nothing"),
        (['figure = "expiring.total"', "max = 1", "equals = 1"], "compares in several ways: max, equals"),
        (['figure = "expiring.total"', 'max = "1"'], "rules[0].max: must be a number, not '1'"),
        (['figure = "expiring.total"', "max = nan"], "must be a finite number"),
        (
            ['figure = "expiring.total"', "max = 1", 'severity = "eror"'],
            "must be 'error', 'warning' or 'info'",
        ),
        (
            ['figure = "expiring.total"', "max = 1", 'sevrity = "error"'],
            "no such key (did you mean severity?)",
        ),
        (['figure = "expiring.total"', "max = 1", 'message = "{vlaue}"'], "did you mean {value}?"),
        (
            ['figure = "expiring.total"', "max = 1", 'include = ["tag:"]'],
            "rules[0].include[0]: is not a pattern",
        ),
        (['figure = "traffic.requests"', "max = 1", 'scope = "tenant"'], "rules[0].scope: does not fit"),
        (['figure = "traffic.requests"', "max = 1", 'tags = ["x"]'], "rules[0].tags: selects organizations"),
        (['figure = "standing"', 'equals = "ok"', 'scope = "total"'], "rules[0].scope: adds up standing"),
        (
            ['figure = "standing"', 'none_of = ["ok", "drak"]'],
            "rules[0].none_of[1]: is not what standing can be: 'drak' (did you mean dark?)",
        ),
        (['figure = "status"', 'equals = "Failed"'], "rules[0].equals: is not what status can be"),
        (['figure = "plan"', 'one_of = ["whole"]'], "(one of full, targeted, counts)"),
        (['figure = "error"', 'none_of = ["atuh"]'], "did you mean auth?"),
        (['figure = "reason"', 'none_of = ["apidisabled"]'], "did you mean apiDisabled?"),
        (['figure = "licensingModel"', 'none_of = ["co-trem"]'], "did you mean co-term?"),
        (
            ['figure = "expiring.total"', "max = 1", 'licensing_models = ["perdevice"]'],
            "rules[0].licensing_models[0]: is not a licensing model: 'perdevice' (did you mean per-device?)",
        ),
        (['figure = "dark.soonest"', "min_days = 1", 'scope = "tag"'], "cannot be added up"),
        (['figure = "unused.activation.soonestCount"', "max = 1", 'scope = "total"'], "cannot be added up"),
    ],
)
def test_a_rule_that_cannot_be_judged_is_refused(lines: list[str], told: str) -> None:
    """With its place, and what to write instead."""
    [problem] = problems(rule(*lines))

    assert problem.startswith("policy.toml:")
    assert told in problem


def test_what_only_the_vendor_names_may_be_new() -> None:
    """A licensing model, a status of an organization under co-termination or a message may come to be."""
    new = [
        rule(f'figure = "{figure}"', 'none_of = ["something else"]')
        for figure in ("licensingModel", "coTerm.status")
    ]

    assert [read_policy(text, name="policy.toml").rules[0].none_of for text in new] == [
        ("something else",)
    ] * 2


@pytest.mark.parametrize(
    ("text", "demands"),
    [
        ("", False),
        ("# nothing", False),
        ("rules = []", False),
        ("rules = []\n" + WAIVER + "expires = 2026-12-31", False),
        ("[completeness]", True),
        ("[completeness]\nmax_skipped = 0", True),
        (rule('figure = "standing"', 'equals = "ok"'), True),
    ],
)
def test_a_policy_knows_whether_it_demands_anything(text: str, demands: bool) -> None:  # noqa: FBT001 - a case
    """Waivers demand nothing; the table of completeness does, even where it says nothing more."""
    assert read_policy(text, name="policy.toml").demands_anything is demands


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], ["waivers[0].expires: is missing (for example expires = 2026-12-31)"]),
        (["expires = 2026-12-31T00:00:00Z"], ["expires: is a time"]),
        (['expires = "soon"'], ["expires: is no date"]),
        (['expires = "2026-02-30"'], ["expires: is no date of the calendar: '2026-02-30'"]),
        (["expires = 20261231"], ["expires: is no date"]),
        (["expires = 2926-12-31"], ["lies outside the years"]),
        (["expires = 2026-12-31", 'reasn = ""'], ["reasn: no such key (did you mean reason?)"]),
    ],
)
def test_a_malformed_waiver_fails_closed(lines: list[str], told: list[str]) -> None:
    """Nothing of the policy is used, so nothing is waived."""
    found = problems(WAIVER + "\n".join(lines))

    assert [part in problem for part, problem in zip(told, found, strict=True)] == [True]


@pytest.mark.parametrize("key", ["rule", "reason", "owner", "tenant"])
def test_a_waiver_says_what_it_excuses_why_and_who_answers(key: str) -> None:
    """Each of them is required, and must not be blank."""
    whole = WAIVER + "expires = 2026-12-31"
    lines = whole.splitlines()
    without = [line for line in lines if not line.startswith(f"{key} ")]
    blank = [f'{key} = " "' if line.startswith(f"{key} ") else line for line in lines]

    assert read_policy(whole, name="policy.toml").waivers
    assert len(problems("\n".join(without))) == 1
    assert "must not be empty" in problems("\n".join(blank))[0]


def test_a_date_may_stand_as_a_date_or_as_text() -> None:
    """Both are common."""
    as_date, as_text = (
        read_policy(f"{WAIVER}expires = {day}", name="policy.toml") for day in ("2026-12-31", '"2026-12-31"')
    )

    assert as_date == as_text
    assert as_date.waivers[0].expires == date(2026, 12, 31)


def test_all_mistakes_are_told_at_once_with_their_lines() -> None:
    """One round, not one per mistake."""
    text = rule('figure = "atRisk"', 'max = "3"') + '\n[[rules]]\nid = "a b"\nfigure = "standing"\n[limits]\n'

    found = problems(text)

    assert [problem.split(" ")[0] for problem in found] == [
        "policy.toml:3:",
        "policy.toml:4:",
        "policy.toml:6:",
        "policy.toml:8:",
    ]


@pytest.mark.parametrize("name", ["reconcile", "waiver"])
def test_names_of_built_in_rules_are_taken(name: str) -> None:
    """A waiver could not tell them apart."""
    [problem] = problems(f'[[rules]]\nid = "{name}"\nfigure = "expiring.total"\nmax = 1')

    assert "keeps for itself" in problem


def test_ids_are_unique() -> None:
    """Findings go by them."""
    [problem] = problems("\n".join([rule('figure = "expiring.total"', "max = 1")] * 2))

    assert problem == "policy.toml:6: rules[1].id: repeats the id 'a' (ids are unique)"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[rules", "policy.toml:1: is not TOML"),
        ('a = "', "at the end of the file"),
        (f"a = {'9' * 5000}", "is TOML beyond all measure"),
        ("rules = 3", "policy.toml:1: rules: must be a list, not 3"),
        ("completeness = 3", "must be a table"),
        ("rule = []", "no such key (did you mean rules?)"),
        ("[completeness]\nmin_share = 1.5", "must be at most 1"),
        ("[completeness]\nmax_failed = -1", "must be at least 0"),
        ("[completeness]\nmax_skiped = 1", "did you mean max_skipped?"),
    ],
)
def test_what_is_no_policy_is_told_so(text: str, told: str) -> None:
    """With file and line as far as there is one."""
    assert told in problems(text)[0]
