from __future__ import annotations

import json
from typing import Any

from hypothesis import given

from auditor.report.to_json import ReportText, to_json, to_piece
from tests.report.evidences import FEW, a_report, a_result, reports


def test_the_bytes_of_a_small_document_are_these() -> None:
    """Two spaces of indent, keys as they come, UTF-8 as it is, a final newline."""
    document = {"b": [1, 2.5, None], "a": {"name": "Müller \x1b 東京"}, "empty": {}}

    assert to_json(document).decode() == (
        '{\n  "b": [\n    1,\n    2.5,\n    null\n  ],\n  "a": {\n    "name": "Müller \\u001b 東京"\n  },\n'
        '  "empty": {}\n}\n'
    )


def test_the_same_evidence_gives_the_same_bytes() -> None:
    """Two runs over the same data can be compared with cmp."""
    assert to_json(a_report(a_result())) == to_json(a_report(a_result()))


@FEW
@given(reports())
def test_any_reader_of_json_gets_back_what_was_written(report: dict[str, Any]) -> None:
    """Keys in their order included, and nothing that only this program could read."""
    read = json.loads(to_json(report))

    assert read == report
    assert list(read) == list(report)


@FEW
@given(reports())
def test_the_pieces_are_the_whole(report: dict[str, Any]) -> None:
    """Writing a fleet organization by organization changes not a byte."""
    pieces = [to_piece(block) for block in report["organizations"]]

    assert b"".join(ReportText(report | {"organizations": []}, pieces)) == to_json(report)
