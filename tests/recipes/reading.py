"""Reads recipes as their consumers do, as far as the tests need it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML


def read_yaml(path: Path) -> list[Any]:
    """The documents of a YAML 1.2 file (where `on` and `off` are words)."""
    return list(YAML(typ="safe", pure=True).load_all(path))


def read_unit(path: Path) -> dict[str, list[str]]:
    """The values of each key of a systemd unit, in order; an empty one forgets those before."""
    values: dict[str, list[str]] = defaultdict(list)
    for line in path.read_text().replace("\\\n", " ").splitlines():
        if not line or line[0] in "#;[":
            continue
        key, _, value = line.partition("=")
        values[key] = [*values[key], value] if value else []
    return values


@dataclass(frozen=True)
class Job:
    """A line of /etc/cron.d."""

    schedule: str
    user: str
    command: str


_VARIABLE = re.compile(r"(\w+)\s*=\s*(.*)")


def read_crontab(text: str) -> tuple[dict[str, str], list[Job]]:
    """The variables and the jobs of a file in /etc/cron.d."""
    variables, jobs = dict[str, str](), list[Job]()
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if found := _VARIABLE.fullmatch(line):
            variables[found[1]] = found[2]
            continue
        *fields, user, command = line.split(maxsplit=6)
        jobs.append(Job(" ".join(fields), user, command))
    return variables, jobs
