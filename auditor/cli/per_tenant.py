"""A folder with a report and a page for each tenant: what is sent to a customer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from auditor.cli import output
from auditor.cli.summary import printable
from auditor.errors import Problem, SettingsError
from auditor.history.history import Point
from auditor.judge.verdict_json import with_verdict
from auditor.render.formats import FORMATS, MissingExtraError, rendered
from auditor.report.reading import Document, UnreadableReportError, read_report
from auditor.report.redaction import Masks, redact
from auditor.report.split import split
from auditor.report.to_json import to_json

OPTION: Final = "--per-tenant"

_REPORT: Final = ".json"
_PAGE: Final = ".html"
_PRIVATE: Final = 0o700
_LONGEST: Final = 64  # characters; file systems take 255 bytes

_PLAIN: Final = re.compile(rf"[a-z0-9][a-z0-9_.-]{{0,{_LONGEST - 1}}}")
_SUFFIXED: Final = re.compile(r".*-[0-9a-f]{10}")
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
"""Names that are devices elsewhere."""


@dataclass(frozen=True, slots=True)
class Written:
    """The files of one *tenant*, who is named so in no masked file. *page* is None where none was wanted."""

    tenant: str
    report: Path
    page: Path | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was written into *directory*; *strays* are reports and pages in it that were not."""

    directory: Path
    written: tuple[Written, ...]
    strays: tuple[Path, ...]


def check_directory(directory: str) -> None:
    """Fail before anything is fetched when *directory* cannot be made or used later.

    Raises:
        SettingsError: it is no folder, or not writable, or it is missing and so is the one above.
    """
    path = Path(directory)
    try:
        place = path if path.exists() else path.resolve().parent
        if not place.is_dir():
            hint = "" if place == path else f"make it first: mkdir -p {place}"
            raise SettingsError(Problem(OPTION, f"{place} is no folder", hint))
    except (OSError, ValueError) as error:
        raise SettingsError(Problem(OPTION, f"{directory} cannot be used: {_reason(error)}")) from error
    with output.told_as(OPTION):
        output.check_writable(str(place / f"report{_REPORT}"))


def write_per_tenant(
    report: Document,
    directory: str,
    *,
    with_html: bool = True,
    salt: bytes | None = None,
    verdicts: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    trend_of: Callable[[str], Sequence[Point] | None] = lambda _: None,
    attempt: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Delivery:
    """Write the report of each tenant of *report*, and its page unless *with_html* is false, to *directory*.

    The folder is made where it is missing, for nobody else to read. Each file is replaced as a whole. With a
    *salt* everything is masked, names of files included. Files of tenants that are not in *report* any more
    are left alone. *verdicts* has the block `verdict` of tenants that have a policy of their own, *trend_of*
    tells how the figures of a tenant moved, for its page. What fails for one tenant is raised, and costs
    the others their files, unless *attempt* contains it.

    Raises:
        SettingsError: it cannot be written, or *report* is too old to be split, or a page is wanted and what
            renders it is not installed.
        ValueError: *salt* is too short.
    """
    folder, written = Path(directory), list[Written]()
    if with_html:
        _check_page()
    for tenant, found in _parts(report):
        with attempt():
            part = with_verdict(found, verdicts[tenant]) if tenant in verdicts else found
            name = tenant if salt is None else Masks(salt).of(tenant, "tenant")
            text = to_json(part if salt is None else redact(part, salt=salt))
            _make(folder)
            files = Written(tenant, folder / f"{file_stem(name)}{_REPORT}", None)
            with output.told_as(OPTION):
                output.write(text, str(files.report))
            written.append(files)
            if with_html:
                page = rendered(read_report(text), "html", file="", trend=trend_of(tenant))
                written[-1] = _with_page(files, page)
    return Delivery(folder, tuple(written), _strays(folder, written))


def _with_page(files: Written, page: bytes) -> Written:
    path = files.report.with_suffix(_PAGE)
    with output.told_as(OPTION):
        output.write(page, str(path))
    return replace(files, page=path)


def delivery_lines(delivery: Delivery, *, is_masked: bool, is_terminal: bool) -> Iterator[str]:
    """What a person is told: how many, where; of masked files also whose each is; and what is left over.

    Names that files mask, and those of older files, are told to a person at a terminal only: logs of a
    pipeline are read by others.
    """
    yield f"  per tenant: {len(delivery.written):,} in {printable(str(delivery.directory))}"
    if is_masked and is_terminal:
        for one in delivery.written:
            yield f"    {one.report.stem}: {printable(one.tenant)}"
    if delivery.strays and is_masked and not is_terminal:
        yield f"  not written by this run, and left there: {len(delivery.strays):,}"
    elif delivery.strays:
        names = ", ".join(printable(path.name) for path in delivery.strays[:3])
        more = f" and {len(delivery.strays) - 3:,} more" if len(delivery.strays) > 3 else ""  # noqa: PLR2004 - shown
        yield f"  not written by this run, and left there: {names}{more}"


def file_stem(tenant: str) -> str:
    """A file's name for *tenant*, without an ending: safe on every file system, and no other tenant's.

    A plain name in lower case stands for itself. Any other is spelled as far as it can be, and told from
    others by ten digits of its hash; so it does not depend on which other tenants there are.
    """
    is_safe = _PLAIN.fullmatch(tenant) and not (_SUFFIXED.fullmatch(tenant) or _RESERVED.fullmatch(tenant))
    if is_safe:
        return tenant
    spelled = re.sub(r"[^a-z0-9_]+", "-", tenant.casefold()).strip("-")[: _LONGEST - 11] or "tenant"
    return f"{spelled}-{sha256(tenant.encode(errors='surrogatepass')).hexdigest()[:10]}"


def _parts(report: Document) -> Iterator[tuple[str, Document]]:
    try:
        yield from split(report)
    except UnreadableReportError as error:
        raise SettingsError(Problem(OPTION, str(error), "audit anew")) from error


def _check_page() -> None:
    """Fail before anything is written where no page can be rendered."""
    try:
        FORMATS["html"].load()
    except MissingExtraError as error:
        install = f"install it with: pip install 'auditor[{error.extra}]'"
        raise SettingsError(Problem(OPTION, str(error), install)) from error


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=_PRIVATE, exist_ok=True)
    except OSError as error:
        raise SettingsError(Problem(OPTION, f"{folder} cannot be made: {_reason(error)}")) from error


def _strays(folder: Path, written: list[Written]) -> tuple[Path, ...]:
    if not folder.is_dir():
        return ()
    own = {path for one in written for path in (one.report, one.page)}
    return tuple(sorted(p for p in folder.iterdir() if p.suffix in {_REPORT, _PAGE} and p not in own))


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
