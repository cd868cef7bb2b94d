import traceback
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.question import PlanKind
from auditor.errors import Problem, SettingsError
from auditor.settings.layers import build_settings
from auditor.settings.model import Settings

PLANTED = "fedcba9876543210fedcba9876543210fedcba98"
KEY_HINT = "for example api_key_env = 'MERAKI_DASHBOARD_API_KEY'; or api_key_file, api_key_command"
HTTPS_ONLY = "must be https: the API key would travel in the clear"
OPTION_NAMES = {"limits.share": "--share", "base_url": "--base-url", "audit.windows_days": "--windows-days"}


def built(text: str | None = None, /, **given: Any) -> Settings:
    """Settings from *text* and whatever else matters."""
    defaults: dict[str, Any] = {"file_name": "a.toml", "environment": {}, "options": {}}
    return build_settings(file_text=text, option_names=OPTION_NAMES, **(defaults | given))


def problems(text: str | None = None, /, **given: Any) -> list[Problem]:
    """What is wrong with them."""
    with pytest.raises(SettingsError) as caught:
        built(text, **given)
    return list(caught.value.problems)


def sentences(text: str | None = None, /, **given: Any) -> list[str]:
    """The same as a user reads it."""
    return [str(problem) for problem in problems(text, **given)]


def test_nothing_given_is_the_default() -> None:
    """Without any layer the settings are `Settings()`."""
    assert built() == Settings()
    assert built("tenants = []") == Settings()


def test_option_wins_over_environment_over_file_over_default() -> None:
    """Each layer sets aside the ones below, key by key."""
    text = "[limits]\nshare = 0.1\naddress_rate = 1\nattempts = 1"
    environment = {"AUDITOR_LIMITS_SHARE": "0.2", "AUDITOR_LIMITS_ADDRESS_RATE": "2"}

    limits = built(text, environment=environment, options={"limits": {"share": 0.3}}).limits

    assert (limits.share, limits.address_rate, limits.attempts, limits.max_in_flight) == (0.3, 2.0, 1, 512)


def test_every_variable_is_read_by_the_type_of_its_key() -> None:
    """Numbers, lists, durations, instants and texts."""
    settings = built(
        environment={
            "AUDITOR_AUDIT_WINDOWS_DAYS": "60, 30",
            "AUDITOR_AUDIT_AS_OF": "2026-11-24T01:00:00+01:00",
            "AUDITOR_LIMITS_ORGANIZATION_RATE": "5",
            "AUDITOR_LIMITS_MAX_IN_FLIGHT": " 8 ",
            "AUDITOR_LIMITS_REQUEST_TIMEOUT": "1m",
            "AUDITOR_LIMITS_DEADLINE": "90",
            "AUDITOR_OUTPUT_REPORT": "out.json",
            "AUDITOR_BASE_URL": "http://127.0.0.1:8080/api/v1/",
            "AUDITOR_LIMITS_SHARE": "",
        }
    )

    assert settings.audit.windows_days == (30, 60)
    assert settings.audit.as_of == datetime(2026, 11, 24, tzinfo=UTC)
    assert settings.limits.model_dump(exclude_defaults=True) == {
        "organization_rate": 5.0,
        "max_in_flight": 8,
        "deadline": 90.0,
    }
    assert settings.output.report == "out.json"
    assert settings.tenants[0].base_url == "http://127.0.0.1:8080/api/v1"


@pytest.mark.parametrize(
    ("text", "meant"),
    [("true", True), ("YES", True), (" 1 ", True), ("false", False), ("no", False), ("0", False)],
)
def test_a_truth_value_may_be_said_in_the_usual_ways(text: str, meant: object) -> None:
    """The environment knows no truth values."""
    assert built(environment={"AUDITOR_AUDIT_RECONCILE": text}).audit.reconcile is meant


def test_an_option_can_take_back_what_the_file_says() -> None:
    """`--no-reconcile` is given, and is not the same as saying nothing."""
    text = "[audit]\nreconcile = true"

    assert built(text, options={"audit": {"reconcile": False}}).audit.reconcile is False
    assert built(text, options={"audit": {"reconcile": None}}).audit.reconcile is True


