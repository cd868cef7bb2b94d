"""A planted key is looked for in everything that the program lets out, whatever goes wrong."""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import anyio
import pytest

from auditor.cli import logs
from auditor.cli.main import exit_code_of
from auditor.simulator.server import Simulator
from tests.end_to_end.driving import (
    PATIENCE_SECONDS,
    Ended,
    a_world,
    auditor,
    ended,
    environment,
    start_auditor,
)
from tests.end_to_end.planting import PASSWORD, PLANTED, files_below, find_traces
from tests.engine.raw_server import Exchange, closed_port, raw_server

pytestmark = pytest.mark.slow

LOUD = ("--log-level", "debug", "--progress", "on")


def surroundings(folder: Path, **variables: str) -> dict[str, str]:
    """Everything that the program writes unasked lands in *folder*; asyncio and Python talk as they can."""
    places = dict.fromkeys(
        ("TMPDIR", "HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"), str(folder)
    )
    talk = {"PYTHONASYNCIODEBUG": "1", "AUDITOR_LIMITS_ATTEMPTS": "1", "MERAKI_DASHBOARD_API_KEY": PLANTED}
    return places | talk | variables


def let_out(done: Ended, folder: Path) -> dict[str, bytes]:
    """Every place where something could have been shown."""
    return dict(files_below(folder)) | {"stdout": done.stdout.encode(), "stderr": done.stderr.encode()}


async def loudly(command: str, folder: Path, *options: str, **variables: str) -> Ended:
    """Run *command* with all that makes it talk."""
    return await auditor(command, *LOUD, *options, **surroundings(folder, **variables))


def said_back(exchange: Exchange) -> str:
    """The key that came with a request, in whichever header."""
    head = exchange.head.decode()
    name = "X-Cisco-Meraki-API-Key: " if "X-Cisco" in head else "Authorization: Bearer "
    return head.partition(name)[2].partition("\r\n")[0]


def _answer(status: str, body: str, *headers: str) -> str:
    return "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]) + "\r\n\r\n" + body


_ERRORS = '{{"errors": ["The API key {key} is no good", "Authorization: Bearer {key}"]}}'
_LISTED = '[{{"id": "{tenant}", "api": {{"enabled": true}}, "licensing": {{"model": "per-device"}}}}]'

MASKED = 10
"""At least so many of the answers are quoted, with asterisks where the key was."""

ECHOES = {
    "401": ("401 Unauthorized", _ERRORS, "X-Request-Id: {key}", 'WWW-Authenticate: Bearer realm="{key}"'),
    "400": ("400 Bad Request", _ERRORS, "X-Request-Id: {key}"),
    "403": ("403 Forbidden", _ERRORS, "X-Request-Id: {key}"),
    "404": ("404 Not Found", _ERRORS, "X-Request-Id: {key}"),
    "404 of a disabled API": ("404 Not Found", '{{"errors": ["API access is disabled {key}"]}}'),
    "408": ("408 Request Timeout", _ERRORS, "X-Request-Id: {key}"),
    "429": ("429 Too Many Requests", _ERRORS, "Retry-After: {key}", "Date: {key}", "X-Request-Id: {key}"),
    "500": ("500 Internal Server Error", _ERRORS, "X-Request-Id: {key}", "Set-Cookie: k={key}"),
    "503 in HTML": ("503 Service Unavailable", "<html>{key}</html>", "X-Request-Id: {key}"),
    "the reason of a status": ("403 {key}", "{key}"),
    "200 with an error": ("200 OK", _ERRORS, "X-Request-Id: {key}"),
    "200 with text": ("200 OK", "{key}"),
    "200 with JSON that is cut": ("200 OK", '["{key}', "X-Request-Id: {key}"),
    "200 with odd rows": ("200 OK", '["{key}"]', "X-Request-Id: {key}"),
    "a redirect": (
        "302 Found",
        "",
        "Location: https://elsewhere.test/{key}?key={key}",
        "X-Request-Id: {key}",
    ),
    "a redirect with a user": (
        "302 Found",
        "",
        "Location: https://x:{key}@elsewhere.test/",
        "X-Request-Id: {key}",
    ),
    "a redirect to nowhere": ("302 Found", "", "Location: {key} {key}"),
    "a next page elsewhere": ("200 OK", _LISTED, "Link: <https://elsewhere.test/{key}?k={key}>; rel=next"),
    "a next page with a user": ("200 OK", _LISTED, "Link: <https://{key}:{key}@elsewhere.test/>; rel=next"),
    "an unreadable Link": ("200 OK", _LISTED, "Link: {key}; rel=next"),
    "a header without a colon": ("200 OK", "[]", "{key}"),
    "a length that is none": ("200 OK", "[]", "Content-Length: {key}"),
    "an encoding that is none": ("200 OK", "[]", "Content-Encoding: {key}"),
    "gzip that is none": ("200 OK", "{key}", "Content-Encoding: gzip"),
    "the name of an organization": (
        "200 OK",
        '[{{"id": "{tenant}", "name": "{key}", "licensing": {{"model": "x{key}"}}}}]',
    ),
    "the id of an organization": ("200 OK", '[{{"id": "{key}", "api": {{"enabled": true}}}}]'),
    "the host of a redirect": ("302 Found", "", "Location: https://{key}.test/"),
    "the host of a next page": ("200 OK", _LISTED, "Link: <https://{key}/x>; rel=next"),
    "the state of a license": ("200 OK", '[{{"id": "{tenant}", "state": "{key}", "licenseType": "{key}"}}]'),
    "a status that is none": ("{key} OK", "[]"),
}
"""Answers that repeat the key, with `{key}` in its place: to the list of organizations, or to all else."""


