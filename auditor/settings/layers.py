"""From what the user gave to `Settings`: option over environment over file over default.

The layers are merged first and validated once, so that all mistakes are found together; where each
value came from is remembered beside it, so that each mistake is reported at its place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from auditor.errors import Problem, SettingsError
from auditor.settings.complaints import Where, dotted, problem_of, problems_of
from auditor.settings.environment import OF_TENANTS, find_unknown_variables, variable_paths
from auditor.settings.fields import from_text
from auditor.settings.locate import KeyPath, Locator, locate
from auditor.settings.model import (
    DEFAULT_KEY_VARIABLE,
    DEFAULT_TENANT,
    KEY_SOURCES,
    Settings,
    find_repeated_names,
)
from auditor.settings.toml_text import Document, read_toml


class _Given(NamedTuple):
    """One value above the file's: the key it sets, and the option or variable that it came from."""

    path: tuple[str, ...]
    value: object
    where: str
    is_option: bool


def build_settings(
    *,
    file_text: str | None = None,
    file_name: str = "",
    environment: Mapping[str, str],
    options: Mapping[str, Any],
    option_names: Mapping[str, str],
    other_variables: Collection[str] = (),
) -> Settings:
    """Merge the layers and validate the whole.

    *options* is nested as the file is; None, an empty list or an empty text in it or in *environment*
    counts as not given. *option_names* maps a dotted key (`limits.deadline`) to its option
    (`--deadline`). Some keys of a tenant may stand at the top of *options* or in *environment*:
    `base_url` and `auth` hold for every tenant, where the API key is for a single one.
    *other_variables* are the `AUDITOR_...` names that are read elsewhere.

    Raises:
        SettingsError: everything that is wrong, each with its place and a hint.
    """
    document, problems = _read_document(file_text or "", file_name)
    is_readable = not problems
    if is_readable:
        problems += find_unknown_variables(environment, others={*other_variables, *_key_variables(document)})
    givens = [*_from_environment(environment), *_from_options(options, option_names)]
    problems += _ambiguous_keys(document, givens)
    origins = _overlay(document, givens)
    locator = locate(file_text or "") if is_readable else Locator({})

    def where(path: KeyPath) -> str:
        return _place(path, origins=origins, locator=locator, file_name=file_name)

    try:
        settings = Settings.model_validate(document)
    except ValidationError as error:
        found = [*problems_of(error, where), *_repeated_names(document, where)]
        raise SettingsError(*dict.fromkeys([*problems, *found])) from error
    if problems:
        raise SettingsError(*problems)
    return settings


def _read_document(text: str, name: str) -> tuple[Document, list[Problem]]:
    """What is wrong with the file is told with what is wrong elsewhere."""
    try:
        return read_toml(text, name=name), []
    except SettingsError as error:
        return {}, [*error.problems]


def _from_environment(environment: Mapping[str, str]) -> Iterator[_Given]:
    for name, path in variable_paths().items():
        if text := environment.get(name, "").strip():
            yield _given(path, text, name, is_option=False)


def _from_options(options: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[_Given]:
    for path, value in _leaves(options, ()):
        if value is not None and value not in ("", (), []):
            key = ".".join(path)
            yield _given(path, value, names.get(key, key), is_option=True)


def _leaves(tree: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value


def _given(path: tuple[str, ...], value: object, where: str, *, is_option: bool) -> _Given:
    model_path = ("tenants", *path) if path[0] in OF_TENANTS else path
    # A command is split as a shell splits words, not at its commas; its own validator does it.
    read = value if path[0] in KEY_SOURCES else from_text(value, model_path)
    return _Given(path, read, where, is_option)


def _overlay(document: Document, givens: list[_Given]) -> dict[KeyPath, str]:
    """Put *givens*, the weakest first, over *document*; where each value came from is the result."""
    if document.get("tenants", []) == []:
        document["tenants"] = [{"name": DEFAULT_TENANT, "api_key_env": DEFAULT_KEY_VARIABLE}]
    origins: dict[KeyPath, str] = {}
    for given in givens:
        for path in _targets(given.path, document):
            if _put(document, path, given.value):
                origins[path] = given.where
    return origins


def _targets(path: tuple[str, ...], document: Document) -> Iterator[KeyPath]:
    if path[0] not in OF_TENANTS:
        yield path
    elif isinstance(document["tenants"], list):
        for index in range(len(document["tenants"])):
            yield ("tenants", index, *path)


def _put(document: Document, path: KeyPath, value: object) -> bool:
    """Set the key at *path*; False where a table is wanted and the file has something else."""
    table: Any = document
    for key in path[:-1]:
        table = table.setdefault(key, {}) if isinstance(key, str) else table[key]
        if not isinstance(table, dict | list):
            return False
    if not isinstance(table, dict):
        return False
    if path[-1] in KEY_SOURCES:  # a stronger layer says where the key is: what a weaker one said is void
        for source in KEY_SOURCES:
            table.pop(source, None)
    table[path[-1]] = value
    return True


def _ambiguous_keys(document: Document, givens: list[_Given]) -> Iterator[Problem]:
    """A key given outside of the file belongs to one tenant, and comes from one place."""
    tenants = document.get("tenants")
    count = len(tenants) if isinstance(tenants, list) else 0
    sources = [given for given in givens if given.path[0] in KEY_SOURCES]
    for place, given in enumerate(sources):
        if count > 1:
            what = f"gives one API key, and the configuration has {count} tenants"
            yield Problem(given.where, what, "say in the file where each tenant's key is")
        elif any(given.is_option is earlier.is_option for earlier in sources[:place]):
            yield Problem(given.where, "gives the API key once more", "keep one")


def _key_variables(document: Document) -> set[str]:
    """The variables that the tenants name for their keys; these may begin with anything."""
    return {name for name in _of_each_tenant(document, "api_key_env") if isinstance(name, str)}


def _repeated_names(document: Document, where: Where) -> list[Problem]:
    """The model looks at names only once all else is right; here they are looked at in any case."""
    # A tenant without a name stands for itself alone.
    names = [name if isinstance(name, str) else object() for name in _of_each_tenant(document, "name")]
    return [problem_of(fault, ("tenants",), where) for fault in find_repeated_names(names)]


def _of_each_tenant(document: Document, key: str) -> list[object]:
    tenants = document.get("tenants")
    rows = tenants if isinstance(tenants, list) else []
    return [row.get(key) if isinstance(row, dict) else None for row in rows]


def _place(path: KeyPath, *, origins: Mapping[KeyPath, str], locator: Locator, file_name: str) -> str:
    for size in range(len(path), 0, -1):
        if path[:size] in origins:
            return origins[path[:size]]
    line = locator.line(path)
    return f"{file_name}:{line}: {dotted(path)}" if line else dotted(path)
