"""The files that a run writes: each is one of its own, and none that the run reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from auditor.cli import output
from auditor.cli.own_files import are_one_file
from auditor.cli.per_tenant import OPTION as PER_TENANT
from auditor.cli.per_tenant import file_stem
from auditor.errors import Problem, SettingsError
from auditor.settings.model import Settings

_ANOTHER: Final = "give another file's path"
_ENDINGS: Final = (".json", ".html")  # of the files of a tenant


@dataclass(frozen=True, slots=True)
class Named:
    """A file that an option, or a key, names."""

    option: str
    path: str


def check_run(settings: Settings, *, inputs: Mapping[str, str | None]) -> None:
    """Refuse files of a run that would overwrite one another, or what it reads.

    *inputs* are files that it reads besides those that *settings* name, by option. A report may take the
    place of an older one that the run reads before: `--baseline`, `--previous` and `--shard-sizes`.

    Raises:
        SettingsError: naming each that would be lost.
    """
    wanted = settings.output
    report = Named("--output", wanted.report)
    written = [report, *_renderings(wanted.renderings)]
    written += _given({"--history": wanted.history, "--journal": wanted.journal})
    kept = _given({"--config": inputs.get("--config"), "--orgs-file": inputs.get("--orgs-file")})
    kept += _given({"--policy": settings.policy.file})
    for tenant in settings.tenants:
        whose = f"tenant {tenant.name!r}"
        kept += _given({f"{whose}: policy": tenant.policy, f"{whose}: api_key_file": tenant.api_key_file})
    older = _given({"--baseline": settings.policy.baseline, "--shard-sizes": settings.audit.shard_sizes})
    older += _given({"--previous": inputs.get("--previous")})
    problems = [*_lost(written, kept), *_lost(written[1:], older), *_twice(written)]
    if wanted.per_tenant is not None and not wanted.redact:  # masked names are nobody else's
        tenants = [tenant.name for tenant in settings.tenants]
        problems += _in_folder(wanted.per_tenant, tenants, [*written, *kept, *older])
    if problems:
        raise SettingsError(*problems)


def check_apart(written: Named, *read: Named) -> None:
    """Refuse to write a file that is one of those *read*.

    Raises:
        SettingsError: it is.
    """
    problems = [*_lost([written], read)]
    if problems:
        raise SettingsError(*problems)


def check_folder(folder: str, tenants: Sequence[str], *read: Named) -> None:
    """Refuse a folder in which the files of *tenants* would take the place of one that is *read*.

    Raises:
        SettingsError: they would.
    """
    problems = [*_in_folder(folder, tenants, read)]
    if problems:
        raise SettingsError(*problems)


def _renderings(renderings: Sequence[str]) -> list[Named]:
    parts = (one.partition("=") for one in renderings)
    return [Named(f"--render {form.strip()}", path.strip()) for form, _, path in parts]


def _given(files: Mapping[str, str | None]) -> list[Named]:
    return [Named(option, path) for option, path in files.items() if path is not None]


def _lost(written: Sequence[Named], kept: Sequence[Named]) -> Iterator[Problem]:
    for one in written:
        for other in kept:
            if _is_file(one) and are_one_file(Path(one.path), Path(other.path)):
                yield Problem(
                    one.option, f"would overwrite {other.path}, which {other.option} names", _ANOTHER
                )


def _twice(written: Sequence[Named]) -> Iterator[Problem]:
    for place, one in enumerate(written):
        for before in written[:place]:
            if _is_file(one) and are_one_file(Path(one.path), Path(before.path)):
                what = f"needs a file of its own: {before.option} has {before.path} as well"
                yield Problem(one.option, what, _ANOTHER)


def _in_folder(folder: str, tenants: Sequence[str], others: Sequence[Named]) -> Iterator[Problem]:
    stems = [file_stem(tenant) for tenant in tenants]
    files = [Path(folder) / f"{stem}{ending}" for stem in stems for ending in _ENDINGS]
    for other in others:
        if _is_file(other) and any(are_one_file(Path(other.path), path) for path in files):
            what = f"would overwrite {other.path}, which {other.option} names"
            yield Problem(PER_TENANT, what, "give another folder")


def _is_file(one: Named) -> bool:
    """Whether it is, or will be, a file that can be overwritten: no stream, no device, no address."""
    try:
        return one.path != output.STDOUT and not output.is_stream(Path(one.path))
    except (OSError, ValueError):  # it cannot be written at all, which is told elsewhere
        return False
