"""From the options of a command to everything that an audit needs, or to every problem at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from auditor.cli import known_keys
from auditor.cli.bounded import report_chunks
from auditor.cli.open_files import make_room
from auditor.cli.options import KEY_OF_OPTION, OTHER_VARIABLES, option_name
from auditor.cli.sources import CONFIG_VARIABLE, read_config, read_key, read_orgs_file
from auditor.domain.shard import Shard
from auditor.errors import Problem, SettingsError
from auditor.report.previous import pages_by_organization
from auditor.settings.fault import Fault
from auditor.settings.key import ApiKey
from auditor.settings.layers import build_settings
from auditor.settings.model import Settings
from auditor.settings.selection import Selection
from auditor.settings.texts import LOCAL_ENGINE

INDEX_VARIABLE: Final = "JOB_COMPLETION_INDEX"
"""Kubernetes sets it in each pod of an indexed job, counted from 0."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A valid request for an audit. *keys* maps tenant names to keys; *shard* is the part asked for."""

    settings: Settings
    selection: Selection
    keys: Mapping[str, ApiKey]
    shard: Shard | None = None


def prepare(options: Mapping[str, Any], *, may_delegate: bool = False) -> Prepared:
    """Read and check everything that the user gave.

    With *may_delegate*, the keys are left to the workers, where the engine has any.

    Raises:
        SettingsError: with every problem that can be found without the network.
    """
    refuse_empty(options)
    make_room()
    settings = read_settings(options)
    is_delegated = may_delegate and settings.audit.engine != LOCAL_ENGINE
    keys = {} if is_delegated else read_keys(settings)
    return Prepared(settings, read_selection(options), keys, read_shard(settings))


def refuse_empty(options: Mapping[str, Any]) -> None:
    """An option with empty text is a shell variable that was not set: it must not mean "everything".

    Raises:
        SettingsError: naming each of them.
    """
    names = {"orgs": "--org"}
    empty = [
        key for key, value in options.items() if value == "" or (isinstance(value, tuple) and "" in value)
    ]
    if empty:
        hint = "is a shell variable unset? leave the option out to use its default"
        raise SettingsError(*(Problem(names.get(key, option_name(key)), "is empty", hint) for key in empty))


def read_settings(options: Mapping[str, Any]) -> Settings:
    """Settings from options, environment, file and defaults, in this order of precedence."""
    config = read_config(options.get("config"), os.environ)
    text, name = config or (None, "")
    return build_settings(
        file_text=text,
        file_name=name,
        environment=os.environ,
        options=_nested({path: options.get(key) for key, path in KEY_OF_OPTION.items()}),
        option_names={".".join(path): option_name(key) for key, path in KEY_OF_OPTION.items()},
        other_variables=OTHER_VARIABLES,
    )


def inputs_of(options: Mapping[str, Any]) -> dict[str, str | None]:
    """The files that the options name for a run to read, but for those that are settings; by option."""
    config = options.get("config") or os.environ.get(CONFIG_VARIABLE)
    return {
        "--config": config,
        "--orgs-file": options.get("orgs_file"),
        "--previous": options.get("previous"),
    }


def read_selection(options: Mapping[str, Any]) -> Selection:
    """The organizations that the options name, over all tenants."""
    ids = list(options.get("orgs") or ())
    if options.get("orgs_file"):
        ids += read_orgs_file(options["orgs_file"])
    include, exclude = tuple(options.get("include") or ()), tuple(options.get("exclude") or ())
    parts = {
        "--org": lambda: Selection(ids=frozenset(ids)),
        "--include": lambda: Selection(include=include),
        "--exclude": lambda: Selection(exclude=exclude),
    }
    problems = [problem for name, build in parts.items() for problem in _selection_problems(name, build)]
    if problems:
        raise SettingsError(*problems)
    return Selection(frozenset(ids), include, exclude)


def read_keys(settings: Settings) -> dict[str, ApiKey]:
    """The API key of every tenant, which this process masks from now on; all that are missing are listed."""
    keys: dict[str, ApiKey] = {}
    problems: list[Problem] = []
    of_tenants = {tenant.api_key_env for tenant in settings.tenants if tenant.api_key_env is not None}
    for tenant in settings.tenants:
        try:
            keys[tenant.name] = read_key(tenant, os.environ, withheld=of_tenants)
        except SettingsError as error:
            problems += error.problems
    known_keys.learn(keys.values())
    if problems:
        raise SettingsError(*problems)
    return keys


def read_shard(settings: Settings) -> Shard | None:
    """The part of the organizations that this run is for; None where it is for all of them.

    Where only the number of parts is given, the variable of a Kubernetes indexed job says which one.

    Raises:
        SettingsError: there is no such part, or the sizes cannot be read.
    """
    if settings.audit.shard is None:
        return None
    index, _, count = settings.audit.shard.rpartition("/")
    try:
        number = int(index) if index else int(os.environ[INDEX_VARIABLE]) + 1
        return Shard(number, int(count), read_shard_sizes(settings))
    except KeyError:
        hint = f"give --shard I/{count}, or run in a Kubernetes indexed job, which sets {INDEX_VARIABLE}"
        raise SettingsError(Problem("--shard", f"does not say which of the {count} parts", hint)) from None
    except ValueError as error:
        raise SettingsError(Problem("--shard", str(error), "parts are counted from 1")) from error


def read_shard_sizes(settings: Settings) -> Mapping[str, int]:
    """How many pages each organization had, for even parts; nothing without `--shard-sizes`.

    Raises:
        SettingsError: the file is no report.
    """
    path = settings.audit.shard_sizes
    return {} if path is None else _pages_in(Path(path), where="--shard-sizes")


def read_previous_pages(options: Mapping[str, Any], settings: Settings) -> Mapping[str, int]:
    """How many pages each organization had, from the report of `--previous`.

    Without that option, from the report that this run would replace, if there is one that can be read.

    Raises:
        SettingsError: the file that `--previous` names is no report.
    """
    named = options.get("previous")
    path = Path(named or settings.output.report)
    if not named and not path.is_file():  # none yet, or `-`, or a pipe that must not be read
        return {}
    try:
        return _pages_in(path, where="--previous")
    except SettingsError:
        if named:
            raise
        return {}


def _pages_in(path: Path, *, where: str) -> Mapping[str, int]:
    try:
        return pages_by_organization(report_chunks(str(path)))
    except OSError as error:
        problem = Problem(where, f"cannot read {path}: {str(error.strerror or error).lower()}")
    except (ValueError, RecursionError) as error:
        said = str(error)[:80] or type(error).__name__
        problem = Problem(where, f"{path} is no report of auditor: {said}")
    raise SettingsError(problem)


def _selection_problems(name: str, build: Callable[[], Selection]) -> Iterable[Problem]:
    try:
        build()
    except Fault as fault:
        yield Problem(name, fault.what, fault.hint)


def _nested(flat: Mapping[tuple[str, ...], Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path, value in flat.items():
        branch = tree
        for key in path[:-1]:
            branch = branch.setdefault(key, {})
        branch[path[-1]] = value
    return tree