def test_a_plan_is_one_of_three() -> None:
    """From the file, the environment or an option alike; another is refused with the names of all."""
    assert built('[audit]\nplan = "counts"').audit.plan is PlanKind.COUNTS
    assert built(environment={"AUDITOR_AUDIT_PLAN": "targeted"}).audit.plan is PlanKind.TARGETED
    assert built(options={"audit": {"plan": "full"}}).audit.plan is PlanKind.FULL
    with pytest.raises(SettingsError, match="must be 'full', 'targeted' or 'counts', not 'quick'"):
        built('[audit]\nplan = "quick"')


@pytest.mark.parametrize(
    ("text", "given", "place"),
    [
        ('[audit]\nplan = "counts"\nreconcile = true', {}, "a.toml:3"),
        ("[audit]\nreconcile = true", {"options": {"audit": {"plan": "counts"}}}, "a.toml:2"),
        ('[audit]\nplan = "counts"', {"environment": {"AUDITOR_AUDIT_RECONCILE": "yes"}}, "AUDITOR_AUDIT"),
    ],
)
def test_where_no_list_is_read_there_is_none_to_reconcile(
    text: str, given: dict[str, Any], place: str
) -> None:
    """Refused, wherever the two were said; an empty list of findings would look like agreement."""
    (problem,) = problems(text, **given)

    assert str(problem).startswith(place)
    assert "compares lists with overviews, and the plan counts reads no list" in str(problem)
    assert "take the plan full or targeted" in str(problem)


@pytest.mark.parametrize("value", ['"yes"', "1", "[]"])
def test_in_a_file_a_truth_value_is_true_or_false(value: str) -> None:
    """TOML has truth values of its own."""
    with pytest.raises(SettingsError, match="must be true or false"):
        built(f"[audit]\nreconcile = {value}")


@pytest.mark.parametrize("days", ["60,30", ["60", "30"], (60, 30)])
def test_an_option_may_be_text_or_value(days: object) -> None:
    """The command line may convert or leave it to the settings."""
    assert built(options={"audit": {"windows_days": days}}).audit.windows_days == (30, 60)


@pytest.mark.parametrize("nothing", [None, "", (), []])
def test_an_option_that_was_not_given_sets_nothing(nothing: object) -> None:
    """What the command line holds for an absent option leaves the layers below alone."""
    settings = built(
        "[audit]\nwindows_days = [7]", options={"audit": {"windows_days": nothing}, "base_url": nothing}
    )

    assert settings.audit.windows_days == (7,)


def test_one_base_url_holds_for_every_tenant() -> None:
    """Option over environment over what each tenant says."""
    text = """
    [[tenants]]
    name = "a"
    api_key_env = "A"
    base_url = "https://api.meraki.ca/api/v1"
    [[tenants]]
    name = "b"
    api_key_file = "b"
    """
    environment = {"AUDITOR_BASE_URL": "http://localhost:1"}

    assert {one.base_url for one in built(text, environment=environment).tenants} == {"http://localhost:1"}
    options = {"base_url": "http://localhost:2"}
    assert {one.base_url for one in built(text, environment=environment, options=options).tenants} == {
        "http://localhost:2"
    }


def test_a_file_is_read_with_all_that_toml_offers() -> None:
    """Offset date-times, inline tables and lists, words or a line for a command."""
    settings = built("""
    audit = { as_of = 2026-11-24T00:00:00Z, windows_days = [
        90, # the quarter
        30,
    ] }
    [[tenants]]
    name = "acme"
    api_key_command = "pass show meraki"
    organizations = { ids = ["1"], include = ["A*"], exclude = ["tag:lab"] }
    tags = ["gold"]
    contact = "noc@example.com"
    """)

    assert settings.audit.as_of == datetime(2026, 11, 24, tzinfo=UTC)
    assert settings.audit.windows_days == (30, 90)
    assert settings.tenants[0].api_key_command == ("pass", "show", "meraki")
    assert settings.tenants[0].selection.admits("1", "acme")


