import io
import os
import signal
import sys
import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from auditor.cli import known_keys
from auditor.cli.preparation import read_keys
from auditor.cli.sources import read_config, read_key, read_orgs_file
from auditor.errors import Problem, SettingsError
from auditor.settings.key import ApiKey
from auditor.settings.model import Settings, TenantSettings

PLANTED = "0123456789abcdef0123456789abcdef01234567"
SECRET = "sesame-open-sesame"


def a_tenant(**source: Any) -> TenantSettings:
    """A tenant whose key lies where *source* says."""
    return TenantSettings.model_validate({"name": "acme"} | source)


def a_key_file(path: Path, content: str | bytes = PLANTED, mode: int = 0o600) -> str:
    """A file that holds *content*, and its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    return str(path)


def python(code: str) -> list[str]:
    """A command that runs *code*."""
    return [sys.executable, "-I", "-c", code]


def refusal(tenant: TenantSettings, environment: dict[str, str] | None = None, **given: Any) -> Problem:
    """Why the tenant's key cannot be read; no form of the error shows a secret."""
    with pytest.raises(SettingsError) as caught:
        read_key(tenant, environment or {}, **given)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert SECRET not in shown
    assert PLANTED not in shown
    (problem,) = caught.value.problems
    return problem


def test_a_configuration_is_read_from_the_option_or_the_variable(tmp_path: Path) -> None:
    """The option wins; without either there is none, whatever lies in the folder."""
    one, two = tmp_path / "one.toml", tmp_path / "auditor.toml"
    one.write_bytes("# é\n".encode("utf-8-sig"))
    two.write_text("# two\n", encoding="utf-8")

    assert read_config(str(one), {"AUDITOR_CONFIG": str(two)}) == ("# é\n", str(one))
    assert read_config(None, {"AUDITOR_CONFIG": str(two)}) == ("# two\n", str(two))
    assert read_config(None, {"AUDITOR_CONFIG": ""}) is None
    assert read_config(None, {}) is None


@pytest.mark.parametrize(
    ("path", "reason"), [("missing.toml", "no such file"), (".", "is a directory"), ("a\0b", "null")]
)
def test_a_configuration_that_cannot_be_read_is_told(tmp_path: Path, path: str, reason: str) -> None:
    """The one who named the file is named: the option, or the variable."""
    for option, environment, where in (
        (str(tmp_path / path), {}, "--config"),
        (None, {"AUDITOR_CONFIG": str(tmp_path / path)}, "AUDITOR_CONFIG"),
    ):
        with pytest.raises(SettingsError) as caught:
            read_config(option, environment)

        assert caught.value.problems[0].where == where
        assert reason in caught.value.problems[0].what


def test_a_configuration_that_is_not_utf_8_is_told_by_its_line(tmp_path: Path) -> None:
    """The line is named, the content is not."""
    path = tmp_path / "latin.toml"
    path.write_bytes(b"[audit]\n# \xe9" + PLANTED.encode())

    with pytest.raises(SettingsError) as caught:
        read_config(str(path), {})

    assert caught.value.problems == (Problem(f"{path}:2", "is not UTF-8 text", "save the file as UTF-8"),)
    assert PLANTED not in "".join(traceback.format_exception(caught.value))


def test_a_key_in_the_environment_is_read() -> None:
    """The key carries the name of its variable."""
    key = read_key(a_tenant(api_key_env="ACME_KEY"), {"ACME_KEY": f"{PLANTED}\n"})

    assert (key.reveal(), key.source) == (PLANTED, "environment variable ACME_KEY")


def test_a_variable_that_is_not_set_is_told_with_what_to_do() -> None:
    """Not set, and set to nothing, are two different mistakes."""
    tenant = a_tenant(api_key_env="ACME_KEY")

    assert refusal(tenant) == Problem(
        "tenant 'acme'", "the environment variable ACME_KEY is not set", "export ACME_KEY=..."
    )
    assert refusal(tenant, {"ACME_KEY": " "}).what == "the API key is empty"


@pytest.mark.parametrize("content", [PLANTED, f"{PLANTED}\r\n", f"\ufeff{PLANTED}\n"])
def test_a_key_in_a_file_is_read(tmp_path: Path, content: str) -> None:
    """With or without a line end, or what an editor puts in front."""
    name = a_key_file(tmp_path / "key", content, mode=0o400)

    assert read_key(a_tenant(api_key_file=name), {}) == ApiKey(PLANTED, "any")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601, 0o644])
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """With the command that closes it, through a link as well."""
    name = a_key_file(tmp_path / "key", mode=mode)
    (tmp_path / "link").symlink_to(name)

    problem = refusal(a_tenant(api_key_file=name))

    assert problem.where == "tenant 'acme': api_key_file"
    assert problem.what == f"{name} may be read or changed by other users (mode {mode:04o})"
    assert problem.hint.startswith(f"chmod 600 {name}")
    assert "other users" in refusal(a_tenant(api_key_file=str(tmp_path / "link"))).what


