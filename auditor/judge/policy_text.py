"""From the text of a policy file to `Policy`, or to every mistake in it with file, line, key and a hint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Final

from pydantic import BaseModel, ValidationError

from auditor.errors import Problem, SettingsError
from auditor.judge.policy import CompletenessDemand, Policy, Rule
from auditor.judge.waiver import Waiver
from auditor.settings.complaints import Where, dotted, problems_of
from auditor.settings.locate import KeyPath, locate
from auditor.settings.toml_text import read_toml

_MODELS: Final[dict[str, type[BaseModel]]] = {
    "completeness": CompletenessDemand,
    "rules": Rule,
    "waivers": Waiver,
}


def read_policy(text: str, *, name: str) -> Policy:
    """The policy in *text*, the content of the file *name*.

    Raises:
        SettingsError: everything that is wrong with it; nothing of it is used then.
    """
    document = read_toml(text, name=name)
    locator = locate(text)

    def where(path: KeyPath) -> str:
        line = locator.line(path)
        place = f"{name}:{line}" if line else name
        return f"{place}: {dotted(path)}" if path else place

    try:
        return Policy.model_validate(document)
    except ValidationError as error:
        raise SettingsError(*dict.fromkeys(_problems(error, where))) from None


def _problems(error: ValidationError, where: Where) -> Iterator[Problem]:
    """As the settings tell theirs, with the names and examples of this model."""
    for details, problem in zip(
        error.errors(include_url=False, include_input=False), problems_of(error, where), strict=True
    ):
        path = _written(details["loc"])
        match details["type"]:
            case "extra_forbidden":
                hint = _nearest(str(path[-1]), _keys_at(path[:-1]))
                yield Problem(where(path), "no such key", hint)
            case "missing":
                yield Problem(where(path), "is missing", _example(path))
            case _ if len(path) < len(details["loc"]):
                yield Problem(where(path), "must be text, a whole number, true or false", _example(path))
            case _:
                yield problem


def _written(path: KeyPath) -> KeyPath:
    """*path* without what pydantic adds for the parts of a union."""
    if len(path) > 3 and path[:1] == ("rules",) and path[2] == "equals":  # noqa: PLR2004 - rules, index, key
        return path[:3]
    return path


def _model_at(path: Sequence[str | int]) -> type[BaseModel] | None:
    keys = [key for key in path if isinstance(key, str)]
    if not keys:
        return Policy
    return _MODELS.get(keys[0]) if len(keys) == 1 else None


def _keys_at(path: Sequence[str | int]) -> list[str]:
    model = _model_at(path)
    return list(model.model_fields) if model else []


def _nearest(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"


def _example(path: KeyPath) -> str:
    model, key = _model_at(path[:-1]), str(path[-1])
    field = model.model_fields.get(key) if model else None
    if field is None or not field.examples:
        return ""
    example = field.examples[0]
    is_date = key == "expires"
    return f"for example {key} = {example if is_date else repr(example).replace(chr(39), chr(34))}"
