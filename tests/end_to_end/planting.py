"""A planted API key, every trace of it that could be told from noise, and a search for them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

PLANTED = "7c3e91d05ab84f26e1d97b3058fa6c42d8e05b19"
"""Its halves look like nothing else, so that a part of it is found as well as the whole."""

PASSWORD = "swordfish-under-the-bridge"
"""Planted as well: of users in URLs, and of a proxy."""

PART = 12


def traces(secret: str) -> dict[str, bytes]:
    """What *secret* leaves behind where it is shown, in part, in another writing, or backwards."""
    data = secret.encode()
    told = {
        "itself": data,
        "its beginning": data[:PART],
        "its end": data[-PART:],
        "its beginning backwards": data[:PART][::-1],
        "its end backwards": data[-PART:][::-1],
        "in hexadecimal": data.hex().encode(),
        "in escapes of URLs": "".join(f"%{byte:02x}" for byte in data).encode(),
        "in code points": b"".join(rb"\x%02x" % byte for byte in data),
    }
    for offset in range(3):  # base64 depends on what stands before
        inner = base64.b64encode(bytes(offset) + data)[4:-4]
        told[f"in base64, {offset} further"] = inner.lower()
    return told


def find_traces(blobs: dict[str, bytes], *secrets: str) -> list[str]:
    """Where which trace of which secret stands; empty when nothing of them was let out.

    White space does not count: a live display breaks lines wherever the terminal ends.
    """
    joined = {place: b"".join(blob.lower().split()) for place, blob in blobs.items()}
    return [
        f"{place}: {name}"
        for secret in secrets
        for name, trace in traces(secret).items()
        for place, blob in joined.items()
        if trace.lower() in blob
    ]


def files_below(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file in *folder*; a name can tell a secret as well."""
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        yield name, name.encode() + b"\n" + (path.read_bytes() if path.is_file() else b"")