def echo(place: str) -> Callable[[Exchange], Awaitable[None]]:
    """Answer each tenant as its place in `ECHOES` says, when *place* is asked for, and soundly before."""

    async def reply(exchange: Exchange) -> None:
        path = exchange.head.split(b" ")[1].decode()
        tenant = path.split("/")[1]
        status, body, *headers = ECHOES[list(ECHOES)[int(tenant)]]
        if place == "licenses" and "/licenses" not in path:
            status, body, headers = "200 OK", _LISTED, []
        key = said_back(exchange)
        assert key == PLANTED
        filled = [text.format(key=key, tenant=tenant) for text in (status, body, *headers)]
        await exchange.send(_answer(*filled).encode())

    return reply


def a_configuration(folder: Path, base_urls: Sequence[str]) -> str:
    """A file with a tenant for each of *base_urls*; its name."""
    tenants = [
        f'[[tenants]]\nname = "{index}"\napi_key_env = "MERAKI_DASHBOARD_API_KEY"\nbase_url = "{url}"\n'
        for index, url in enumerate(base_urls)
    ]
    (folder / "auditor.toml").write_text("".join(tenants))
    return str(folder / "auditor.toml")


@pytest.mark.parametrize("auth", ["bearer", "x-cisco-meraki-api-key"])
@pytest.mark.parametrize("place", ["organizations", "licenses"])
async def test_a_server_that_repeats_the_key_does_not_get_it_shown(
    place: str, auth: str, tmp_path: Path
) -> None:
    """Neither in the report nor in a log, at the loudest level, in whatever part of an answer it stands."""
    async with raw_server(echo(place)) as server:
        urls = [f"http://127.0.0.1:{server.port}/{index}/api/v1" for index in range(len(ECHOES))]
        config = a_configuration(tmp_path, urls)
        done = await loudly("run", tmp_path, "--config", config, "--auth", auth, "--log-format", "json")

    asked = {head.split(b"/")[1].decode() for head in server.heads}
    assert len(asked) == len(ECHOES)
    assert done.code in {3, 4}, done.stderr
    assert done.stderr.count("****") >= MASKED, done.stderr
    assert find_traces(let_out(done, tmp_path), PLANTED) == []


@pytest.mark.parametrize("command", ["run", "plan", "orgs"])
@pytest.mark.parametrize("log_format", logs.FORMATS)
async def test_no_command_shows_the_key(command: str, log_format: str, tmp_path: Path) -> None:
    """With good answers and with none, in both forms of the log, with all that asyncio has to say."""
    async with Simulator(a_world()) as simulator:
        config = a_configuration(tmp_path, [simulator.base_url, f"http://127.0.0.1:{closed_port()}"])
        done = await loudly(command, tmp_path, "--config", config, "--log-format", log_format)

    assert done.code == 3, done.stderr
    assert find_traces(let_out(done, tmp_path), PLANTED) == []


@pytest.mark.parametrize("level", logs.LEVELS)
async def test_no_level_of_the_log_shows_the_key(level: str, tmp_path: Path) -> None:
    """A refused connection is told at each of them."""
    config = a_configuration(tmp_path, [f"http://127.0.0.1:{closed_port()}"])
    done = await loudly("run", tmp_path, "--config", config, "--log-level", level)

    assert done.code == 4
    assert find_traces(let_out(done, tmp_path), PLANTED) == []


