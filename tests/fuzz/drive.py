"""One target under atheris, in a process of its own: libFuzzer ends the process when it is done.

python -m tests.fuzz.drive TARGET [ARGUMENT OF LIBFUZZER]...
"""

from __future__ import annotations

import sys
from importlib import import_module


def main() -> None:
    """Instrument the readers and what they read with, then fuzz until told to stop."""
    name, *arguments = sys.argv[1:]
    # Imported by name: it ships no types, and is not there in a plain test run.
    atheris = import_module("atheris")
    with atheris.instrument_imports(
        include=["auditor", "tomllib", "csv", "json", "email._parseaddr", "email.utils", "shlex"],
        enable_loader_override=False,
    ):
        targets = import_module("tests.fuzz.targets")
    atheris.Setup([sys.argv[0], *arguments], targets.TARGETS[name].run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
