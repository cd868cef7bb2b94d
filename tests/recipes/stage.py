"""Where recipes are carried out: folders in place of the machine's, the program, a simulated vendor."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import Process

from auditor.simulator.faults import FaultKind, FaultPlan
from auditor.simulator.server import Simulator
from tests.end_to_end.driving import AS_OF_TEXT, KEY, PATIENCE_SECONDS, Ended, a_world

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "config"
CLEAN = ("204011", "204196")
"""Organizations of the world that no rule of `config/policy.toml` fails for."""

BROKEN = "204159"
"""One in which licenses end within 30 days."""

STRUCK = "204270"
"""One that answers 403."""


@dataclass(frozen=True)
class Night:
    """What an audit meets, and *code*, how `auditor run --policy` ends."""

    code: int
    ids: Sequence[str] = CLEAN
    include: Sequence[str] = ()
    key: str = KEY

    @property
    def is_judged(self) -> bool:
        """Whether there is something for the policy to judge."""
        return self.code in {0, 1, 3}


NIGHTS = {
    "clean": Night(0),
    "broken rule": Night(1, ids=(*CLEAN, BROKEN)),
    "partial": Night(3, ids=(*CLEAN, STRUCK)),
    "dead key": Night(4, ids=(), key="0ddba115" * 5),
    "empty selection": Night(4, ids=(), include=("nobody has this name",)),
}


@dataclass(frozen=True)
class Stage:
    """The folders: *etc* for configuration, *state* for results, *bin* with the program, *keys*."""

    folder: Path
    simulator: Simulator
    night: Night

    @property
    def etc(self) -> Path:
        """Configuration, policy."""
        return self.folder / "etc"

    @property
    def state(self) -> Path:
        """Results."""
        return self.folder / "state"

    @property
    def bin(self) -> Path:
        """Programs."""
        return self.folder / "bin"

    @property
    def keys(self) -> Path:
        """API keys."""
        return self.folder / "keys"

    def lay_out(self) -> None:
        """Lay out the folders as a user of the recipes does, with *night* in the configuration."""
        for folder in (self.etc, self.state, self.bin, self.keys):
            folder.mkdir(parents=True)
        text = (CONFIG / "auditor.toml").read_text()
        text = text.replace("\nids = []", f"\nids = {json.dumps(self.night.ids)}")
        text = text.replace("\ninclude = []", f"\ninclude = {json.dumps(self.night.include)}")
        (self.etc / "auditor.toml").write_text(text)
        (self.etc / "policy.toml").write_text((CONFIG / "policy.toml").read_text())
        self.install("auditor", f'exec "{sys.executable}" -m auditor "$@"')
        self.install("python", f'exec "{sys.executable}" "$@"')
        self.write_key(self.keys / "meraki", mode=0o600)

    def install(self, name: str, line: str) -> None:
        """A program of that *name* on the path, of one *line* of shell."""
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)

    def write_key(self, path: Path, *, mode: int) -> None:
        """The night's key."""
        path.write_text(self.night.key + "\n")
        path.chmod(mode)

    async def start(
        self,
        *command: str,
        variables: Mapping[str, str],
        cwd: Path | None = None,
        path: str = "/usr/bin:/bin",
    ) -> Process:
        """Start *command* with its *variables*, on the recipe's *path* behind the folder of the program."""
        return await anyio.open_process(
            command,
            cwd=cwd or self.folder,
            env={
                "PYTHONPATH": str(ROOT),
                "PYTHONWARNINGS": "error",
                "AUDITOR_BASE_URL": self.simulator.base_url,
                "AUDITOR_AUDIT_AS_OF": AS_OF_TEXT,
                **variables,
                "PATH": f"{self.bin}:{path}",
            },
        )

    async def run(self, *command: str, variables: Mapping[str, str], cwd: Path | None = None) -> Ended:
        """Run *command* to its end."""
        return await ended(await self.start(*command, variables=variables, cwd=cwd))

    def here(self, text: str) -> str:
        """*text* of a recipe, with the folders of the stage for the machine's."""
        for there, folder in (
            ("/etc/auditor/meraki.key", self.keys / "meraki"),
            ("/etc/auditor", self.etc),
            ("/var/lib/auditor", self.state),
            ("/usr/local/bin/auditor", self.bin / "auditor"),
            ("/run/secrets/auditor", self.keys),
            ("%d", self.keys),
        ):
            text = text.replace(there, str(folder))
        return text

    def report(self) -> dict[str, Any]:
        """The report among the results."""
        report: dict[str, Any] = json.loads((self.state / "report.json").read_bytes())
        return report

    def results(self) -> set[str]:
        """The names of all that lies among the results."""
        return {path.name for path in self.state.iterdir()}


async def ended(process: Process) -> Ended:
    """Wait for *process* and collect what it printed."""
    outputs = {"stdout": b"", "stderr": b""}

    async def drain(name: str) -> None:
        async for chunk in getattr(process, name):
            outputs[name] += chunk

    with anyio.fail_after(PATIENCE_SECONDS):
        async with process, anyio.create_task_group() as tasks:
            tasks.start_soon(drain, "stdout")
            tasks.start_soon(drain, "stderr")
    assert process.returncode is not None
    return Ended(process.returncode, outputs["stdout"].decode(), outputs["stderr"].decode())


@asynccontextmanager
async def staged(folder: Path, night: Night, *, latency: float = 0.0) -> AsyncIterator[Stage]:
    """A stage in *folder* for one *night*, with the vendor serving."""
    faults = FaultPlan(organizations={STRUCK: FaultKind.FORBIDDEN})
    async with Simulator(a_world(), latency=latency, faults=faults, keys={KEY: None}) as simulator:
        stage = Stage(folder / "stage", simulator, night)
        stage.lay_out()
        yield stage
