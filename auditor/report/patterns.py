"""What in a sentence of the vendor's looks like it names somebody or something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from auditor.report.mentions import Span

_IDENTIFIERS: Final = re.compile(
    r"""
      https?://\S+
    | [^\s@<>"']+@[^\s@<>"']+                                           # an e-mail address
    | \b(?:[0-9A-Za-z-]+\.)+[A-Za-z]{2,}(?::[0-9]+)?/\S*                # an address without a scheme
    | \b[0-9A-Za-z]{4}(?:-[0-9A-Za-z]{4}){2,}\b                         # a serial, a license key
    | \b[Qq](?=[A-Za-z]*[0-9])[0-9A-Za-z]{11}\b                         # a serial without dashes
    | \b[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}\b                       # a hardware address
    | \b[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2}\b                         # the same as switches write it
    | \b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b                                 # an address of IPv4
    | (?<![\w:])(?=[0-9A-Fa-f:]*[0-9A-Fa-f])(?:                         # an address of IPv6:
        (?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}                        #   in full, or shortened once
      | (?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,6})?::(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,6})?
      )(?![\w:])
    | \b(?=[A-Za-z_0-9]*[A-Za-z_])(?=[A-Za-z_0-9]*[0-9]{5})[A-Za-z_0-9]+\b  # an order, a network
    | \b[0-9]{9,}\b                                                     # no count is as large
    """,
    re.VERBOSE,
)


def identifier_spans(text: str) -> Iterator[Span]:
    """Where *text* has an address of any kind, a serial, a key, an order number, or an id.

    Order numbers are like `4C1234567`, keys like `Z21234567890`, networks like `L_646829496481105433` (the
    examples of OpenAPI 1.73.0).
    """
    return (match.span() for match in _IDENTIFIERS.finditer(text))
