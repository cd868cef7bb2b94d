"""A headless Chromium for the tests of the HTML page, and what it noticed while a page was open.

The browser is Debian's (`apt-get install chromium`), driven over its own protocol. Where there is none, the
tests are skipped, and say so; with `REQUIRE_CHROMIUM` set, as in continuous integration, they fail instead.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Route, async_playwright

NAMES: Final = ("chromium", "chromium-browser", "google-chrome-stable")
ARGUMENTS: Final = (
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LISTEN: Final = """
window.violations = [];
addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective}: ${event.blockedURI}`);
});
"""


def chromium_path() -> str:
    """Where Chromium is; the test is skipped, or fails, where it is not."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        message = "no Chromium on the PATH: apt-get install chromium"
        if os.environ.get("REQUIRE_CHROMIUM"):
            pytest.fail(f"{message} (REQUIRE_CHROMIUM is set)")
        pytest.skip(message)
    return found


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    """A headless Chromium of its own."""
    path = chromium_path()
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()


@dataclass(slots=True)
class Opened:
    """A page, and what came to pass on it: console messages, errors, requests for anything but itself."""

    page: Page
    context: BrowserContext
    url: str
    told: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    async def noticed(self) -> list[str]:
        """All that a quiet page does not do."""
        violations: list[str] = await self.page.evaluate("window.violations ?? []")
        return self.told + self.requests + violations

    async def rows(self) -> list[list[str]]:
        """The text of each cell of each row of the table of organizations, details left out."""
        rows: list[list[str]] = await self.page.evaluate(
            """[...document.querySelectorAll("table.organizations tbody tr:not(.detail)")]
                .map((row) => [...row.cells].map((cell) => cell.textContent))"""
        )
        return rows

    async def column(self, place: int) -> list[str]:
        """The text of one column."""
        return [row[place] for row in await self.rows()]

    async def colour_of_paper(self) -> str:
        """The background of the page, as the browser computes it."""
        return str(await self.page.evaluate("getComputedStyle(document.body).backgroundColor"))


@asynccontextmanager
async def opened(
    browser: Browser,
    path: Path,
    *,
    scheme: Literal["light", "dark"] = "light",
    width: int = 1280,
    has_script: bool = True,
) -> AsyncIterator[Opened]:
    """The file at *path* in a profile of its own."""
    context = await browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        java_script_enabled=has_script,
        reduced_motion="reduce",
    )
    await context.add_init_script(LISTEN)
    context.set_default_timeout(5_000)
    page = await context.new_page()
    found = Opened(page, context, path.as_uri())

    async def refuse(route: Route) -> None:
        if route.request.url == found.url:
            await route.continue_()
        else:
            found.requests.append(route.request.url)
            await route.abort()

    await context.route("**/*", refuse)
    page.on("console", lambda message: found.told.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: found.told.append(f"error: {error}"))
    page.on("dialog", lambda dialog: found.told.append(f"dialog: {dialog.message}"))
    await page.goto(found.url)
    try:
        yield found
    finally:
        await context.close()


async def accessibility_violations(page: Page) -> list[str]:
    """What axe-core finds on *page* as it is now: rule, impact and the first element."""
    script = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
    await page.evaluate(script)
    found: dict[str, Any] = await page.evaluate(
        """axe.run(document, { resultTypes: ["violations"], runOnly: { type: "tag", values:
            ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] } })"""
    )
    return [f"{one['impact']} {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]
