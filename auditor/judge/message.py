"""Messages of rules: text with the names of facts in braces."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from auditor.settings.fault import Fault

NAMES: Final = (
    "value",
    "threshold",
    "figure",
    "rule",
    "subject",
    "organization",
    "id",
    "tenant",
    "tag",
    "due",
)
"""What may stand in braces; empty where a finding has no such thing."""

_NAME: Final = re.compile(r"\{([^{}]*)\}")


def check_template(text: str) -> str:
    """*text* itself, when every name in braces is known.

    Raises:
        Fault: one is not.
    """
    for name in _NAME.findall(text):
        if name not in NAMES:
            near = get_close_matches(name, NAMES, n=1)
            hint = f"did you mean {{{near[0]}}}?" if near else f"known: {', '.join(NAMES)}"
            raise Fault(f"asks for {{{name}}}, which no finding has", hint)
    return text


def filled(template: str, facts: Mapping[str, str]) -> str:
    """*template* with *facts* in place of their names. Braces inside of facts stay as they are."""
    return _NAME.sub(lambda found: facts.get(found[1], ""), template)