async def test_a_report_that_is_rescued_holds_no_key(tmp_path: Path) -> None:
    """The disk is full, and the report goes to the state directory."""
    async with Simulator(a_world()) as simulator:
        done = await loudly("run", tmp_path, "--base-url", simulator.base_url, "--output", "/dev/full")

    blobs = let_out(done, tmp_path)
    assert done.code == 2
    assert any("auditor-rescued-" in name and b"schemaVersion" in blob for name, blob in blobs.items())
    assert find_traces(blobs, PLANTED) == []


async def test_a_journal_holds_no_key(tmp_path: Path) -> None:
    """It outlives the run, and is read by whoever may read the report."""
    if "--journal" not in (await auditor("run", "--help")).stdout:
        pytest.skip("this version keeps no journal")
    async with Simulator(a_world()) as simulator:
        journal = str(tmp_path / "night.journal")
        done = await loudly("run", tmp_path, "--base-url", simulator.base_url, "--journal", journal)

    blobs = let_out(done, tmp_path)
    assert done.code == 0, done.stderr
    assert blobs["night.journal"]
    assert find_traces(blobs, PLANTED) == []


DEFECTS = {
    "before anything": "import auditor.cli.commands.run as m; m.prepare",
    "in the run": "import auditor.cluster.order as m; m.run_audit",
    "at the transport": "from auditor.engine.transport import HttpTransport as m; m.send",
    "where a key is sent": "import aiohttp; m = aiohttp.ClientSession; m.get",
    "where an answer is read": "import auditor.engine.fetcher as m; m.read_answer",
    "where a page is decoded": "import auditor.engine.per_device_audit as m; m.decode_licenses",
    "where the report is built": "import auditor.assembly as m; m.build_report",
}
BROKEN = """
import sys
def defect(*arguments, **options):
    raise RuntimeError("planted defect")
setattr(m, {name!r}, defect)
from auditor.cli.main import main
main()
"""


@pytest.mark.parametrize("place", DEFECTS)
async def test_a_defect_of_the_program_does_not_show_the_key(place: str, tmp_path: Path) -> None:
    """With its traceback, wherever it is."""
    setup, _, name = DEFECTS[place].rpartition("; m.")
    code = setup + BROKEN.format(name=name)
    async with Simulator(a_world()) as simulator:
        with anyio.fail_after(PATIENCE_SECONDS):
            done = await anyio.run_process(
                [sys.executable, "-c", code, "run", "--base-url", simulator.base_url, *LOUD],
                check=False,
                env=environment(**surroundings(tmp_path)),
            )
    ending = Ended(done.returncode, done.stdout.decode(), done.stderr.decode())

    assert "planted defect" in ending.stderr, ending.stderr
    assert ending.code in {3, 4, 70}
    assert find_traces(let_out(ending, tmp_path), PLANTED) == []


async def test_the_display_on_a_terminal_shows_no_key(tmp_path: Path) -> None:
    """What a person sees, and what a screen recorder keeps."""
    terminal, other_end = os.openpty()
    async with Simulator(a_world(), latency=0.05) as simulator:
        process = await anyio.open_process(
            [
                sys.executable,
                "-m",
                "auditor",
                "run",
                "--base-url",
                simulator.base_url,
                "--log-level",
                "debug",
            ],
            stdin=other_end,
            stderr=other_end,
            env=environment(**surroundings(tmp_path, TERM="xterm")),
        )
        os.close(other_end)
        shown = await anyio.to_thread.run_sync(_read_all, terminal)
        done = await ended(process)

    assert done.code == 0
    assert b"organizations" in shown
    assert find_traces({"terminal": shown, "stdout": done.stdout.encode()}, PLANTED) == []


def _read_all(descriptor: int) -> bytes:
    read = b""
    while True:
        try:
            chunk = os.read(descriptor, 65_536)
        except OSError:  # how Linux says that the other end was closed
            break
        if not chunk:
            break
        read += chunk
    os.close(descriptor)
    return read


VAULT = """
import os
with open({marker!r}, "w") as marker:
    print(os.getpid(), file=marker)
with open({marker!r}) as marker:
    marker.readline()
print({key!r})
"""
"""A program that tells its number, waits for a word, and prints a key."""


def _first_line(pipe: Path) -> str:
    with pipe.open() as lines:
        return lines.readline()


