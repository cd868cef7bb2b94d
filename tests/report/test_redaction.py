from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.judge.verdict import Remit, judge
from auditor.judge.verdict_json import judged_report
from auditor.judge.verdict_text import verdict_lines
from auditor.render.html import render
from auditor.report.reading import Document, UnreadableReportError, read_report
from auditor.report.redaction import SHORTEST_SALT, Masks, redact, redact_lines
from auditor.report.split import split
from auditor.report.to_json import to_json
from tests.domain.builders import a_license
from tests.judge.reports import a_policy
from tests.render import documents
from tests.report.evidences import FEW, a_report, a_result, reports
from tests.report.plantings import TENANTS, a_planted_report, names_of, texts_in

SALT = b"salt of a test, long enough"
OTHER_SALT = b"another salt, as long as that"
SECRETS = ("Q2XX-ABCD-0001", "4C1234567", "L_646829496481105433", "ada@mail.example", "198.51.100.7")

ALPHABET = "abcXYZ079 -_'\"<&\\/%{}äß北\u200d🏢"
WORDS = st.text(ALPHABET, min_size=4, max_size=12).map(lambda text: f"Zq{text}q")
"""Names that no report has by itself; whatever is in them, none is part of another."""


def test_the_name_of_an_organization_without_an_entry_is_masked() -> None:
    """A row of the list without a usable id is told by its name alone."""
    message = 'organization 2 of the list, "Zq Harbour q", has no usable id: it is null'
    failure = documents.an_error(None, **{"class": "badResponse", "message": message})
    report = documents.a_document(documents.an_organization(), errors=[failure])

    masked = redact(report, salt=SALT)

    assert "Harbour" not in masked["errors"][0]["message"]
    assert "has no usable id" in masked["errors"][0]["message"]


def unrelated(words: list[str]) -> bool:
    """Whether none of *words* is in another."""
    return not any(one in other for one in words for other in words if one is not other)


def a_judged_report(words: list[str]) -> Document:
    """A report that has each of ten *words* wherever such a word can be, judged by a policy."""
    tenant, name, number, contact, tag, agreement, held, owner, reason, request = words
    told = f"{name} ({number}) of {tenant}: {agreement}/{held}, says {contact}, {tag}; {', '.join(SECRETS)}"
    subscription: dict[str, Any] = {
        "id": held,
        "name": agreement,
        **dict.fromkeys(("startsAt", "endsAt", "renewalRequested", "organizations")),
        "status": "active",
        "type": "termed",
        "shared": False,
        "seats": {},
        "violations": [],
    }
    blocks = {"subscription": {**documents.SUBSCRIPTIONS, "subscriptions": [subscription]}}
    place = {"tenant": tenant, "organizationId": number}
    held_by = documents.an_organization(
        number, blocks, name=name, tenant=tenant, licensingModel="subscription"
    )
    failed = documents.a_failed_organization(f"{number}9", name=name, tenant=tenant, message=told)
    waived = {"reason": reason, "owner": owner, "expires": "2026-12-31"}
    prose = {"subject": f"tenant {tenant}: x", "rule": f"rule of {name}", "message": told, "advice": told}
    finding = documents.a_finding(**place, **prose, waived=waived)
    renewal = {
        "licensingModel": "per-device",
        "type": "MX64-ENT",
        "unit": "licenses",
        "byMonth": {"2026-04": 3},
    }
    return documents.a_document(
        held_by,
        failed,
        findings=[finding, {**finding, **dict.fromkeys(("organizationId", "waived", "advice"))}],
        errors=[documents.an_error(f"{number}9", tenant=tenant, message=told, requestId=request)],
        tenants=[{"name": tenant, "tags": [tag], "contact": contact}],
        reclaimHints=[
            {
                "tenant": tenant,
                "type": "MX64-ENT",
                "from": number,
                "to": f"{number}9",
                "count": 1,
                "soonestDarkDate": "2026-03-20",
            }
        ],
        verdict={
            "outcome": "failed",
            "failOn": "error",
            "baselineAsOf": None,
            "shortfalls": [told],
            "counts": dict.fromkeys(("failing", "waived", "known", "undecided"), 1),
            "rules": [
                {
                    "id": f"rule of {name}",
                    "severity": "error",
                    "scope": "tenant",
                    "figure": "pages",
                    **dict.fromkeys(("judged", "broken", "waived", "undecided"), 1),
                }
            ],
            "undecided": [
                {**place, "rule": told, "severity": "error", "subject": told, "reason": told, "matters": True}
            ],
        },
        forecast={"organizations": 1, "months": ["2026-04"], "renewals": [{"tenant": tenant, **renewal}]},
    )


def figures_of(value: Any) -> Any:
    """*value* without its texts; of lists, what is in them in any order."""
    if isinstance(value, list):
        return sorted(orjson.dumps(figures_of(one)).decode() for one in value)
    if isinstance(value, dict):
        return {key: figures_of(one) for key, one in value.items()}
    return None if isinstance(value, str) else value


