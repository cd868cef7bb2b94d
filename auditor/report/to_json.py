"""The report as bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson


def to_json(document: Mapping[str, Any]) -> bytes:
    """UTF-8, two spaces of indent so that versions can be compared line by line, and a final newline."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
