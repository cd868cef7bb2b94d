from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given, settings

from auditor.render.findings import findings_of
from auditor.render.github import MAX_SHOWN, render
from auditor.report.reading import Document
from tests.render.documents import HOSTILE, a_document, a_finding, a_fleet, an_organization, documents
from tests.render.test_findings import UNDECIDED, VERDICT

COMMAND = re.compile(r"::(?P<level>error|warning|notice) title=(?P<title>[^:,]*)::(?P<message>.*)")
ESCAPES = re.compile(r"%(?!25|0D|0A|3A|2C)")


def commands_in(text: bytes) -> list[tuple[str, str, str]]:
    """Level, title and message of each line, read by the documented rules of workflow commands."""
    assert text == b"" or text.endswith(b"\n")
    found = []
    for line in text.decode().split("\n")[:-1]:
        match = COMMAND.fullmatch(line)
        assert match, line
        assert not ESCAPES.search(line), line
        assert "\r" not in line
        found.append((match["level"], unquote(match["title"]), unquote(match["message"])))
    return found


@settings(max_examples=60)
@given(documents())
def test_every_line_is_one_well_formed_command(report: Document) -> None:
    """No name can start a command of its own or end a property."""
    text = render(report)

    assert len(commands_in(text)) == text.count(b"\n")
    assert text == render(report)


def test_levels_follow_what_a_gate_makes_of_it() -> None:
    """Only what fails is an error."""
    findings = [
        a_finding("1" * 16, rule="fails"),
        a_finding("2" * 16, rule="warns", severity="warning"),
        a_finding("3" * 16, rule="waived", waived={"reason": "sold, mostly"}),
        a_finding("4" * 16, rule="known", isNew=False),
    ]
    told = commands_in(render(a_document(an_organization(), findings=findings)))

    assert [(level, title) for level, title, _ in told] == [
        ("error", "auditor: fails"),
        ("warning", "auditor: warns"),
        ("notice", "auditor: waived"),
        ("notice", "auditor: known"),
    ]
    assert told[2][2].endswith("[waived: sold, mostly]")


def test_an_incomplete_audit_warns() -> None:
    """About the whole, about each gap, and about rules that could not be decided."""
    told = commands_in(render(a_fleet([], verdict=VERDICT | {"undecided": [UNDECIDED] * 3})))

    assert [title for _, title, _ in told] == ["auditor", "auditor: at-risk", *["auditor: unread"] * 2]
    assert {level for level, _, _ in told} == {"warning"}
    assert told[1][2] == "3 places could not be decided"


def test_a_clean_report_says_nothing_and_one_that_nobody_judged_says_so() -> None:
    """Silence has to mean something."""
    assert render(a_document(an_organization(), findings=[])) == b""
    assert "auditor check" in commands_in(render(a_document(an_organization())))[0][2]


def test_the_tenth_annotation_tells_how_many_are_not_shown() -> None:
    """GitHub would drop them without a word."""
    findings = [a_finding(f"{number:016x}") for number in range(25)]
    told = commands_in(render(a_document(an_organization(), findings=findings)))

    assert len(told) == MAX_SHOWN
    assert told[-1][2] == "and 16 more like these: see the report"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_come_out_whole(name: str) -> None:
    """Escaped for the command, they are read as they are."""
    report = a_document(an_organization(name=name), findings=[a_finding()])
    [told] = findings_of(report)

    assert commands_in(render(report)) == [("error", "auditor: at-risk", told.sentence)]