@FEW
@given(st.lists(WORDS, min_size=10, max_size=10).filter(unrelated))
def test_no_planted_word_survives_anywhere(words: list[str]) -> None:
    """As a name, an id or a contact, and in whatever is said of it; nor does anything like a serial."""
    masked = redact(a_judged_report(words), salt=SALT)

    left = [word for word in [*words, *SECRETS] for text in texts_in(masked) if word in text]

    assert left == []


WAIVED_WORDS = ("Brindlewick", "Oswin Tarrant", "renewal is ordered", "Velmora", "Quixor")
WAIVERS = """
[[waivers]]
rule = "unused-*"
organization = "*Brindlewick*"
reason = "the renewal is ordered: Velmora"
owner = "Oswin Tarrant"
expires = 2026-02-01
[[waivers]]
rule = "quixor-other"
tenant = "Velmora*"
reason = "the renewal is ordered"
owner = "Oswin Tarrant; Velmora"
expires = 2026-12-24
[[waivers]]
rule = "unused-*"
tenant = "QUIXOR*"
reason = "the renewal is ordered, says Brindlewick"
owner = "Oswin Tarrant"
expires = 2026-12-24
"""


@pytest.mark.parametrize("owner", [None, "Quixor Retail"])
def test_nothing_of_a_waiver_survives(owner: str | None) -> None:
    """Lapsed, unused or in use, in a policy for all or a tenant's own: neither whom, nor why, nor who."""
    unused = [[a_license(id="1", state="unused", device_serial=None)]]
    report = read_report(to_json(a_report(a_result("501", unused, tenant="Quixor Retail"))))
    policy = a_policy('id = "unused-total"\nfigure = "unused.total"\nmax = 0', rest=WAIVERS)
    verdict = judge(report, policy, remit=Remit(owner=owner))
    judged = judged_report(report, verdict)

    masked = redact(judged, salt=SALT)
    lines = [*redact_lines(verdict_lines(verdict, judged), judged, salt=SALT)]

    assert len([one for one in judged["findings"] if one["rule"] == "waiver"]) == 2
    for text in (to_json(masked).decode(), render(read_report(to_json(masked))).decode(), "\n".join(lines)):
        assert [word for word in WAIVED_WORDS if word.casefold() in text.casefold()] == []
    told = {one["message"].split(":")[0] for one in masked["findings"] if one["rule"] == "waiver"}
    assert told == {"lapsed after 2026-02-01, excuses nothing", "excuses nothing in this report"}


def test_a_verdict_in_words_has_the_masks_of_the_report() -> None:
    """Names, ids of organizations and those of findings; counts and words stay."""
    report = a_planted_report(*TENANTS)
    verdict = judge(report, a_policy('id = "unused"\nfigure = "unused.total"\nmax = 0'))
    judged = judged_report(report, verdict)

    lines = [*redact_lines(verdict_lines(verdict, judged), judged, salt=SALT)]

    planted = [word for tenant in TENANTS for word in names_of(tenant)]
    assert [word for word in planted for line in lines if word in line] == []
    masked = redact(judged, salt=SALT)
    (line,) = [one for one in lines if masked["findings"][0]["id"] in one]
    assert masked["findings"][0]["organizationId"] in line
    assert lines[-1] == [*verdict_lines(verdict, judged)][-1]


@pytest.mark.parametrize("tenant", TENANTS)
def test_nothing_planted_is_in_the_text_or_the_page(tenant: str) -> None:
    """Of the whole, and of what a customer gets."""
    whole = a_planted_report(*TENANTS)

    for report in (whole, dict(split(whole))[tenant]):
        text = to_json(redact(report, salt=SALT))
        page = render(read_report(text))
        assert [one for one in names_of(tenant) if one.encode() in text or one.encode() in page] == []


@FEW
@given(reports())
def test_counts_and_kinds_are_untouched(report: dict[str, Any]) -> None:
    """The result is a report, and its figures are those of the original."""
    document = read_report(to_json(report))

    masked = redact(document, salt=SALT)

    assert read_report(to_json(masked)) == masked
    assert figures_of(masked) == figures_of(document)
    for key in ("completeness", "totals", "run", "traffic", "asOf"):
        assert masked[key] == document[key]


def test_a_masked_report_is_split_and_summed_up_as_any_other() -> None:
    """It keeps the order of reports, by its masks."""
    masked = redact(a_planted_report(*TENANTS), salt=SALT)

    places = [(one["tenant"], one["id"]) for one in masked["organizations"]]
    parts = dict(split(masked))

    assert places == sorted(places)
    assert sum(len(one["organizations"]) for one in parts.values()) == len(places)
    unmasked = dict(split(a_planted_report(*TENANTS)))
    for tenant, part in unmasked.items():
        assert parts[Masks(SALT).of(tenant, "tenant")]["totals"] == part["totals"]