def test_every_problem_is_told_at_once_with_its_place() -> None:
    """One error for the file, the environment and the options together."""
    text = """[limits]
shar = 0.5
attempts = "many"
share = 0.5
[[tenants]]
name = "acme"
base_url = "http://api.meraki.com"
[[tenants]]
name = "acme"
api_key_env = "A"
"""
    environment = {"AUDITOR_LIMITS_ADDRESS_RATE": "fast", "AUDITOR_LIMITS_SHRAE": "1"}

    assert sentences(text, environment=environment, options={"limits": {"share": "2"}}) == [
        "AUDITOR_LIMITS_SHRAE: no such setting (did you mean AUDITOR_LIMITS_SHARE?)",
        "AUDITOR_LIMITS_ADDRESS_RATE: must be a number, not 'fast' (for example address_rate = 100.0)",
        "--share: must be at most 1, not 2.0 (for example share = 0.9)",
        "a.toml:3: limits.attempts: must be a whole number, not 'many' (for example attempts = 5)",
        "a.toml:2: limits.shar: no such key (did you mean share?)",
        f"a.toml:5: tenants[0]: does not say where the API key is ({KEY_HINT})",
        f"a.toml:7: tenants[0].base_url: {HTTPS_ONLY} (plain http is for loopback only)",
        "a.toml:9: tenants[1].name: repeats the tenant name 'acme' (names are unique)",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "[limits]\nzzz = 1",
            "a.toml:2: limits.zzz: no such key (known: organization_rate, organization_burst,",
        ),
        ("\n[limit]", "a.toml:2: limit: no such key (did you mean limits?)"),
        ('"a\\nb" = 1', "a.toml:1: 'a\\nb': no such key"),
        ("audit = 3", "a.toml:1: audit: must be a table, not 3"),
        ("[audit]\nwindows_days = 30", "a.toml:2: audit.windows_days: must be a list, not 30"),
        ("[audit]\nwindows_days = [\n1,\n0]", "a.toml:4: audit.windows_days[1]: must be at least 1, not 0"),
        ("[audit]\nwindows_days = []", "a.toml:2: audit.windows_days: must hold 1 to 10 windows, not 0"),
        ("[audit]\nas_of = 2026-11-24T00:00:00", "a.toml:2: audit.as_of: has no offset"),
        ("[audit]\nas_of = 2026-11-24", "a.toml:2: audit.as_of: must be a date with a time and an offset"),
        ("limits.share = true", "a.toml:1: limits.share: must be a number, not true"),
        ("limits.share = {}", "a.toml:1: limits.share: must be a number, not a table"),
        ("limits.share = 07:00:00", "a.toml:1: limits.share: must be a number, not 07:00:00"),
        ("limits.address_rate = nan", "a.toml:1: limits.address_rate: must be a finite number, not nan"),
        ('limits.deadline = "soon"', "a.toml:1: limits.deadline: must be a duration such as 90s"),
        ("output.report = []", "a.toml:1: output.report: must be text, not a list"),
        ("tenants = 1", "a.toml:1: tenants: must be a list, not 1"),
        ('tenants = ["acme"]', "a.toml:1: tenants[0]: must be a table, not text"),
        (
            '[[tenants]]\napi_key_env = "A"',
            'a.toml:1: tenants[0].name: is missing (for example name = "acme")',
        ),
        ("a = ", "a.toml:1: is not TOML: Invalid value, at the end of the file"),
        (
            "\na = 1 1\n",
            "a.toml:2: is not TOML: Expected newline or end of document after a statement, at column 7",
        ),
        ("a = " + "[" * 5000, "a.toml:1: is TOML beyond all measure"),
        ("a = " + "1" * 5000, "a.toml:1: is TOML beyond all measure"),
    ],
)
def test_a_mistake_in_the_file_is_told_in_plain_words(text: str, sentence: str) -> None:
    """File, line, key, what is wrong with which value; one problem for one mistake."""
    (told,) = sentences(text)

    assert told.startswith(sentence)


def test_a_two_fold_mistake_of_all_tenants_is_told_once() -> None:
    """A wrong base URL from above is one problem, however many tenants it reaches."""
    text = '[[tenants]]\nname = "a"\napi_key_env = "A"\n[[tenants]]\nname = "b"\napi_key_env = "B"'

    (told,) = problems(text, options={"base_url": "ftp://x"})

    assert (told.where, told.what) == ("--base-url", "must begin with https://")