def test_a_key_file_in_the_credentials_directory_may_be_open(tmp_path: Path) -> None:
    """As systemd and mounted secrets have it, links inside of the folder included; no neighbour profits."""
    folder = tmp_path / "secrets"
    a_key_file(folder / "..2026" / "key", mode=0o444)
    (folder / "..data").symlink_to("..2026")
    (folder / "key").symlink_to("..data/key")
    outside = a_key_file(tmp_path / "secrets-of-others" / "key", mode=0o444)
    (folder / "escape").symlink_to(outside)
    environment = {"CREDENTIALS_DIRECTORY": str(folder)}

    assert read_key(a_tenant(api_key_file=str(folder / "key")), environment).reveal() == PLANTED
    for name in (outside, str(folder / "escape"), str(folder / ".." / "secrets-of-others" / "key")):
        assert "other users" in refusal(a_tenant(api_key_file=name), environment).what
    assert "other users" in refusal(a_tenant(api_key_file=outside), {"CREDENTIALS_DIRECTORY": ""}).what


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "the API key is empty"),
        (f"{PLANTED}\n{SECRET}", "the API key holds white space inside"),
        (f"{PLANTED}\0", "the API key holds a control character"),
        (b"\xff\xfe" + PLANTED.encode("utf-16-le"), "the API key holds a character outside of ASCII"),
        ("x" * 4097, "is too long for an API key"),
    ],
)
def test_a_file_that_holds_no_key_is_told_and_not_shown(
    tmp_path: Path, content: str | bytes, what: str
) -> None:
    """The file is named, what it holds is not."""
    name = a_key_file(tmp_path / "key", content)

    problem = refusal(a_tenant(api_key_file=name))

    assert what in problem.what
    assert name in problem.where + problem.what


@pytest.mark.parametrize("name", ["missing", ".", "~nobody-of-this-name/key"])
def test_a_key_file_that_cannot_be_read_is_told(tmp_path: Path, name: str) -> None:
    """Missing, a folder, a home that does not exist."""
    path = name if name.startswith("~") else str(tmp_path / name)

    assert f"cannot read {path}: " in refusal(a_tenant(api_key_file=path)).what


def test_a_key_file_may_lie_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No shell expands the tilde in a TOML file, so it is done here."""
    a_key_file(tmp_path / "key")
    monkeypatch.setenv("HOME", str(tmp_path))

    assert read_key(a_tenant(api_key_file="~/key"), {}).reveal() == PLANTED


def test_a_key_may_come_through_a_pipe(tmp_path: Path) -> None:
    """Process substitution of a shell gives a pipe, whose mode says nothing."""
    reading, writing = os.pipe()
    os.write(writing, PLANTED.encode())
    os.close(writing)

    assert read_key(a_tenant(api_key_file=f"/dev/fd/{reading}"), {}).reveal() == PLANTED
    os.close(reading)


def test_a_key_command_gives_the_first_line_of_its_output() -> None:
    """Vaults like to add notes below."""
    key = read_key(a_tenant(api_key_command=python(f"print('{PLANTED}'); print('a note')")), {})

    assert (key.reveal(), key.source) == (PLANTED, f"output of {sys.executable}")


def test_a_key_command_sees_the_environment_and_no_shell() -> None:
    """Its words arrive as they are, and so do the variables, and nothing can be typed."""
    code = "import os, sys; print(os.environ['VAULT'] + sys.argv[1] + sys.stdin.read())"

    key = read_key(a_tenant(api_key_command=[*python(code), "$(id)*"]), {"VAULT": "key-"})

    assert key.reveal() == "key-$(id)*"


def test_a_key_command_that_fails_is_told_by_its_exit_code() -> None:
    """The last line of stderr helps; whatever looks like the secret in it is masked."""
    code = f"import sys; print('{SECRET}'); sys.exit('first\\nvault: \\033[31mlocked {SECRET} {PLANTED}')"

    problem = refusal(a_tenant(api_key_command=python(code)))

    assert problem == Problem(
        "tenant 'acme': api_key_command",
        f"{sys.executable} exited with code 1",
        "vault: ?[31mlocked **** ****",
    )


@pytest.mark.parametrize(
    ("command", "what"),
    [
        (["./no-such-program", SECRET], "cannot run ./no-such-program: no such file or directory"),
        (["/", SECRET], "cannot run /: permission denied"),
        (python("import os; os.kill(os.getpid(), 9)"), f"{sys.executable} died of signal 9"),
        (python("pass"), "the API key is empty"),
        (python(f"print('{SECRET} {SECRET}')"), "the API key holds white space inside"),
    ],
)
def test_a_key_command_without_a_key_is_told(command: list[str], what: str) -> None:
    """The program is named; neither its arguments nor its output are."""
    assert refusal(a_tenant(api_key_command=command)).what == what


def test_a_key_command_that_waits_is_ended() -> None:
    """An unattended run never waits for a person; what was printed by then stays hidden."""
    code = f"import threading; print('{SECRET}', flush=True); threading.Event().wait()"

    problem = refusal(a_tenant(api_key_command=python(code)), command_seconds=0.3)

    assert problem.what == f"{sys.executable} gave no key within 0.3 s"


def test_organizations_are_read_from_a_file_or_the_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`-` is the standard input."""
    path = tmp_path / "orgs.csv"
    path.write_bytes("\ufeffId,Name\r\n1,Ä\r\n".encode())
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"2\n3\n")))

    assert read_orgs_file(str(path)) == ("1",)
    assert read_orgs_file("-") == ("2", "3")