def test_the_same_name_has_the_same_mask_wherever_it_stands() -> None:
    """So that the masked report can be read; and its kind is told."""
    masked = redact(a_judged_report([f"Zq{number}name" for number in range(10)]), salt=SALT)
    first, second = masked["organizations"]
    error, finding = masked["errors"][0], masked["findings"][1]

    assert re.fullmatch(r"organization-[0-9a-f]{12}", first["name"])
    assert re.fullmatch(r"tenant-[0-9a-f]{12}", first["tenant"])
    assert first["name"] == second["name"]
    assert first["id"] != second["id"]
    assert error["organizationId"] in {first["id"], second["id"]}
    assert error["message"].startswith(
        f"{first['name']} ({finding['organizationId']}) of {first['tenant']}: "
    )
    assert first["tenant"] == masked["tenants"][0]["name"] == masked["forecast"]["renewals"][0]["tenant"]


def test_a_name_in_another_case_has_the_mask_of_that_name() -> None:
    """In messages and in the ids of rules, which a policy spells as its author likes."""
    report = a_report(a_result("501", tenant="vantrell"))
    report["findings"] = [documents.a_finding(rule="VANTRELL-unused", message="as with Vantrell")]

    (finding,) = redact(report, salt=SALT)["findings"]

    mask = Masks(SALT).of("vantrell", "tenant")
    assert (finding["rule"], finding["message"]) == (f"{mask}-unused", f"as with {mask}")


@pytest.mark.parametrize("word", ["Quixor Retail", "501", "x", "\ud800"])
def test_masks_depend_on_word_and_salt_alone(word: str) -> None:
    """Reports masked with one salt can be compared, with two they cannot."""
    assert Masks(SALT).of(word, "tenant") == Masks(SALT).of(word, "tenant")
    assert Masks(SALT).of(word, "id")[-12:] == Masks(SALT).of(word, "tenant")[-12:]
    assert Masks(OTHER_SALT).of(word, "tenant") != Masks(SALT).of(word, "tenant")


def test_a_report_is_masked_the_same_for_the_same_salt() -> None:
    """To the byte, and the original is left as it was."""
    report = a_planted_report(*TENANTS)
    before = deepcopy(report)

    assert to_json(redact(report, salt=SALT)) == to_json(redact(report, salt=SALT))
    assert redact(report, salt=OTHER_SALT) != redact(report, salt=SALT)
    assert report == before


def test_the_id_of_a_finding_is_no_hash_that_can_be_tried() -> None:
    """It is told from others still."""
    report = a_planted_report(*TENANTS)

    ids = [one["id"] for one in redact(report, salt=SALT)["findings"]]

    assert len(set(ids)) == len(report["findings"])
    assert not {one["id"] for one in report["findings"]} & set(ids)
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in ids)


def test_what_this_version_does_not_know_is_left_out() -> None:
    """At every depth: nobody can say what is in it."""
    report = a_planted_report(*TENANTS)
    report["secret"] = ["Quixor Retail"]
    report["totals"]["secret"] = {"Quixor Retail": 1}
    report["organizations"][0]["licenses"]["serials"] = ["Q2XX-ABCD-0001"]

    assert redact(report, salt=SALT) == redact(a_planted_report(*TENANTS), salt=SALT)


def test_an_empty_name_stays_empty() -> None:
    """There is nothing to hide, and something to tell: that there is none."""
    report = a_report(a_result(name=""))

    assert redact(report, salt=SALT)["organizations"][0]["name"] == ""


def test_a_short_salt_is_refused() -> None:
    """With it, names could be found by trying."""
    with pytest.raises(ValueError, match="at least 16"):
        redact(a_planted_report(TENANTS[0]), salt=b"x" * (SHORTEST_SALT - 1))


def test_the_salt_is_in_no_message_about_it() -> None:
    """Whoever prints it tells nothing."""
    assert "salt of a test" not in repr(Masks(SALT))


def test_what_is_no_report_is_refused() -> None:
    """Nobody could say where its names are; and the message has none of it."""
    with pytest.raises(UnreadableReportError) as caught:
        redact({"organizations": [{"id": "Quixor Retail"}]}, salt=SALT)

    assert "Quixor" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_patterns_of_a_rule_that_match_nobody_are_masked() -> None:
    """A pattern is a name of a customer more often than not, though no organization of the report has it."""
    report = read_report(to_json(a_report(a_result("501", tenant="Quixor Retail"))))
    selection = 'include = ["*", "Brindlewick*"]\nexclude = ["Velmora*"]'
    judged = judged_report(report, judge(report, a_policy(f'figure = "unused.total"\nmax = 9\n{selection}')))

    masked = redact(judged, salt=SALT)

    assert [one["rule"] for one in judged["findings"]].count("idle") == 2
    assert "Brindlewick" in to_json(judged).decode()
    assert [word for word in WAIVED_WORDS if word in to_json(masked).decode()] == []
    assert {one["subject"].rpartition(" ")[0] for one in masked["findings"] if one["rule"] == "idle"} == {
        "rule rule: include",
        "rule rule: exclude",
    }
