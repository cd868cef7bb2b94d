"""A run that is told to end, or is out of time, while somebody keeps it waiting."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import anyio
import pytest
from anyio.abc import Process

from tests.end_to_end.driving import PATIENCE_SECONDS, environment
from tests.end_to_end.faults.certificates import Certificates
from tests.end_to_end.faults.fault import Fault, Place
from tests.end_to_end.faults.replies import drip, half, raw, says, vendor_says
from tests.end_to_end.faults.stage import KEYS, PAGES, SICK, Stage, arguments, played, staged

pytestmark = pytest.mark.slow

WITHIN_SECONDS: Final = 2.0
"""From the signal to the end of the process."""

CODES: Final = {signal.SIGINT: 130, signal.SIGTERM: 143}
KEY_VARIABLES: Final = {f"{name.upper()}_KEY": key for name, key in KEYS.items()}
PAUSE: Final = "Retry-After: 50"

RETRIED: Final = "request_retried"
"""What the program says when it has understood the refusal, and waits."""

SITUATIONS: Final = (
    Fault("a server that stalls before the headers", (raw(b""),), places=(Place.FIRST,)),
    Fault("a body that is half read", (half(),), places=(Place.SECOND,)),
    Fault("a body that trickles", (drip(seconds_per_byte=0.5),), places=(Place.SECOND,)),
    Fault("the list of organizations", (raw(b""),), places=(Place.LISTING,)),
    Fault("a back-off", (says("503 Unavailable", b"", PAUSE),), says=RETRIED, places=(Place.SECOND,)),
    Fault(
        "a pause of the organization",
        (says("429 Too Many", vendor_says("API rate limit exceeded"), PAUSE),),
        says=RETRIED,
        places=(Place.FIRST,),
    ),
    Fault(
        "a pause of the address",
        (says("429 Too Many", b"", PAUSE),),
        says=RETRIED,
        places=(Place.SECOND,),
        slows_all=True,
    ),
    Fault("a host that does not answer the call", (raw(b""),), places=(Place.FIRST,), road="deaf"),
)
IN_THE_PROCESS = [pytest.param(one, one.places[0], id=one.name) for one in SITUATIONS]
BY_SIGNAL = [
    pytest.param(one, one.places[0], list(CODES)[number % 2], id=one.name)
    for number, one in enumerate(one for one in SITUATIONS if one.road is None)
]


def no_certificates() -> Certificates:
    """Nothing here speaks TLS."""
    raise AssertionError


@pytest.mark.virtual
@pytest.mark.parametrize(("fault", "place"), IN_THE_PROCESS)
async def test_the_deadline_comes_in_time_whatever_is_being_waited_for(
    fault: Fault, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run ends at its deadline, to the second, and tells what it has."""
    limits = {"deadline": 5.0, "request_timeout": 60.0, "retry_after_cap": 60.0}
    async with staged(replace(fault, limits=limits), place, no_certificates) as stage:
        monkeypatch.setattr("auditor.assembly.http_transport", stage.transport_factory())
        result = await played(stage)

    assert 5.0 <= result.seconds < 5.5
    check_what_was_read(result.report, stage, "the deadline of 5 s came")


@pytest.mark.parametrize(("fault", "place", "number"), BY_SIGNAL)
async def test_a_signal_ends_the_run_within_two_seconds_whatever_is_being_waited_for(
    fault: Fault, place: Place, number: signal.Signals, tmp_path: Path
) -> None:
    """The report is written first, the exit code names the signal."""
    async with staged(fault, place, no_certificates) as stage:
        process, told = await begun(tmp_path, stage)
        told += await stopped(process, number)

    assert process.returncode == CODES[number]
    assert "Traceback" not in told
    assert [path.name for path in tmp_path.glob("*report*")] == ["report.json"]
    report = json.loads((tmp_path / "report.json").read_text())
    check_what_was_read(report, stage, f"stopped by {number.name}")


async def test_the_second_signal_ends_a_run_that_cannot_deliver_its_report(tmp_path: Path) -> None:
    """Nobody reads the pipe that the report goes to; whoever asks twice is not kept waiting."""
    os.mkfifo(tmp_path / "report.json")
    async with staged(SITUATIONS[0], Place.FIRST, no_certificates) as stage:
        process, _ = await begun(tmp_path, stage)
        process.send_signal(signal.SIGTERM)
        with anyio.fail_after(PATIENCE_SECONDS):
            await stage.server.closed.wait()  # the run is over, and its report waits for a reader
        await stopped(process, signal.SIGTERM)

    assert process.returncode in {143, -signal.SIGTERM}


SILENT_NAMES: Final = """
import socket, sys, time
def keep_silent(*question, **options):
    print("asked for a name", file=sys.stderr, flush=True)
    time.sleep(60)
socket.getaddrinfo = keep_silent
from auditor.cli.main import main

main()
"""


