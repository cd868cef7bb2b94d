from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from auditor.cli.preparation import read_previous_pages
from auditor.errors import SettingsError
from auditor.settings.model import OutputSettings, Settings

REPORT = orjson.dumps({"organizations": [{"id": "1", "status": "audited", "pages": 3, "plan": "full"}]})


def settings(report: Path | str) -> Settings:
    return Settings(output=OutputSettings(report=str(report)))


def test_the_report_that_is_named_tells_the_sizes(tmp_path: Path) -> None:
    """Whatever lies where the next one goes."""
    named, replaced = tmp_path / "old.json", tmp_path / "report.json"
    named.write_bytes(REPORT)
    replaced.write_text("{")

    assert read_previous_pages({"previous": str(named)}, settings(replaced)) == {"1": 3}


def test_without_a_name_the_report_that_will_be_replaced_tells_them(tmp_path: Path) -> None:
    """Last night's, where a job writes every night."""
    replaced = tmp_path / "report.json"
    replaced.write_bytes(REPORT)

    assert read_previous_pages({}, settings(replaced)) == {"1": 3}


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b"\xff"])
def test_without_a_name_nothing_readable_is_nothing_known(tmp_path: Path, content: bytes | None) -> None:
    """Sizes save time; their absence is no mistake of anybody."""
    replaced = tmp_path / "report.json"
    if content is not None:
        replaced.write_bytes(content)

    assert read_previous_pages({}, settings(replaced)) == {}


def test_stdout_is_not_read() -> None:
    """There is no earlier report in it."""
    assert read_previous_pages({}, settings("-")) == {}


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "no such file"), (b"{", "is no report of auditor"), (b"[]", "is no report of auditor")],
)
def test_a_named_file_that_is_no_report_is_a_mistake(
    tmp_path: Path, content: bytes | None, told: str
) -> None:
    """Whoever names one wants it used."""
    named = tmp_path / "old.json"
    if content is not None:
        named.write_bytes(content)

    with pytest.raises(SettingsError, match=told) as caught:
        read_previous_pages({"previous": str(named)}, settings("-"))
    assert str(named) in str(caught.value)
    assert caught.value.__context__ is None
