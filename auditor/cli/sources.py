"""Where settings and secrets come from: files, the environment, a program. The reading only.

Everything that is wrong with a source becomes a `SettingsError` that names the source and what to do;
what a source holds is never repeated.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NoReturn

from auditor.cli.bounded import MAX_LIST_BYTES, MAX_SETTINGS_BYTES, STDIN, read_stdin, read_whole
from auditor.cli.key_command import run_key_command
from auditor.errors import Problem, SettingsError
from auditor.settings.key import ApiKey
from auditor.settings.model import DEFAULT_KEY_VARIABLE, TenantSettings
from auditor.settings.orgs_file import parse_orgs_file

CONFIG_VARIABLE = "AUDITOR_CONFIG"
CREDENTIALS_VARIABLE = "CREDENTIALS_DIRECTORY"  # set by systemd for LoadCredential=
KEY_COMMAND_SECONDS = 30.0  # a vault answers in seconds; one that asks a person for a PIN needs longer

_MAX_KEY_FILE_BYTES = 4096  # a Dashboard API key has 40 characters
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
    if path == STDIN:
        return parse_orgs_file(_read_ids_on_stdin(), "<stdin>")
    return parse_orgs_file(_read_text(path, where="--orgs-file", limit=MAX_LIST_BYTES), path)


def read_key(
    tenant: TenantSettings,
    environment: Mapping[str, str],
    *,
    command_seconds: float = KEY_COMMAND_SECONDS,
    withheld: Collection[str] = (),
) -> ApiKey:
    """The API key of *tenant*, from the one source that it names.

    *withheld* are variables that hold keys of other tenants: a program that is asked for a key gets none of
    them, nor the vendor's own.

    Raises:
        SettingsError: the source has no key, or lets others read it.
    """
    if tenant.api_key_env is not None:
        return _read_variable(tenant.api_key_env, environment, tenant=tenant.name)
    if tenant.api_key_file is not None:
        return _read_key_file(tenant.api_key_file, environment, tenant=tenant.name)
    # The model sees to it that one of the three is given.
    argv = tenant.api_key_command or ()
    hidden = {DEFAULT_KEY_VARIABLE, *withheld}
    shown = {name: value for name, value in environment.items() if name not in hidden}
    return run_key_command(argv, shown, tenant=tenant.name, seconds=command_seconds)


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


def _read_text(path: str, *, where: str, limit: int = MAX_SETTINGS_BYTES) -> str:
    try:
        content = read_whole(path, limit=limit)
    except (OSError, ValueError) as error:
        raise SettingsError(Problem(where, f"cannot read {path}: {_reason(error)}")) from error
    return _to_text(content, path)


def _read_ids_on_stdin() -> str:
    try:
        content = read_stdin(limit=MAX_LIST_BYTES)
    except (OSError, ValueError) as error:
        raise SettingsError(Problem("--orgs-file", f"cannot read <stdin>: {_reason(error)}")) from error
    return _to_text(content, "<stdin>")


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