def test_an_organizations_file_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """Missing, not text, not ids: each by its place."""
    path = tmp_path / "orgs"
    path.write_bytes(b"1\n2 3\n")
    latin = tmp_path / "latin"
    latin.write_bytes(b"1\n# \xe9\n")

    for name, where in ((tmp_path / "none", "--orgs-file"), (path, f"{path}:2"), (latin, f"{latin}:2")):
        with pytest.raises(SettingsError) as caught:
            read_orgs_file(str(name))
        assert [problem.where for problem in caught.value.problems] == [where]


def test_a_key_command_gets_no_key_of_another_tenant() -> None:
    """Each program sees the environment but for the variables that hold keys, the vendor's own among them."""
    code = "import os; print('-'.join(os.environ))"
    environment = {"VAULT": "1", "NORTH_KEY": SECRET, "MERAKI_DASHBOARD_API_KEY": SECRET}

    key = read_key(a_tenant(api_key_command=python(code)), environment, withheld={"NORTH_KEY"})

    assert set(key.reveal().split("-")) - {"LC_CTYPE"} == {"VAULT"}


def test_keys_of_a_run_are_withheld_from_its_key_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every variable that some tenant names, whichever tenant comes first."""
    monkeypatch.setenv("NORTH_KEY", SECRET)
    asking = python("import os; print('NORTH_KEY' in os.environ, 'PATH' in os.environ, sep='-')")
    tenants = (
        TenantSettings.model_validate({"name": "south", "api_key_command": asking}),
        TenantSettings(name="north", api_key_env="NORTH_KEY"),
    )

    keys = read_keys(Settings(tenants=tenants))
    known_keys.forget()

    assert keys["south"].reveal() == "False-True"


@pytest.mark.parametrize("code", ["", "import sys; sys.exit(3)"])
def test_a_process_that_a_key_command_leaves_behind_is_not_waited_for(code: str, tmp_path: Path) -> None:
    """An agent that it started keeps the pipe open for as long as it lives."""
    left = tmp_path / "left"
    start = (
        "import subprocess, sys; "
        "child = subprocess.Popen([sys.executable, '-I', '-c', 'import time; time.sleep(60)']); "
        f"open({str(left)!r}, 'w').write(str(child.pid)); "
        f"print('{PLANTED}', flush=True); "
    )
    tenant = a_tenant(api_key_command=python(start + code))

    try:
        if code:
            assert "exited with code 3" in refusal(tenant, command_seconds=20).what
        else:
            assert read_key(tenant, {}, command_seconds=20).reveal() == PLANTED
    finally:
        os.kill(int(left.read_text()), signal.SIGKILL)


def test_a_key_command_that_never_stops_talking_takes_no_memory_for_it() -> None:
    """It ends in its time, as one that says nothing does, and what it said is dropped."""
    problem = refusal(
        a_tenant(api_key_command=["yes", SECRET]), {"PATH": os.environ["PATH"]}, command_seconds=1
    )

    assert problem.what == "yes gave no key within 1 s"
