"""The HTML page in a real browser: what a reader can do with it, and what it must not do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Error, expect

from auditor.render.html import STATIC_DETAILS, render
from tests.render.browser import a_browser, accessibility_violations, opened
from tests.render.browser_fleet import a_finding, a_fleet, a_trend
from tests.render.documents import a_document, an_organization
from tests.render.test_licenses import an_entry

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

MANY: Final = STATIC_DETAILS + 90
STEP: Final = 50
HOSTILE: Final = (
    "</script><script>alert(1)</script>",
    "<img src=https://evil.example/x onerror=alert(2)>",
    "{{ 7 * 7 }} ' \" & \u2028 ]]> <!-- <script>",
    "W" * 300,
)
NAME, TENANT, STATUS, STANDING, DARK, UNUSED = 0, 1, 3, 4, 5, 8


@dataclass(frozen=True, slots=True)
class Stage:
    """One browser for all tests, and the pages by name."""

    browser: Browser
    pages: Mapping[str, Path]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """Rendered once: a fleet not wholly read, a large one, one with hostile names, and an empty one."""
    partial = a_fleet(60, seed=11)
    few = a_fleet(8, seed=5)
    for report in (partial, few):
        first, second = (one["id"] for one in report["organizations"][:2])
        report["findings"] = [a_finding(first, "error"), a_finding(second, waived={"reason": "moving"})]
    named = [an_entry(1), an_entry(2, orderNumber=HOSTILE[0]), an_entry(3, deviceSerial=None)]
    texts = {
        "detailed": render(a_document(an_organization(attention=named))),
        "partial": render(partial, trend=a_trend(40)),
        "few": render(few, trend=a_trend(9)),
        "many": render(a_fleet(MANY)),
        "hostile": render(a_fleet(8, names=HOSTILE, tenants=1)),
        "empty": render(a_fleet(0)),
    }
    folder = tmp_path_factory.mktemp("pages")
    pages = {name: folder / f"{name}.html" for name in texts}
    for name, text in texts.items():
        pages[name].write_bytes(text)
    async with a_browser() as browser:
        yield Stage(browser, pages)


@pytest.mark.parametrize("name", ["partial", "many", "hostile", "empty"])
async def test_a_page_is_quiet(stage: Stage, name: str) -> None:
    """No message on the console, no request, no breach of its own policy, whatever the names."""
    async with opened(stage.browser, stage.pages[name]) as found:
        await found.page.mouse.wheel(0, 20_000)

        assert await found.noticed() == []


async def test_the_policy_bites(stage: Stage) -> None:
    """Were markup smuggled in after all, it could neither run, nor fetch, nor become elements from text."""
    async with opened(stage.browser, stage.pages["hostile"]) as found:
        with pytest.raises(Error, match="TrustedHTML"):
            await found.page.evaluate("document.body.innerHTML = '<b>x</b>'")
        await found.page.evaluate(
            """() => {
                const style = document.createElement("style");
                style.textContent = "body { display: none }";
                document.body.append(style);
                const image = new Image();
                image.src = "https://evil.example/pixel";
                document.body.append(image);
            }"""
        )
        await expect(found.page.locator("h1")).to_be_visible()

        noticed = await found.noticed()
        assert not found.requests
        assert {one.split(":")[0] for one in noticed if one.startswith(("style-src", "img-src"))} == {
            "style-src-elem",
            "img-src",
        }


async def test_hostile_names_are_text(stage: Stage) -> None:
    """They read as they were written, in the rows and in the details."""
    async with opened(stage.browser, stage.pages["hostile"]) as found:
        names = await found.page.locator("#organization-rows button.open bdi").all_text_contents()
        await found.page.locator("#organization-rows button.open").first.click()

        assert set(HOSTILE) < set(names)
        assert await found.page.locator("script").count() == 3
        assert await found.page.locator("img").count() == 0


async def test_the_table_says_the_same_with_and_without_the_script(stage: Stage) -> None:
    """Rows that the script makes equal those of the document, cell by cell."""
    async with opened(stage.browser, stage.pages["partial"]) as found:
        await found.page.locator("#all").click()
        made = await found.rows()
    async with opened(stage.browser, stage.pages["partial"], has_script=False) as found:
        written = await found.rows()

    assert len(made) == 60
    assert made == written


async def test_without_the_script_it_is_a_document(stage: Stage) -> None:
    """Figures, table and details are there, and no control that would do nothing."""
    async with opened(stage.browser, stage.pages["partial"], has_script=False) as found:
        await expect(found.page.locator("#interactive")).to_be_hidden()
        await found.page.locator("details.static summary").first.click()

        await expect(found.page.locator("details.static .parts").first).to_be_visible()
        await expect(found.page.locator("noscript table.organizations")).to_be_visible()
        await expect(found.page.get_by_role("heading", name="This audit is not complete")).to_be_visible()
        assert len(await found.rows()) == 60


async def test_only_what_can_be_read_is_drawn(stage: Stage) -> None:
    """Fifty rows at first, fifty more on request with the focus on the first of them, or all."""
    async with opened(stage.browser, stage.pages["many"]) as found:
        assert len(await found.rows()) == STEP

        await found.page.get_by_role("button", name="Show 50 more").click()
        assert len(await found.rows()) == 2 * STEP
        place = "document.activeElement.closest('tr').rowIndex"
        assert await found.page.evaluate(place) == STEP + 1

        await found.page.get_by_role("button", name=f"Show all {MANY}").click()
        assert len(await found.rows()) == MANY
        await expect(found.page.locator("#more")).to_be_hidden()


async def test_a_column_sorts_both_ways_and_says_so(stage: Stage) -> None:
    """Numbers as numbers, most first; what is not known and what has no such figure come last in both."""
    async with opened(stage.browser, stage.pages["many"]) as found:
        await found.page.locator("#all").click()
        for direction, is_reverse in (("descending", True), ("ascending", False)):
            await found.page.get_by_role("button", name="Unused", exact=True).click()
            await found.page.locator("#all").click()
            head = found.page.locator("thead th[aria-sort]").filter(visible=True)
            await expect(head).to_have_text("Unused")
            await expect(head).to_have_attribute("aria-sort", direction)

            column = await found.column(UNUSED)
            known = [int(text) for text in column if text.isdigit()]
            rest = column[len(known) :]
            assert known == sorted(known, reverse=is_reverse)
            assert rest == sorted(rest, key=["not known", "–"].index)
            assert {"not known", "–"} == set(rest)


async def test_what_goes_dark_first_comes_first(stage: Stage) -> None:
    """So it is at the beginning; by standing the worst come first."""
    async with opened(stage.browser, stage.pages["many"]) as found:
        days = await found.column(DARK)
        await found.page.get_by_role("button", name="Standing", exact=True).click()
        standings = await found.column(STANDING)

        assert days == sorted(days)
        assert standings[0] == "dark"
        assert list(dict.fromkeys(standings))[:2] == ["dark", "in grace"]


async def test_filters_narrow_the_table_and_say_how_many_are_left(stage: Stage) -> None:
    """By text and by value, together; the count is told to screen readers, too."""
    async with opened(stage.browser, stage.pages["many"]) as found:
        page = found.page
        shown = page.get_by_role("status")
        await expect(shown).to_have_text(f"{MANY} organizations, the first 50 shown.")
        await page.get_by_label("Licensing model").select_option("co-term")
        await page.get_by_label("Standing", exact=True).select_option("expiring")
        models = await found.column(2)
        assert set(models) == {"co-term"}
        assert set(await found.column(STANDING)) == {"expiring"}
        await expect(shown).to_have_text(f"{len(models)} of {MANY} organizations.")

        wanted = (await found.column(NAME))[0]
        await page.get_by_label("Name, id or tenant").fill(f" {wanted[:-6].upper()}  {wanted[-6:]}")
        assert await found.column(NAME) == [wanted]

        await page.get_by_label("Name, id or tenant").fill("nobody of this name")
        await expect(shown).to_have_text(f"None of {MANY} organizations matches.")
        await page.keyboard.press("Escape")
        await expect(shown).to_have_text(f"{MANY} organizations, the first 50 shown.")
        await expect(page.get_by_label("Licensing model")).to_have_value("")


async def test_each_filter_offers_what_occurs(stage: Stage) -> None:
    """Choosing a status or a tenant leaves just its organizations."""
    async with opened(stage.browser, stage.pages["many"]) as found:
        await found.page.get_by_label("Status").select_option("failed")
        assert set(await found.column(STATUS)) == {"failed"}
        await found.page.get_by_role("button", name="Clear filters").click()
        await found.page.get_by_label("Tenant", exact=True).select_option("customer-03")

        assert set(await found.column(TENANT)) == {"customer-03"}


async def test_details_open_by_keyboard_and_stay_open(stage: Stage) -> None:
    """Enter opens and closes; the button says which; sorting keeps them with their organization."""
    async with opened(stage.browser, stage.pages["partial"]) as found:
        page = found.page
        button = page.locator("#organization-rows button.open").first
        name = await button.text_content()
        await button.focus()
        await page.keyboard.press("Enter")
        await expect(button).to_have_attribute("aria-expanded", "true")
        detail = page.locator(f"#{await button.get_attribute('aria-controls')}")
        await expect(detail.get_by_role("heading", name="Organization")).to_be_visible()
        await expect(detail.get_by_role("heading", name="Goes dark")).to_be_visible()

        await page.get_by_role("button", name="Organization", exact=True).press("Space")
        again = page.locator("#organization-rows button.open[aria-expanded=true]")
        await expect(again).to_have_text(str(name))
        await again.press("Enter")
        await expect(again).to_have_count(0)
        assert await page.locator("tr.detail").count() == 0


async def test_the_first_tab_leads_past_everything(stage: Stage) -> None:
    """A skip link, then the filters are next."""
    async with opened(stage.browser, stage.pages["partial"]) as found:
        await found.page.keyboard.press("Tab")
        await expect(found.page.locator(":focus")).to_have_text("Skip to the table of organizations")
        await found.page.keyboard.press("Enter")
        await found.page.keyboard.press("Tab")

        assert await found.page.locator(":focus").get_attribute("id") == "filter-text"


async def test_light_and_dark(stage: Stage) -> None:
    """As the system has it, until the reader chooses by keyboard; nothing is stored."""
    async with opened(stage.browser, stage.pages["partial"], scheme="dark") as found:
        dark = await found.colour_of_paper()
        await found.page.locator("#theme-system").focus()
        await found.page.keyboard.press("ArrowRight")
        light = await found.colour_of_paper()
        await found.page.keyboard.press("ArrowRight")
        dark_again = await found.colour_of_paper()
        stored = await found.context.storage_state()

    assert (dark, light, dark_again) == ("rgb(21, 24, 27)", "rgb(255, 255, 255)", "rgb(21, 24, 27)")
    assert stored == {"cookies": [], "origins": []}


async def test_paper_has_all_organizations_and_no_controls(stage: Stage) -> None:
    """Whatever was filtered, and in light; the screen is as before afterwards."""
    async with opened(stage.browser, stage.pages["many"], scheme="dark") as found:
        await found.page.get_by_label("Licensing model").select_option("co-term")
        before = await found.rows()
        await found.page.emulate_media(media="print")
        await expect(found.page.locator("#organization-rows tr")).to_have_count(MANY)
        for control in (".filters", ".theme", "nav", "#more", ".skip"):
            await expect(found.page.locator(control)).to_be_hidden()
        assert await found.colour_of_paper() == "rgb(255, 255, 255)"

        await found.page.emulate_media(media="screen")
        await expect(found.page.locator(".filters")).to_be_visible()
        assert await found.rows() == before


@pytest.mark.parametrize("name", ["partial", "hostile", "empty"])
async def test_a_phone_scrolls_tables_and_not_the_page(stage: Stage, name: str) -> None:
    """At 390 pixels nothing sticks out, however long a name."""
    async with opened(stage.browser, stage.pages[name], width=390) as found:
        if name != "empty":
            await found.page.locator("#organization-rows button.open").first.click()

        assert await found.page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
async def test_axe_finds_nothing(stage: Stage, scheme: Literal["light", "dark"], width: int) -> None:
    """Contrast, names, roles and order hold in both themes, wide and narrow, with details open."""
    async with opened(stage.browser, stage.pages["few"], scheme=scheme, width=width) as found:
        await found.page.locator("#organization-rows button.open").first.click()

        assert await accessibility_violations(found.page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_licenses_that_are_named_are_a_table_of_their_organization(
    stage: Stage, scheme: Literal["light", "dark"]
) -> None:
    """With its own head in view, quiet, and open to everybody; what they are called is text."""
    async with opened(stage.browser, stage.pages["detailed"], scheme=scheme) as found:
        await found.page.locator("#organization-rows button.open").click()
        table = found.page.locator(".detail .attention table")

        await expect(table.locator("caption")).to_have_text("Licenses that ask for attention")
        await expect(table.locator("thead th").first).to_have_text("License")
        assert await table.locator("tbody tr").count() == 3
        assert HOSTILE[0] in await table.inner_text()
        assert await accessibility_violations(found.page) == []
        assert await found.noticed() == []
