from __future__ import annotations

from pathlib import Path

import pytest

from auditor.cli.own_files import own_path
from auditor.errors import SettingsError


def test_a_file_that_is_no_other_is_taken(tmp_path: Path) -> None:
    """Whether it is there or not; others that are not written do not count."""
    named = str(tmp_path / "journal")

    assert own_path(named, option="--journal", others=[str(tmp_path / "report"), None]) == Path(named)


@pytest.mark.parametrize("way", ["the same", "by another path", "by a link", "by a hard link", "stdout"])
def test_a_file_that_the_run_writes_besides_is_refused(tmp_path: Path, way: str) -> None:
    """By whatever name: one of the two would be lost."""
    report, link, hard = (tmp_path / name for name in ("report.json", "link", "hard"))
    report.write_text("{}")
    link.symlink_to(report)
    hard.hardlink_to(report)
    (tmp_path / "below").mkdir()
    named = {
        "the same": str(report),
        "by another path": str(tmp_path / "below" / ".." / "report.json"),
        "by a link": str(link),
        "by a hard link": str(hard),
        "stdout": "-",
    }

    with pytest.raises(SettingsError, match="--history: needs a file of its own"):
        own_path(named[way], option="--history", others=[None, str(report)])
