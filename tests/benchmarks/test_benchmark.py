"""That the benchmark works, not how fast anything is: timing is for quiet machines and readers."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import orjson
import pytest
from click.testing import CliRunner

from tests.benchmarks.__main__ import main
from tests.benchmarks.clients import paced_clients, unpaced_clients
from tests.benchmarks.plot import nice_ticks

pytestmark = pytest.mark.slow

SVG = "{http://www.w3.org/2000/svg}"


def test_the_benchmark_compares_everybody_and_all_of_them_count_right(tmp_path: Path) -> None:
    """A row per client in each table, counts equal to the truth, every run as JSON, a picture that parses."""
    json_file, plot_file = tmp_path / "runs.json", tmp_path / "plot.svg"

    done = CliRunner().invoke(
        main,
        ["--quick", "--rounds", "1", "--json", str(json_file), "--plot", str(plot_file)],
        catch_exceptions=False,
    )

    runs = orjson.loads(json_file.read_bytes())["runs"]
    names = [client.name for client in paced_clients()]
    assert _table(done.stdout, after="Under the vendor's budgets") == names
    assert _table(done.stdout, after="CPU of a page") == [client.name for client in unpaced_clients()]
    assert len(_table(done.stdout, after="Peak memory")) == 3
    assert {run["verdict"] for part in runs.values() for run in part if run["scene"] != "empty"} == {"equal"}
    assert {run["client"] for run in runs["fleet"] if run["pages"] == 8} == set(names)
    picture = ET.fromstring(plot_file.read_bytes())  # noqa: S314 - our own
    assert set(names) < {text.text for text in picture.iter(f"{SVG}text")}


@pytest.mark.parametrize(
    ("largest", "ticks"),
    [(0, [0, 0.5, 1]), (7.6, [0, 5, 10]), (27, [0, 10, 20, 30]), (354, [0, 200, 400]), (1, [0, 0.5, 1])],
)
def test_an_axis_has_few_round_ticks_and_holds_its_largest_value(largest: float, ticks: list[float]) -> None:
    """Also when every value is zero."""
    assert nice_ticks(largest) == pytest.approx(ticks)


def _table(markdown: str, *, after: str) -> list[str]:
    """The first cells of the rows of the table that follows."""
    _, _, rest = markdown.partition(after)
    block = next(block for block in rest.split("\n\n") if block.startswith("|"))
    return [re.split(r" *\| *", line)[1] for line in block.splitlines()[2:]]
