"""Certificates for 127.0.0.1, good and bad, made by openssl when they are needed."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

OPENSSL: Final = shutil.which("openssl")
_KEY: Final = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")

LEAVES: Final = {
    "good": ("IP:127.0.0.1", "2"),
    "expired": ("IP:127.0.0.1", "-1"),
    "wrong host": ("DNS:dashboard.test", "2"),
}
"""Whom each certificate is for, and how many days it is good from now on."""


@dataclass(frozen=True)
class Certificates:
    """A folder with an authority's certificate, and those that it signed."""

    folder: Path

    @property
    def authority(self) -> Path:
        """What a client trusts."""
        return self.folder / "authority.pem"

    def server(self, name: str) -> ssl.SSLContext:
        """The server's side with the certificate *name*; `self-signed` is nobody's."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        return context

    def client(self) -> ssl.SSLContext:
        """The client's side, which trusts the authority and nobody else."""
        return ssl.create_default_context(cafile=str(self.authority))


def make_certificates(folder: Path) -> Certificates:
    """Fill *folder*; skips the test where openssl is not installed."""
    if OPENSSL is None:
        pytest.skip("openssl is not installed")
    for name, subject in (("authority", "DNS:authority.test"), ("self-signed", "IP:127.0.0.1")):
        _self_sign(folder, name, subject)
    for name, (subject, days) in LEAVES.items():
        _sign(folder, name, subject, days)
    return Certificates(folder)


def _self_sign(folder: Path, name: str, subject: str) -> None:
    _run(folder, "req", "-x509", *_KEY, *_files(name), "-days", "2", *_subject(name, subject))


def _sign(folder: Path, name: str, subject: str, days: str) -> None:
    _run(folder, "req", *_KEY, "-keyout", f"{name}.key", "-out", "request.pem", *_subject(name, subject))
    signer = (
        "-CA",
        "authority.pem",
        "-CAkey",
        "authority.key",
        "-CAcreateserial",
        "-copy_extensions",
        "copy",
    )
    _run(folder, "x509", "-req", "-in", "request.pem", "-out", f"{name}.pem", "-days", days, *signer)


def _files(name: str) -> tuple[str, ...]:
    return ("-keyout", f"{name}.key", "-out", f"{name}.pem")


def _subject(name: str, subject: str) -> tuple[str, ...]:
    return ("-subj", f"/CN={name}", "-addext", f"subjectAltName={subject}")


def _run(folder: Path, *arguments: str) -> None:
    command = [OPENSSL or "openssl", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)  # noqa: S603 - fixed arguments
