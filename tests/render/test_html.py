"""The HTML page as text: what it says, what it must not hold, and that it is always the same."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import orjson
import pytest
from hypothesis import given

from auditor.render.html import STATIC_DETAILS, render
from auditor.report.reading import Document
from tests.render.browser_fleet import a_finding, a_fleet, a_trend, validated
from tests.report.evidences import FEW, reports

TAGS_OF_A_PAGE = frozenset(
    re.findall(
        r"\w+",
        "a bdi body button caption circle dd desc details div dl dt fieldset figcaption figure footer h1 "
        "h2 h3 head header html input label legend li line link main meta nav noscript option p path rect "
        "script section select span strong style summary svg table tbody td text th thead title tr ul ",
    )
)


class Elements(HTMLParser):
    """Collects the tags and attributes of a page, the text of its scripts and style, and its words."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[str] = []
        self.words: list[str] = []
        self._is_raw = False
        self.feed(page.decode())
        self.close()

    def handle_starttag(  # noqa: D102
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> None:
        self.tags.append((tag, dict(attrs)))
        self._is_raw = tag in {"script", "style"}

    def handle_endtag(self, tag: str) -> None:  # noqa: D102
        self._is_raw = False

    def handle_data(self, data: str) -> None:  # noqa: D102
        (self.raw if self._is_raw else self.words).append(data)

    @property
    def text(self) -> str:
        """What can be read, with single blanks."""
        return re.sub(r"\s+", " ", " ".join(self.words))


def text_of(report: Document, trend: list[dict[str, Any]] | None = None) -> str:
    return Elements(render(report, trend=trend)).text


def embedded(page: bytes, key: str) -> Any:
    found = re.search(rf'<script type="application/json" id="{key}">(.*?)</script>', page.decode(), re.DOTALL)
    assert found is not None
    return orjson.loads(found[1])


class TestAnyReport:
    @FEW
    @given(reports())
    def test_any_report_becomes_the_same_page_each_time(self, report: dict[str, Any]) -> None:
        """Whatever the plan, the endings and the names; nothing but the page's own elements comes of them."""
        document = validated(report)
        page = render(document)
        elements = Elements(page)

        assert page == render(validated(report))
        assert {tag for tag, _ in elements.tags} <= TAGS_OF_A_PAGE
        assert not [name for _, attributes in elements.tags for name in attributes if name.startswith("on")]
        assert (
            len(embedded(page, "rows")["rows"]) == len(report["organizations"])
            if report["organizations"]
            else True
        )

    def test_an_empty_report_says_so(self) -> None:
        """No organization, no table, no script."""
        page = render(a_fleet(0))

        assert "No organization was selected." in Elements(page).text
        assert b"<script" not in page


class TestSafety:
    NAMES = (
        "</script><script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</title></style></noscript><iframe>",
        "line\u2028and\u2029paragraph",
        "\x1b[31mred\x00\u202egnp.exe",
    )

    def hostile(self) -> Document:
        """A report in which everything that the API names means harm."""
        report = a_fleet(len(self.NAMES), names=self.NAMES, tenants=1)
        for block in report["organizations"]:
            block["tenant"] = self.NAMES[2]
        first = report["organizations"][0]
        report["findings"] = [a_finding(first["id"], message=self.NAMES[0], rule=self.NAMES[1])]
        report["darkDates"] = [
            one | {"what": self.NAMES[1], "name": self.NAMES[2]} for one in report["darkDates"]
        ]
        report["tool"]["version"] = report["run"]["id"] = self.NAMES[0]
        return report

    def test_no_name_becomes_markup(self) -> None:
        """In text, attributes, titles, the embedded data, with the script and without."""
        elements = Elements(render(self.hostile(), trend=a_trend(3)))
        tags = [tag for tag, _ in elements.tags]

        assert set(tags) <= TAGS_OF_A_PAGE
        assert tags.count("script") == 3
        assert tags.count("style") == tags.count("noscript") == 1

    def test_embedded_data_cannot_end_its_element(self) -> None:
        """It holds no character that HTML or an old engine reads in its own way, and means the same."""
        page = render(self.hostile())
        data = re.findall(
            r'<script type="application/json" id="\w+">(.*?)</script>', page.decode(), re.DOTALL
        )
        names = {row[1] for row in embedded(page, "rows")["rows"]}

        assert len(data) == 2
        assert not set("".join(data)) & set("<>&\u2028\u2029")
        assert set(self.NAMES[:4]) < names

    def test_nothing_that_commands_a_reader_is_left(self) -> None:
        """Control characters, and those that turn the direction of reading, are shown as what they are."""
        text = render(self.hostile()).decode()

        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
        assert "\ufffd[31mred\ufffd\ufffdgnp.exe" in text

    def test_the_policy_names_the_one_script_and_the_one_style_by_hash(self) -> None:
        """And leaves nothing else: no host, no inline code, no form."""
        elements = Elements(render(a_fleet(3)))
        metas = [attributes for tag, attributes in elements.tags if tag == "meta"]
        policy = next(one["content"] for one in metas if one.get("http-equiv") == "Content-Security-Policy")
        hashes = {f"'sha256-{b64encode(sha256(raw.encode()).digest()).decode()}'" for raw in elements.raw}
        directives = dict(one.strip().partition(" ")[::2] for one in str(policy).split(";"))

        assert directives["default-src"] == "'none'"
        assert directives["script-src"] in hashes
        assert directives["style-src"] in hashes
        assert "unsafe" not in str(policy)
        assert "http" not in str(policy)

    def test_the_page_refers_to_nothing_outside(self) -> None:
        """Links lead into the page itself."""
        elements = Elements(render(a_fleet(20), trend=a_trend(5)))
        targets = {
            value
            for _, attributes in elements.tags
            for name, value in attributes.items()
            if name in {"href", "src", "action", "xlink:href"} and value is not None
        }

        assert targets
        assert all(target.startswith("#") or target == "data:," for target in targets)
        assert b"url(" not in render(a_fleet(1))

    def test_every_anchor_is_there_once(self) -> None:
        """What is linked, described or labelled exists, and no two elements share an id."""
        elements = Elements(render(a_fleet(40), trend=a_trend(5)))
        ids = [attributes["id"] for _, attributes in elements.tags if "id" in attributes]
        references = [
            word
            for _, attributes in elements.tags
            for name in ("aria-labelledby", "aria-describedby", "for", "href")
            if name in attributes and attributes[name] != "data:,"
            for word in str(attributes[name]).removeprefix("#").split()
        ]

        assert len(ids) == len(set(ids))
        assert set(references) <= set(ids)


class TestWhatItSays:
    def test_a_partial_audit_says_so_first(self) -> None:
        """Counts are lower bounds, and what failed is told."""
        report = a_fleet(60, seed=11)
        report["run"]["interrupted"] = "stopped by SIGTERM"
        text = text_of(report)

        assert "This audit is not complete: every count is a lower bound" in text
        assert "The run ended early: stopped by SIGTERM." in text
        assert f"≥ {report['totals']['expiring']['total']}" in text

    def test_a_complete_audit_has_no_banner(self) -> None:
        """Nor bounds."""
        text = text_of(a_fleet(5, is_whole=True))

        assert "not complete" not in text
        assert "≥" not in text

    def test_a_tenant_whose_list_failed_is_told(self) -> None:
        """Its organizations are not even known."""
        report = a_fleet(5)
        report["completeness"]["complete"] = False
        failure = {"httpStatus": 401, "message": "Invalid API key", "attempts": 1, "requestId": None}
        report["errors"] = [{"organizationId": None, "tenant": "north", "class": "auth"} | failure]

        text = text_of(report)

        assert "The organizations of north could not be listed: Invalid API key" in text
        assert "all of the tenant" in text

    def test_what_is_not_known_is_no_zero(self) -> None:
        """Null figures read `not known` in the headline, in the sections and in the rows."""
        report = a_fleet(1, is_whole=True, seed=1)
        block, totals = report["organizations"][0], report["totals"]
        assert block["licensingModel"] == "per-device"
        for one in (block, totals):
            one["expiring"] |= {"within": None, "atRisk": None, "atRiskWithin": None, "coveredByQueue": None}
            one["unused"] |= {"activation": None, "burning": None, "byType": None}
            one["coverage"] = one["reclaim"] = None
            one["licenses"]["byType"] = one["expiring"]["atRiskByType"] = None
        totals["organizations"]["byStanding"] = None
        block["standing"] = block["dark"] = None
        text = text_of(report)

        assert "Licenses at risk within 30 days not known" in text
        assert "Organizations dark or in grace not known" in text
        assert "Licenses that end not known not known not known" in text
        assert "Reclaimable at once not known" in text
        row = embedded(render(report), "rows")["rows"][0]
        fields = embedded(render(report), "rows")["fields"]
        assert [row[fields.index(one)] for one in ("dark_on", "ending", "at_risk")] == [None, None, None]

    def test_findings_are_told_with_what_excuses_them(self) -> None:
        """What needs doing first; waived ones and those of the baseline after it, marked."""
        report = a_fleet(5)
        ids = [one["id"] for one in report["organizations"]]
        report["findings"] = [
            a_finding(ids[0], "error", waived={"reason": "moving", "owner": "ops"}),
            a_finding(ids[1], "error", isNew=False),
            a_finding(ids[2], "info"),
            a_finding(ids[3], "warning", due="2026-03-09T00:00:00Z"),
        ]
        text = text_of(report)

        assert "4 findings: 1 warning; 1 info; 1 error, waived; 1 error, known." in text
        assert "2026-03-09" in text
        assert "Nothing was found." in text_of(a_fleet(2) | {"findings": []})
        assert "Findings" not in text_of(a_fleet(2))

    def test_details_of_a_large_fleet_are_left_to_the_script(self) -> None:
        """The page would double; the data is embedded all the same."""
        page = render(a_fleet(STATIC_DETAILS + 1))

        assert len(embedded(page, "details")["parts"]) == STATIC_DETAILS + 1
        assert b'<details class="static">' not in page
        assert b'<details class="static">' in render(a_fleet(2))

    def test_a_single_tenant_gives_the_page_its_name(self) -> None:
        """For a page that goes to one customer."""
        assert "License report: customer-00" in text_of(a_fleet(4, tenants=1))

    def test_the_trend_is_there_when_it_is_given(self) -> None:
        """With the latest figures, and every run in the table."""
        points = a_trend(30)
        text = text_of(a_fleet(3), points)

        assert f"Expiring {points[-1]['expiring']:,}" in text
        assert text.count("00:00 UTC") >= len(points)
        assert "The trend in numbers" not in text_of(a_fleet(3))
        assert "The trend in numbers" not in text_of(a_fleet(3), [])

    def test_an_old_report_is_rendered_as_far_as_it_goes(self) -> None:
        """Version 1.0 knows no standing, no dark dates and no forecast."""
        report = a_fleet(6, is_whole=True)
        for block in report["organizations"]:
            for key in ("standing", "dark", "coverage", "reclaim", "coTerm", "subscription"):
                block.pop(key)
        for key in ("coTerm", "subscription", "coverage", "reclaim"):
            report["totals"].pop(key)
        for key in ("darkDates", "forecast", "reclaimHints", "findings"):
            report.pop(key)
        text = text_of(validated(report | {"schemaVersion": "1.0"}))

        assert "ends within three years, as far as it is known. Of 6 organizations it is not known." in text
        assert "not known" in text

    @pytest.mark.parametrize("windows", [[], [7], [400, 14]])
    def test_the_windows_are_those_of_the_report(self, windows: list[int]) -> None:
        """None, one, or any."""
        report = a_fleet(3, is_whole=True)
        report["windowsDays"] = windows
        text = text_of(report)

        assert f"Ends within {max(windows, default=0)} days" in text
        assert all(f"{length} days" in text for length in windows)
