"""Every fault of the table, on a real socket, against one organization between two others."""

from __future__ import annotations

import asyncio
import json
import logging
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from auditor.cli.exit_codes import of_report
from auditor.cli.main import exit_code_of
from auditor.engine.transport import MAX_BODY_BYTES
from tests.end_to_end.faults.certificates import Certificates, make_certificates
from tests.end_to_end.faults.expectation import check_report
from tests.end_to_end.faults.fault import Fault, Place
from tests.end_to_end.faults.replies import LICENSE_KEY
from tests.end_to_end.faults.stage import (
    KEYS,
    LIMITS,
    PAGES,
    SICK,
    Stage,
    arguments,
    base_url_of,
    played,
    staged,
)
from tests.end_to_end.faults.table import TABLE
from tests.engine.raw_server import bound_socket
from tests.virtual_time import VirtualTimeLoop

MakeCertificates = Callable[[], Certificates]

PLAYS = [
    pytest.param(fault, place, id=f"{fault.name} - {place.value}")
    for fault in TABLE
    for place in fault.places
]
LOUD = ("--log-level", "debug")
UNDISTURBED_SECONDS = 0.5
"""On the virtual clock; the neighbours wait for nothing, so any wait of the sick one would show."""


def test_every_row_has_a_name_of_its_own() -> None:
    """Whoever adds a row does not take another one's place."""
    names = [fault.name for fault in TABLE]

    assert len(names) == len(set(names))


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> MakeCertificates:
    """Make them when the first row needs them."""
    made: list[Certificates] = []

    def make() -> Certificates:
        if not made:
            made.append(make_certificates(tmp_path_factory.mktemp("certificates")))
        return made[0]

    return make


@pytest.fixture
def surroundings(
    fault: Fault, certificates: MakeCertificates, monkeypatch: pytest.MonkeyPatch
) -> pytest.MonkeyPatch:
    """The world as the row wants it; where TLS is spoken, the authority of the tests is trusted."""
    if fault.tls or fault.road in {"self-signed", "expired", "wrong host"}:
        monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", certificates().client())
    if fault.prepare is not None:
        fault.prepare(monkeypatch)
    return monkeypatch


@pytest.mark.virtual
@pytest.mark.parametrize(("fault", "place"), PLAYS)
async def test_a_fault_is_told_for_what_it_is_and_harms_nobody_else(
    fault: Fault,
    place: Place,
    certificates: MakeCertificates,
    surroundings: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Class, attempts, time, the others' exact counts, exact completeness, every request counted."""
    async with staged(fault, place, certificates) as stage:
        surroundings.setattr("auditor.assembly.http_transport", stage.transport_factory())
        result = await played(stage)

    check_report(result.report, stage)
    least, most = fault.seconds
    assert least <= result.seconds <= most
    assert stage.elsewhere.heads == []
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    if not fault.slows_all and place is not Place.LISTING:
        assert all(result.done_at[name] < UNDISTURBED_SECONDS for name in PAGES if name != SICK)


@pytest.mark.parametrize("fault", TABLE, ids=[fault.name for fault in TABLE])
def test_the_program_tells_a_fault_without_a_traceback_and_without_a_secret(
    fault: Fault,
    certificates: MakeCertificates,
    surroundings: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The exit code says how complete the report is; no key is in it, nor in the loudest logs."""
    stages: list[Stage] = []
    with bound_socket() as at:
        port = at.getsockname()[1]

        def run(audit: Callable[[], Awaitable[Any]]) -> Any:
            async def on_stage() -> Any:
                async with staged(fault, fault.places[0], certificates, at=at) as stage:
                    stages.append(stage)
                    surroundings.setattr("auditor.assembly.http_transport", stage.transport_factory())
                    return await audit()

            with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
                return runner.run(on_stage())

        surroundings.setattr(anyio, "run", run)
        code = exit_code_of(
            [*arguments(tmp_path, base_url_of(fault, port), **LIMITS | dict(fault.limits)), *LOUD]
        )

    printed, (stage,) = capsys.readouterr(), stages
    text = (tmp_path / "report.json").read_text()
    report = json.loads(text)
    check_report(report, stage)
    assert code == of_report(report) == (0 if report["completeness"]["complete"] else 3)
    assert stage.elsewhere.heads == []
    assert printed.out == ""
    assert "Traceback" not in printed.err
    assert all(char.isprintable() for char in printed.err.replace("\n", ""))
    for secret in (*KEYS.values(), LICENSE_KEY):
        assert secret not in text + printed.err


@pytest.fixture(autouse=True)
def _as_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The program changes its process: keys in the environment, logging, the collector."""
    for name, key in KEYS.items():
        monkeypatch.setenv(f"{name.upper()}_KEY", key)
    monkeypatch.setattr("auditor.cli.auditing.spare_the_collector", lambda: None)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


ENDLESS = [fault for fault in TABLE if fault.most_bytes is not None]


@pytest.mark.virtual
@pytest.mark.parametrize("fault", ENDLESS, ids=[fault.name for fault in ENDLESS])
async def test_a_body_without_end_costs_the_limit_in_memory_and_is_not_read_on(
    fault: Fault, certificates: MakeCertificates, surroundings: pytest.MonkeyPatch
) -> None:
    """Whoever sends a gigabyte, packed or not, cannot fill the memory of the machine."""
    async with staged(fault, Place.FIRST, certificates) as stage:
        surroundings.setattr("auditor.assembly.http_transport", stage.transport_factory())
        tracemalloc.start()
        try:
            await played(stage)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert fault.most_bytes is not None
    assert stage.scene.sent <= fault.most_bytes
    assert peak < 1.5 * MAX_BODY_BYTES
