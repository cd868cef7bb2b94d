"""Where settings and secrets come from: files, the environment, a program. The reading only.

Everything that is wrong with a source becomes a `SettingsError` that names the source and what to do;
what a source holds is never repeated.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from auditor.cli.summary import printable
from auditor.errors import Problem, SettingsError
from auditor.settings.key import ApiKey, mask_api_keys
from auditor.settings.model import TenantSettings
from auditor.settings.orgs_file import parse_orgs_file

CONFIG_VARIABLE = "AUDITOR_CONFIG"
CREDENTIALS_VARIABLE = "CREDENTIALS_DIRECTORY"  # set by systemd for LoadCredential=
KEY_COMMAND_SECONDS = 30.0  # a vault answers in seconds; one that asks a person for a PIN needs longer

_MAX_KEY_FILE_BYTES = 4096  # a Dashboard API key has 40 characters
_MAX_STDERR_CHARACTERS = 200
_OTHERS_MAY_READ = 0o077


def read_config(path: str | None, environment: Mapping[str, str]) -> tuple[str, str] | None:
    """The text of the configuration file and its name; None when nobody names one.

    *path* (the option) wins over `AUDITOR_CONFIG`. No file is looked for that nobody named.

    Raises:
        SettingsError: the file cannot be read, or is not UTF-8.
    """
    named = path or environment.get(CONFIG_VARIABLE)
    if not named:
        return None
    return _read_text(named, where="--config" if path else CONFIG_VARIABLE), named


def read_orgs_file(path: str) -> tuple[str, ...]:
    """The organization ids in the file at *path*; `-` reads the standard input.

    Raises:
        SettingsError: the file cannot be read, or holds something else than ids.
    """
    if path == "-":
        return parse_orgs_file(_to_text(sys.stdin.buffer.read(), "<stdin>"), "<stdin>")
    return parse_orgs_file(_read_text(path, where="--orgs-file"), path)


def read_key(
    tenant: TenantSettings, environment: Mapping[str, str], *, command_seconds: float = KEY_COMMAND_SECONDS
) -> ApiKey:
    """The API key of *tenant*, from the one source that it names.

    Raises:
        SettingsError: the source has no key, or lets others read it.
    """
    if tenant.api_key_env is not None:
        return _read_variable(tenant.api_key_env, environment, tenant=tenant.name)
    if tenant.api_key_file is not None:
        return _read_key_file(tenant.api_key_file, environment, tenant=tenant.name)
    # The model sees to it that one of the three is given.
    argv = tenant.api_key_command or ()
    return _run_key_command(argv, environment, tenant=tenant.name, seconds=command_seconds)


def _read_variable(name: str, environment: Mapping[str, str], *, tenant: str) -> ApiKey:
    if name not in environment:
        _refuse(f"tenant {tenant!r}", f"the environment variable {name} is not set", f"export {name}=...")
    return ApiKey(environment[name], f"environment variable {name}")


def _read_key_file(name: str, environment: Mapping[str, str], *, tenant: str) -> ApiKey:
    where = f"tenant {tenant!r}: api_key_file"
    try:
        path = Path(name).expanduser()
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode  # of the open file: it cannot be exchanged in between
            content = file.read(_MAX_KEY_FILE_BYTES + 1)
        is_vouched_for = _is_in_credentials_directory(path, environment)
    except (OSError, ValueError, RuntimeError) as error:
        raise SettingsError(Problem(where, f"cannot read {name}: {_reason(error)}")) from error
    if stat.S_ISREG(mode) and mode & _OTHERS_MAY_READ and not is_vouched_for:
        _refuse(
            where,
            f"{name} may be read or changed by other users (mode {stat.S_IMODE(mode):04o})",
            f"chmod 600 {name}; for a mounted secret, name its folder in {CREDENTIALS_VARIABLE}",
        )
    if len(content) > _MAX_KEY_FILE_BYTES:
        _refuse(where, f"{name} is too long for an API key", "the file must hold the key alone")
    return ApiKey(content.decode("utf-8-sig", errors="replace"), f"file {name}")


def _is_in_credentials_directory(path: Path, environment: Mapping[str, str]) -> bool:
    """Whether systemd, or whoever set the variable, vouches for the folder of *path*.

    Symbolic links are followed: those of a mounted Kubernetes secret stay inside of its folder.
    """
    directory = environment.get(CREDENTIALS_VARIABLE)
    return bool(directory) and path.resolve().is_relative_to(Path(directory or "").resolve())


def _run_key_command(
    argv: tuple[str, ...], environment: Mapping[str, str], *, tenant: str, seconds: float
) -> ApiKey:
    where = f"tenant {tenant!r}: api_key_command"
    program = mask_api_keys(argv[0])
    try:
        # No shell: the words of the configuration reach the program as they are.
        done = subprocess.run(  # noqa: S603 - running the user's own program is the feature
            argv, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        # The exception carries the output so far: it must not become a cause.
        done = None
    except (OSError, ValueError) as error:
        raise SettingsError(Problem(where, f"cannot run {program}: {_reason(error)}")) from error
    if done is None:
        _refuse(where, f"{program} gave no key within {seconds:g} s", "it must not wait for a person")
    if done.returncode:
        _refuse(where, f"{program} {_ending(done.returncode)}", _last_line(done.stderr, secret=done.stdout))
    first_line = done.stdout.partition(b"\n")[0]
    return ApiKey(first_line.decode(errors="replace"), f"output of {program}")


def _ending(code: int) -> str:
    return f"exited with code {code}" if code > 0 else f"died of signal {-code}"


def _last_line(stderr: bytes, *, secret: bytes) -> str:
    """The last line of *stderr* for a person to read, without any line of *secret* that it repeats."""
    lines = [line.strip() for line in stderr.decode(errors="replace").splitlines() if line.strip()]
    last = lines[-1] if lines else ""
    for hidden in secret.decode(errors="replace").splitlines():
        if hidden.strip():
            last = last.replace(hidden.strip(), "****")
    return printable(mask_api_keys(last))[:_MAX_STDERR_CHARACTERS]


def _read_text(path: str, *, where: str) -> str:
    try:
        content = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise SettingsError(Problem(where, f"cannot read {path}: {_reason(error)}")) from error
    return _to_text(content, path)


def _to_text(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = Problem(f"{name}:{line}", "is not UTF-8 text", "save the file as UTF-8")
    # Outside of the handler: the exception would carry the whole content along.
    raise SettingsError(problem)


def _reason(error: Exception) -> str:
    strerror = getattr(error, "strerror", None)
    return str(strerror or error).lower()


def _refuse(where: str, what: str, hint: str = "") -> NoReturn:
    raise SettingsError(Problem(where, what, hint))
