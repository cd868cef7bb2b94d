"""The example in config/ is what it says: complete, valid, and the defaults."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import pytest
from pydantic import BaseModel

from auditor.settings.fields import keys_at
from auditor.settings.layers import build_settings
from auditor.settings.model import KEY_SOURCES, Settings
from auditor.settings.schema import config_schema

EXAMPLE = Path(__file__).parents[2] / "config" / "auditor.toml"
TEXT = EXAMPLE.read_text(encoding="utf-8")
OPTIONAL = re.compile(r"^# (?P<key>[a-z_]+) = .+$", re.MULTILINE)


def settings_of(text: str) -> Settings:
    """The settings of *text* and nothing else."""
    return build_settings(file_text=text, file_name=EXAMPLE.name, environment={}, options={}, option_names={})


def tables(path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every table of the model."""
    yield path
    for key in keys_at(path):
        if keys_at((*path, key)):
            yield from tables((*path, key))


def test_the_example_is_the_default() -> None:
    """Whoever copies it changes nothing, so every value shown is the default of its key."""
    assert settings_of(TEXT) == Settings()


@pytest.mark.parametrize("table", [*tables()][1:], ids=".".join)
def test_every_key_is_in_the_example(table: tuple[str, ...]) -> None:
    """Set or, where absence is the default, as a comment; keys are looked for in their own table."""
    header = re.escape(".".join(table))
    section = re.search(rf"^\[\[?{header}\]\]?$(.*?)(?=^\[|\Z)", TEXT, re.MULTILINE | re.DOTALL)
    names = [key for key in keys_at(table) if not keys_at((*table, key))]

    assert section
    assert names
    for name in names:
        assert re.search(rf"^(# )?{name} = ", section[1], re.MULTILINE), name


@pytest.mark.parametrize("line", [found[0] for found in OPTIONAL.finditer(TEXT)])
def test_every_commented_key_works_when_it_is_uncommented(line: str) -> None:
    """An example that is no default is valid all the same."""
    key = line.removeprefix("# ").split(" = ")[0]
    text = TEXT.replace(line, line.removeprefix("# "))
    if key in KEY_SOURCES:
        text = text.replace("\napi_key_env = ", "\n# api_key_env = ")

    settings = settings_of(text)

    assert settings != Settings()
    parts: list[BaseModel] = [
        settings.audit,
        settings.limits,
        settings.output,
        settings.policy,
        *settings.tenants,
    ]
    assert any(getattr(part, key, None) is not None for part in parts)


def test_the_optional_keys_are_shown() -> None:
    """The test above tests something."""
    assert {found["key"] for found in OPTIONAL.finditer(TEXT)} == {
        "as_of",
        "shard",
        "shard_sizes",
        "source_address",
        "deadline",
        "journal",
        "renderings",
        "history",
        "history_keep_days",
        "per_tenant",
        "file",
        "baseline",
        "api_key_file",
        "api_key_command",
        "policy",
    }


def test_the_example_satisfies_the_published_schema() -> None:
    """Editors that know the schema find nothing wrong."""
    assert jsonschema_rs.validator_for(config_schema()).is_valid(tomllib.loads(TEXT))