async def test_the_list_of_processes_shows_no_key_and_a_child_gets_no_other_tenants(tmp_path: Path) -> None:
    """Of the run itself, and of the program that it asks for a key."""
    key_file, marker = tmp_path / "key", tmp_path / "marker"
    os.mkfifo(marker)
    key_file.write_text(PLANTED)
    key_file.chmod(0o600)
    other = "".join(sorted(PLANTED))  # shares no part of twelve with the planted one
    program = tmp_path / "vault.py"
    program.write_text(VAULT.format(marker=str(marker), key=other))
    url = f"http://127.0.0.1:{closed_port()}"
    config = tmp_path / "auditor.toml"
    config.write_text(
        f'[[tenants]]\nname = "north"\napi_key_file = "{key_file}"\nbase_url = "{url}"\n'
        f'[[tenants]]\nname = "south"\napi_key_command = ["{sys.executable}", "-I", "{program}"]\n'
        f'base_url = "{url}"\n'
    )
    process = await start_auditor(
        "run", "--config", str(config), *LOUD, MERAKI_DASHBOARD_API_KEY="", AUDITOR_LIMITS_ATTEMPTS="1"
    )
    child = await anyio.to_thread.run_sync(_first_line, marker)
    seen = {
        f"{name} of {who}": Path(f"/proc/{pid}/{name}").read_bytes()
        for who, pid in (("the run", process.pid), ("its child", int(child)))
        for name in ("cmdline", "environ")
    }
    marker.write_text("go on\n")
    done = await ended(process)

    assert done.code == 4
    assert find_traces(seen, PLANTED) == []
    assert find_traces({"stderr": done.stderr.encode(), "stdout": done.stdout.encode()}, PLANTED, other) == []


