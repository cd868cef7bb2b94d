"""What the settings' models say about a key: its kind, its neighbours, an example."""

from __future__ import annotations

import json
from collections.abc import Sequence
from types import UnionType
from typing import Annotated, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from auditor.settings.model import Settings

_UNIONS = {Union, UnionType}
_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def model_at(path: Sequence[str | int]) -> type[BaseModel] | None:
    """The model of the table at *path* below `Settings`; indexes are passed over."""
    model: type[BaseModel] | None = Settings
    for key in path:
        if isinstance(key, str):
            model = (
                _model_in(model.model_fields[key].annotation) if model and key in model.model_fields else None
            )
    return model


def field_at(path: Sequence[str | int]) -> FieldInfo | None:
    """The field that the last key of *path* names; None for an unknown one."""
    keys = [key for key in path if isinstance(key, str)]
    model = model_at(keys[:-1])
    return model.model_fields.get(keys[-1]) if model and keys else None


def keys_at(path: Sequence[str | int]) -> list[str]:
    """The keys that the table at *path* may hold."""
    model = model_at(path)
    return list(model.model_fields) if model else []


def example_of(path: Sequence[str | int]) -> str:
    """An example, or else the default, of the key at *path*, as TOML writes it; empty without either."""
    field = field_at(path)
    if field is None or (field.is_required() and not field.examples) or _model_in(field.annotation):
        return ""
    value = field.examples[0] if field.examples else field.default
    return f"{path[-1]} = {json.dumps(value)}" if value and isinstance(path[-1], str) else ""


def from_text(value: object, path: Sequence[str]) -> object:
    """Read *value*, as an environment variable or an option gives it, for the key at *path*.

    Text becomes a list at its commas, a number or a truth value, where the key asks for one. What cannot
    be read so is left as it is: the model judges it.
    """
    field = field_at(path)
    return _convert(value, field.annotation) if field else value


def _convert(value: object, annotation: object) -> object:
    kind = _plain(annotation)
    if get_origin(kind) is tuple:
        items = value.split(",") if isinstance(value, str) else value
        return (
            [_convert(item, get_args(kind)[0]) for item in items]
            if isinstance(items, list | tuple)
            else value
        )
    if isinstance(value, str) and kind in {int, float}:
        return _to_number(value, int if kind is int else float)
    if isinstance(value, str) and kind is bool:
        return _TRUTHS.get(value.strip().casefold(), value)
    return value.strip() if isinstance(value, str) else value


def _to_number(text: str, kind: type[int | float]) -> object:
    try:
        return kind(text)
    except ValueError:
        return text


def _plain(annotation: object) -> object:
    """*annotation* without `Annotated` and without "or None"."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in _UNIONS:
        return _plain(next(part for part in get_args(annotation) if _plain(part) is not type(None)))
    return annotation


def _model_in(annotation: object) -> type[BaseModel] | None:
    kind = _plain(annotation)
    if get_origin(kind) is tuple:
        kind = _plain(get_args(kind)[0])
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None
