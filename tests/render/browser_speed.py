"""How long a reader waits for the HTML page of a large fleet, measured in a real browser.

    .venv/bin/python -m tests.render.browser_speed [ORGANIZATIONS]

Opening ends with the first frame after the load; a filter, a sort and the opening of details with the frame
that shows them. Judge by the medians: milliseconds are the machine's.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

import click
from playwright.async_api import Browser, Page

from auditor.render.html import render
from tests.render.browser import a_browser, opened
from tests.render.browser_fleet import a_fleet, a_trend

ROUNDS: Final = 5
FRAME: Final = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
ACTIONS: Final = {
    "filter by text": """
        const box = document.getElementById("filter-text");
        box.value = box.value === "bakery" ? "clinics 4" : "bakery";
        box.dispatchEvent(new Event("input", { bubbles: true }));""",
    "filter by model": """
        const box = document.getElementById("filter-model");
        box.selectedIndex = (box.selectedIndex + 1) % box.options.length;
        box.dispatchEvent(new Event("change", { bubbles: true }));""",
    "sort by name": """document.querySelector("thead button[data-field=name]").click();""",
    "open details": """document.querySelector("#organization-rows button.open").click();""",
}


async def main(organizations: int) -> None:
    """Render, open and use the page; print the medians."""
    report, trend = a_fleet(organizations), a_trend(90)
    begun = perf_counter()
    text = render(report, trend=trend)
    seconds = perf_counter() - begun
    click.echo(f"{organizations:,} organizations: {len(text) / 1e6:.1f} MB, rendered in {seconds:.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fleet.html"
        path.write_bytes(text)
        async with a_browser() as browser:
            for what, times in (await _measure(browser, path)).items():
                told = f"median {median(times):7.1f} ms, slowest {max(times):7.1f} ms"
                click.echo(f"{what:16} {told}")


async def _measure(browser: Browser, path: Path) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {"open": [], **{what: [] for what in ACTIONS}}
    for _ in range(ROUNDS):
        begun = perf_counter()
        async with opened(browser, path) as found:
            await found.page.evaluate(FRAME)
            times["open"].append((perf_counter() - begun) * 1000)
            for what, act in ACTIONS.items():
                times[what].append(await _milliseconds(found.page, act))
    return times


async def _milliseconds(page: Page, act: str) -> float:
    """From the act to the frame that shows what came of it."""
    return float(
        await page.evaluate(
            f"""async () => {{
                const begun = performance.now();
                {{ {act} }}
                await ({FRAME})();
                return performance.now() - begun;
            }}"""
        )
    )


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000))
