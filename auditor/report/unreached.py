"""Entries of organizations whose turn never came, of which a deadline may leave a hundred thousand.

They are alike but for id and name, so one of each kind is built and the others are written after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

import orjson

from auditor.domain.organization import Organization, OrganizationId
from auditor.domain.outcome import Failure
from auditor.domain.result import OrganizationResult
from auditor.domain.window import Windows
from auditor.report.document import organization_block
from auditor.report.to_json import to_piece

_BLANK: Final = b'""'


def pieces_of(
    organizations: Iterable[Organization], *, tenant: str, failure: Failure, windows: Windows
) -> Iterator[bytes]:
    """The entry of each of *organizations*, which ended with *failure* before anything was asked.

    What `to_piece` makes of its `organization_block`, byte for byte.
    """
    forms: dict[tuple[str | None, tuple[str, ...]], tuple[bytes, bytes, bytes]] = {}
    for one in organizations:
        kind = (one.licensing_model, one.selected_by)
        form = forms.get(kind)
        if form is None:
            blank = replace(one, id=OrganizationId(""), name="")
            piece = to_piece(organization_block(OrganizationResult(blank, tenant, ending=failure), windows))
            before, _, rest = piece.partition(_BLANK)  # the id comes first, then the name
            between, _, after = rest.partition(_BLANK)
            form = forms[kind] = before, between, after
        before, between, after = form
        yield b"".join((before, orjson.dumps(one.id), between, orjson.dumps(one.name), after))