@pytest.mark.parametrize("number", list(CODES))
async def test_a_name_server_that_keeps_silent_does_not_hold_up_the_end(
    number: signal.Signals, tmp_path: Path
) -> None:
    """The system may go on asking for minutes; nobody waits for it."""
    command = arguments(tmp_path, "https://dashboard.invalid/api/v1")
    process = await started("-c", SILENT_NAMES, *command)
    told = await heard(process, lambda said: "asked for a name" in said)
    told += await stopped(process, number)

    assert process.returncode == CODES[number]
    assert "Traceback" not in told
    assert "no report is written" in told


async def test_a_command_that_does_not_tell_the_key_is_given_up_on_a_signal(tmp_path: Path) -> None:
    """Before the first request there is nothing to report, and nothing is left behind."""
    asking, config = tmp_path / "asking", tmp_path / "auditor.toml"
    # It says so when whoever started it has had the time to wait for it.
    command = ["sh", "-c", f"sleep 0.5; echo $$ > {asking}.new; mv {asking}.new {asking}; exec sleep 50"]
    config.write_text(f'[[tenants]]\nname = "north"\napi_key_command = {json.dumps(command)}\n')
    # Python would warn of the command that it has ended and not waited for.
    process = await started("-m", "auditor", "run", "--config", str(config), PYTHONWARNINGS="")
    with anyio.fail_after(PATIENCE_SECONDS):
        while not asking.exists():  # noqa: ASYNC110 - another process makes it
            await anyio.sleep(0.02)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_press_again, process)
        told = await stopped(process, signal.SIGINT, within=PATIENCE_SECONDS / 5)
        tasks.cancel_scope.cancel()

    assert process.returncode == 130
    assert told.strip() == ""
    await gone(int(asking.read_text()))


async def _press_again(process: Process) -> None:
    """As a person does: Python may lose a signal that comes while it cleans up after itself."""
    while process.returncode is None:
        await anyio.sleep(1)
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)


def check_what_was_read(report: dict[str, Any], stage: Stage, reason: str) -> None:
    """The neighbours in full, of the sick one what came before, and nothing that is not known."""
    fates = {one["id"]: one for one in report["organizations"]}
    statuses = {name: one["status"] for name, one in fates.items()}
    unfinished = {name for name, status in statuses.items() if status != "audited"}
    assert report["run"]["interrupted"] == reason
    assert {one["class"] for one in report["errors"]} == {"deadline"}
    if stage.place is Place.LISTING:  # the tenant that was listed is known, and its turn never came
        assert statuses == {"201": "failed"}
        assert [one["tenant"] for one in report["errors"]] == ["north", "south"]
    else:
        assert statuses[SICK] == ("partial" if stage.place is Place.SECOND else "failed")
        assert fates[SICK].get("licenses", {}).get("total") == (3 if stage.place is Place.SECOND else None)
        assert {one["organizationId"] for one in report["errors"]} == unfinished
        assert unfinished == {SICK} or stage.fault.slows_all
    completeness, traffic = report["completeness"], report["traffic"]
    assert completeness["complete"] is False
    assert completeness["failedByClass"] == {"deadline": len(unfinished)}
    assert completeness["organizations"]["selected"] == len(statuses)
    outcomes = ("pages", "redirects", "refusals", "retries", "failures", "abandoned")
    assert traffic["requests"] == sum(traffic[name] for name in outcomes)


async def started(*command: str, **variables: str) -> Process:
    """A Python process with the keys of the tenants in its environment."""
    return await anyio.open_process(
        [sys.executable, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=environment(**KEY_VARIABLES | variables),
    )


async def gone(process_id: int) -> None:
    """Wait until there is no such process any more, or but its remains."""
    status = Path(f"/proc/{process_id}/stat")
    with anyio.fail_after(WITHIN_SECONDS):
        while status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z":  # noqa: ASYNC110
            await anyio.sleep(0.02)


async def begun(folder: Path, stage: Stage) -> tuple[Process, str]:
    """The program, as far as it comes without the sick one, and what it said until then."""
    limits = {"request_timeout": 60, "retry_after_cap": 60, "shared_budget": "off"}
    process = await started(
        "-m", "auditor", *arguments(folder, stage.base_url, **limits), "--log-level", "info"
    )

    def waits(said: str) -> bool:
        if not stage.scene.asked or stage.fault.says not in said:
            return False
        if stage.place is Place.LISTING or stage.fault.slows_all:
            return "organizations_listed" in said
        return len(re.findall("organization_done .*status=audited", said)) == len(PAGES) - 1

    return process, await heard(process, waits)


async def heard(process: Process, enough: Callable[[str], bool]) -> str:
    """What *process* says on stderr until that is *enough*."""
    said = ""
    assert process.stderr is not None
    with anyio.fail_after(PATIENCE_SECONDS):
        while not enough(said):
            said += (await process.stderr.receive()).decode()
    return said


async def stopped(process: Process, number: signal.Signals, *, within: float = WITHIN_SECONDS) -> str:
    """Send the signal, and see the process end in time; the rest of what it says."""
    assert process.stderr is not None
    said = b""
    process.send_signal(number)
    try:
        with anyio.fail_after(within):
            async for chunk in process.stderr:
                said += chunk
            await process.wait()
    finally:
        await process.aclose()  # which ends it where nothing else did
    return said.decode()
