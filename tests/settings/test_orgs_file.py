import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import SettingsError
from auditor.settings.orgs_file import parse_orgs_file

ID_LISTS = st.lists(
    st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True).filter(lambda text: text.lower() != "id"), min_size=1
)


@pytest.mark.parametrize(
    "text",
    [
        "11\n22\n33\n",
        "\ufeff11\r\n22\r\n33",
        "# ours\n\n  11  # Acme\n22 # Beta, Inc; id\n33#x\n11\n",
        "id\n11\n22\n33\n",
        'ID,name\n11,Acme\n22,"Beta,\nInc"\n\n33,Gamma\n',
        '# exported\nname;"Id"\nAcme;11\nBeta;22\nGamma; 33 \n',
        '"Name, full",id\nAcme,11\nBeta,22\nGamma,33\n',
        "11 # Acme, id\n22\n33\n",
        "name\tid\nAcme\t11\nBeta\t22\nGamma\t33",
        '["11", "22", "33"]',
        '[{"id": "11", "name": "Acme"}, {"name": "Beta", "id": "22"}, "33"]',
    ],
)
def test_each_of_the_three_forms_gives_the_ids_in_order(text: str) -> None:
    """Lines with comments, CSV with any of three delimiters, JSON of ids or of organizations."""
    assert parse_orgs_file(text, "orgs") == ("11", "22", "33")


@pytest.mark.parametrize(
    "text",
    [
        "id,selected\n11,true\n22,false\n33,TRUE\n 44 , False\n",
        "Selected;id\nyes;11\nno;22\n1;33\n0;44\n",
        '[{"id": "11", "selected": true}, {"id": "22", "selected": false}, {"id": "33"}]',
        'selected,id\nfalse,\n"true",11\ntrue,33\n',
    ],
)
def test_of_rows_that_say_whether_they_are_selected_only_those_that_are_count(text: str) -> None:
    """As `auditor orgs` lists them: what a selection left out stays out."""
    assert parse_orgs_file(text, "orgs") == ("11", "33")


@pytest.mark.parametrize("text", ["id,selected\n11,false\n22,no\n", '[{"id": "11", "selected": false}]'])
def test_a_file_that_selects_nothing_is_an_error(text: str) -> None:
    """It means nothing, and never "all"."""
    with pytest.raises(SettingsError, match=r"^orgs: selects none of its [12] organizations"):
        parse_orgs_file(text, "orgs")


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "[]", "id\n", "id,name\n\n"])
def test_a_file_without_ids_is_an_error(text: str) -> None:
    """An empty choice is a mistake of the tool that wrote the file, and never "all"."""
    with pytest.raises(SettingsError, match=r"^orgs: holds no organization id"):
        parse_orgs_file(text, "orgs")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("11\n2 2\n33\nfour!\n", ["orgs:2", "orgs:4"]),
        ('id,name\n11,A\n,B\n33,"x\ny"\nfour!,C\n', ["orgs:3", "orgs:6"]),
        ("name,id\nA,11\nB\n", ["orgs:3"]),
        (
            '["11",\n 22,\n\n {"name": "x"}, null, true,\n ["1"], "a b"]',
            ["orgs:2", *["orgs:4"] * 3, *["orgs:5"] * 2],
        ),
        ("name,tenant\nAcme,x\n", ["orgs:1"]),
        (f"{'x' * 140_000},id\n11\n", ["orgs:1"]),
        ("# a\n11,22\n", ["orgs:2"]),
        ('{"id": "11"}', ["orgs:1"]),
        ('["11",\n"22"', ["orgs:2"]),
        ("[" * 100_000, ["orgs:1"]),
        (f"[{'1' * 5000}]", ["orgs:1"]),
        (f"id,name\n11,{'x' * 140_000}\n", ["orgs:2"]),
        ("id,selected\n11,true\n22,x\n33\n", ["orgs:3", "orgs:4"]),
        ('[{"id": "11", "selected": null},\n{"id": "!", "selected": 1}]', ["orgs:1", "orgs:2"]),
    ],
)
def test_every_wrong_line_is_named(text: str, places: list[str]) -> None:
    """All of them at once, each by file and line."""
    with pytest.raises(SettingsError) as caught:
        parse_orgs_file(text, "orgs")

    assert [problem.where for problem in caught.value.problems] == places


def test_the_content_of_a_wrong_file_is_not_repeated() -> None:
    """Somebody will give the file with the key in it."""
    with pytest.raises(SettingsError) as caught:
        parse_orgs_file("MERAKI_DASHBOARD_API_KEY=sesame-open\n", "orgs")

    assert "sesame" not in str(caught.value)


@given(ID_LISTS, st.sampled_from(["lines", "csv", "json", "objects"]))
def test_any_ids_survive_every_form(ids: list[str], form: str) -> None:
    """The same ids, each once and in order, whatever the form."""
    text = {
        "lines": "\n".join(ids),
        "csv": "\n".join(["name,id", *(f'"x,y",{one}' for one in ids)]),
        "json": json.dumps(ids, indent=1),
        "objects": json.dumps([{"id": one, "name": "]["} for one in ids]),
    }[form]

    assert parse_orgs_file(text, "orgs") == tuple(dict.fromkeys(ids))


@given(st.text() | st.text('[]{}",:;\t\n\r idID12#\\', max_size=30))
def test_any_text_gives_ids_or_a_settings_error(text: str) -> None:
    """Never another exception; every id is safe in a URL; every problem names the file."""
    try:
        ids = parse_orgs_file(text, "orgs")
    except SettingsError as error:
        places = {problem.where.split(":")[0] for problem in error.problems}
        ids = ()
    else:
        places = {"orgs"} if ids else set()

    assert places == {"orgs"}
    assert all(re.fullmatch("[A-Za-z0-9_-]+", one) for one in ids)