def test_variables_that_hold_a_tenants_key_are_known() -> None:
    """A tenant may name a variable that begins like ours; an unreadable file accuses none."""
    text = '[[tenants]]\nname = "a"\napi_key_env = "AUDITOR_ACME"'

    assert built(text, environment={"AUDITOR_ACME": PLANTED}).tenants[0].api_key_env == "AUDITOR_ACME"
    assert [told.where for told in problems("a =", environment={"AUDITOR_ACME": PLANTED})] == ["a.toml:1"]
    assert built(environment={"AUDITOR_CONFIG": "x"}, other_variables={"AUDITOR_CONFIG"}) == Settings()


@pytest.mark.parametrize(
    "text",
    [
        f'[[tenants]]\nname = "a"\napi_key = "{PLANTED}"',
        f'[[tenants]]\nname = "a"\napi_key_env = "{PLANTED}"',
        f'[[tenants]]\nname = "a"\napi_key_file = "{PLANTED}"',
        f'[[tenants]]\nname = "a"\napi_key_command = ["{PLANTED}", 1]',
        f'[[tenants]]\nname = "a"\napi_key_command = "echo \'{PLANTED}"',
        f'[[tenants]]\nname = "a"\napi_key_env = "A"\nbase_url = "https://x:{PLANTED}@api.meraki.com"',
        f'[[tenants]]\nname = "a"\napi_key_env = "A"\nbase_url = "https://api.meraki.com?k={PLANTED}"',
        f'token = "{PLANTED}"',
        f'tenants = "{PLANTED}"',
        f'tenants = ["{PLANTED}"]',
        f"api_key = {PLANTED}",
    ],
)
def test_a_key_in_the_wrong_place_is_not_repeated(text: str) -> None:
    """Whatever a user mistakes for the right place, no message and no traceback shows the key."""
    with pytest.raises(SettingsError) as caught:
        built(text)

    shown = (
        "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(caught.value.problems)
    )
    assert PLANTED not in shown


def test_a_key_in_the_configuration_is_answered_with_the_right_way() -> None:
    """The three sources are named where somebody writes the key itself."""
    told = problems(f'[[tenants]]\nname = "a"\napi_key_env = "A"\napi_key = "{PLANTED}"')

    assert [one.hint for one in told] == [
        "an API key never stands here; say where it is: api_key_env, api_key_file or api_key_command"
    ]


WORDS = st.sampled_from(
    [
        "audit",
        "limits",
        "tenants",
        "windows_days",
        "as_of",
        "share",
        "deadline",
        "name",
        "api_key_env",
        "base_url",
    ]
)
NUMBERS = st.sampled_from(["1", "0.5", "-1", "nan", "true", "9" * 400, "2026-11-24", "2026-11-24T00:00:00Z"])
TEXTS = st.sampled_from(['"x"', '"90s"', '"https://x"'])
TABLES = st.sampled_from(["[30, 60]", '["1"]', "[{}]", "{}", "{ ids = [1] }", '{ share = 2, "\\n" = 1 }'])
VALUES = NUMBERS | TEXTS | TABLES
LINES = st.one_of(
    WORDS.map("[{}]".format),
    WORDS.map("[[{}]]".format),
    st.tuples(WORDS, VALUES).map(" = ".join),
    st.tuples(WORDS.map("limits.{}".format), VALUES).map(" = ".join),
)
ENVIRONMENTS = st.dictionaries(
    st.sampled_from(
        ["AUDITOR_LIMITS_SHARE", "AUDITOR_AUDIT_WINDOWS_DAYS", "AUDITOR_BASE_URL", "AUDITOR_X", "AUDITOR_"]
    )
    | st.text().map("AUDITOR_{}".format),
    st.text() | st.sampled_from(["1", "1e400", "30,60", "https://x"]),
    max_size=3,
)


@given(st.text() | st.lists(LINES, max_size=8).map("\n".join), ENVIRONMENTS)
def test_any_text_and_environment_give_settings_or_a_settings_error(
    text: str, environment: dict[str, str]
) -> None:
    """Never another exception, and every problem has a place and a reason."""
    try:
        settings = built(text, environment=environment)
    except SettingsError as error:
        told = error.problems
    else:
        assert Settings.model_validate(settings.model_dump()) == settings
        return

    assert told
    assert len(set(told)) == len(told)
    assert all(problem.where and problem.what for problem in told)
