"""Parts joined in memory, for what is small."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from auditor.engine.spool import Spool
from auditor.report.merging import Merge
from auditor.report.reading import Document
from auditor.report.to_json import ReportText


def merged(parts: Sequence[Document], *, allow_missing: bool = False, names: Sequence[str] = ()) -> Document:
    """The report on all of *parts*, as it would be written."""
    with Spool() as spool:
        merge = Merge(spool.add)
        for place, part in enumerate(parts):
            merge.add(part, name=names[place] if names else "")
        head = merge.finish(allow_missing=allow_missing)
        document: Document = orjson.loads(b"".join(ReportText(head, spool)))
        return document