@pytest.mark.parametrize(
    ("key", "what"),
    [
        (f"{PLANTED}\n{PLANTED}", "white space inside"),
        (f"{PLANTED[:20]} {PLANTED[20:]}", "white space inside"),
        (f"{PLANTED}é", "outside of ASCII"),
        (f"\u200b{PLANTED}", "outside of ASCII"),
        (f"{PLANTED}\x1b[2J", "a control character"),
        (f"{PLANTED}\r\nX-Evil: 1", "white space inside"),
    ],
    ids=["two lines", "two words", "a letter", "a blank that is none", "a terminal's", "a header"],
)
@pytest.mark.parametrize("source", ["variable", "file", "command"])
def test_a_key_that_is_none_is_refused_by_its_place(
    key: str,
    what: str,
    source: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Before anything is asked, without the text. Of a command's output the first line counts."""
    file = tmp_path / "key"
    file.write_bytes(key.encode())
    file.chmod(0o600)
    monkeypatch.setenv("MY_KEY", key)
    options = {
        "variable": ("--api-key-env", "MY_KEY"),
        "file": ("--api-key-file", str(file)),
        "command": ("--api-key-command", f"sed 's/^/word /' {file}"),
    }

    code = exit_code_of(["run", *options[source], "--base-url", f"http://127.0.0.1:{closed_port()}"])

    shown = capfd.readouterr()
    assert (code, shown.out) == (2, "")
    assert "the API key holds" in shown.err
    assert source == "command" or what in shown.err
    assert find_traces({"stderr": shown.err.encode()}, PLANTED) == []


@pytest.mark.parametrize(
    "base_url",
    [
        f"https://user:{PASSWORD}@api.example.test/api/v1",
        f"https://{PASSWORD}@api.example.test",
        f"http://user:{PASSWORD}@127.0.0.1:9/api/v1",
        f"https://api.example.test/api/v1?key={PASSWORD}",
        f"https://api.example.test/api/v1#{PASSWORD}",
        f"https:///{PASSWORD}",
        f"{PASSWORD}@127.0.0.1",
    ],
)
@pytest.mark.parametrize("way", ["option", "variable", "file"])
def test_a_base_url_with_a_password_is_refused_without_it(
    base_url: str,
    way: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Wherever it was given."""
    config = tmp_path / "a.toml"
    line = f'base_url = "{base_url}"\n' if way == "file" else ""
    config.write_text(f'[[tenants]]\nname = "n"\napi_key_env = "MY_KEY"\n{line}')
    monkeypatch.setenv("MY_KEY", PLANTED)
    if way == "variable":
        monkeypatch.setenv("AUDITOR_BASE_URL", base_url)
    options = ["--base-url", base_url] if way == "option" else []

    for command in (["run"], ["orgs"], ["plan"], ["config", "check"]):
        assert exit_code_of([*command, "--config", str(config), *options]) == 2
    shown = capfd.readouterr()
    assert find_traces({"stdout": shown.out.encode(), "stderr": shown.err.encode()}, PASSWORD, PLANTED) == []


MISTAKES = (
    ("{}",),
    ("run", "{}"),
    ("run", "--{}"),
    ("run", "--org", "{}"),
    ("run", "--org", "1", "--org", "{}"),
    ("run", "--include", "{}"),
    ("run", "--exclude", "tag:{}"),
    ("run", "--orgs-file", "{}"),
    ("run", "--config", "{}"),
    ("run", "--previous", "{}"),
    ("run", "--output", "{}"),
    ("run", "--output", "{}/report.json"),
    ("run", "--shared-budget", "{}"),
    ("run", "--log-level", "{}"),
    ("run", "--progress", "{}"),
    ("run", "--as-of", "Bearer {}"),
    ("run", "--deadline", "Bearer {}"),
    ("run", "--windows-days", "{}"),
    ("run", "--share", "{}"),
    ("run", "--plan", "{}"),
    ("run", "--auth", "Bearer {}"),
    ("run", "--base-url", "{}"),
    ("run", "--api-key-env", "{}"),
    ("run", "--api-key-file", "{}"),
    ("run", "--api-key-file", "/nowhere/{}"),
    ("run", "--api-key-command", "{}"),
    ("run", "--api-key-command", "cat {}"),
    ("orgs", "--format", "{}"),
    ("plan", "{}"),
    ("schema", "{}"),
    ("config", "{}"),
    ("config", "check", "{}"),
    ("demo", "--seed", "{}"),
    ("simulate", "--host", "{}"),
    ("simulate", "--fault-org", "1={}"),
)


@pytest.mark.parametrize("words", MISTAKES, ids=" ".join)
def test_a_key_in_place_of_something_else_is_refused_without_it(
    words: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It stands in the shell's history already, and not in the log of the job; no file is made of it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MERAKI_DASHBOARD_API_KEY", PLANTED)

    code = exit_code_of([word.format(PLANTED) for word in words])

    shown = capfd.readouterr()
    assert (code, shown.out) == (2, "")
    assert shown.err
    blobs = dict(files_below(tmp_path)) | {"stderr": shown.err.encode()}
    assert find_traces(blobs, PLANTED) == []


@pytest.mark.parametrize("name", [f"AUDITOR_{PLANTED}", f"AUDITOR_LIMITS_{PLANTED}"])
def test_a_key_in_the_name_of_a_variable_is_not_repeated(
    name: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """However it got there."""
    monkeypatch.setenv(name, "1")

    assert exit_code_of(["config", "check"]) == 2
    assert find_traces({"stderr": capfd.readouterr().err.encode()}, PLANTED) == []


def test_what_is_searched_for_would_be_found() -> None:
    """The search itself, or all of the above would pass for nothing."""
    shown: dict[str, Any] = {
        "plain": f"key {PLANTED}",
        "upper case": PLANTED.upper(),
        "begun": f"{PLANTED[:12]}...",
        "ended": f"...{PLANTED[-12:]}",
        "backwards": PLANTED[::-1],
        "hexadecimal": PLANTED.encode().hex(),
        "base64": base64.b64encode(f"Bearer {PLANTED}".encode()).decode(),
        "base64 of a user": base64.b64encode(f"u:{PLANTED}".encode()).decode(),
        "broken in the middle": f"{PLANTED[:6]}\n   {PLANTED[6:]}",
        "quoted": "".join(f"%{ord(letter):02X}" for letter in PLANTED),
    }
    found = find_traces({name: text.encode() for name, text in shown.items()}, PLANTED)

    assert {one.partition(":")[0] for one in found} == set(shown)
    assert find_traces({"nothing": b"an ordinary sentence of 0123456789abcdef"}, PLANTED) == []


async def test_a_server_gets_the_key_only_where_it_is_meant_to_stand() -> None:
    """In its header, once, in no URL."""
    async with raw_server(echo("organizations")) as server:
        url = f"http://127.0.0.1:{server.port}/0/api/v1"
        await auditor("run", "--base-url", url, MERAKI_DASHBOARD_API_KEY=PLANTED)

    assert server.heads
    assert all(head.count(PLANTED.encode()) == 1 for head in server.heads)
    assert not any(PLANTED.encode() in head.split(b"\r\n")[0] for head in server.heads)
