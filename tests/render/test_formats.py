from __future__ import annotations

import ast
import time
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from auditor import render as package
from auditor.render import formats
from auditor.render.formats import FORMATS, MissingExtraError, rendered
from tests.render.documents import a_document, a_finding, an_organization

FOLDER = Path(package.__file__).parent
SECONDS = 5
"""For a fleet of thousands, on a machine that does other things meanwhile: mostly it takes a tenth."""


def test_every_format_renders() -> None:
    """By its name alone; those that point at a file are given one."""
    report = a_document(an_organization(), findings=[a_finding()])

    for name in FORMATS:
        assert rendered(report, name, file="report.json")


def test_a_large_fleet_is_quick() -> None:
    """Five thousand organizations and as many findings, in each format."""
    report = a_document(an_organization(), findings=[])
    [organization] = report["organizations"]
    report["organizations"] = [organization | {"id": str(number)} for number in range(5000)]
    report["findings"] = [a_finding(f"{number:016x}", organizationId=str(number)) for number in range(5000)]

    for name in FORMATS:
        if name != "html":
            started = time.process_time()
            rendered(report, name, file="report.json")
            assert time.process_time() - started < SECONDS, name


def test_a_package_that_is_missing_is_told_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather than as a defect of this program."""

    def importing(_name: str) -> ModuleType:
        raise ModuleNotFoundError(name="xlsxwriter")

    monkeypatch.setattr(formats, "import_module", importing)
    with pytest.raises(MissingExtraError) as caught:
        rendered(a_document(), "xlsx", file="report.json")

    assert (caught.value.package, caught.value.extra) == ("xlsxwriter", "xlsx")


@pytest.mark.parametrize(("name", "missing"), [("csv", "xlsxwriter"), ("xlsx", "auditor.render.xlsx")])
def test_a_module_of_our_own_that_is_missing_is_a_defect(
    name: str, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So is one that a format has no extra for."""

    def importing(_name: str) -> ModuleType:
        raise ModuleNotFoundError(name=missing)

    monkeypatch.setattr(formats, "import_module", importing)
    with pytest.raises(ModuleNotFoundError):
        rendered(a_document(), name, file="report.json")


def test_only_the_workbook_needs_its_package() -> None:
    """No other format imports it, not even by the way."""
    importers = [path.name for path in FOLDER.glob("*.py") if "xlsxwriter" in _imported(path)]

    assert importers == ["xlsx.py"]


def _imported(path: Path) -> set[str]:
    """The outermost names of the modules that *path* imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_the_table_of_formats_fits_the_modules() -> None:
    """Each has a `render`, and takes a file exactly where the table says so."""
    for name, one in FORMATS.items():
        renderer: Any = import_module(f"auditor.render.{one.module}").render
        takes_file = "file" in renderer.__annotations__
        assert takes_file is one.points_at_file, name
