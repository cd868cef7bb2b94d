"""The formats by name, and the one way to call them. A format's module is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any, Final

from auditor.errors import AuditorError
from auditor.report.reading import Document


class MissingExtraError(AuditorError):
    """A format needs a package that is not installed; *extra* is what to install it by."""

    def __init__(self, package: str, *, extra: str) -> None:
        self.package, self.extra = package, extra
        super().__init__(f"the package {package} is not installed")


@dataclass(frozen=True, slots=True)
class Format:
    """How to call `render` of a module, and what a user should know of what comes out.

    *tells_findings*: it is about findings, and has little to say of a report without; *tells_licenses*: it is
    about single licenses, which only an audit with detail names. *points_at_file*: its `render` wants the
    path of the report; *shows_trend*: it can take points of a history. *extra* is the one of this project
    that it may need.
    """

    module: str
    summary: str
    is_binary: bool = False
    tells_findings: bool = False
    points_at_file: bool = False
    shows_trend: bool = False
    tells_licenses: bool = False
    extra: str | None = None

    def load(self) -> ModuleType:
        """The module that renders it.

        Raises:
            MissingExtraError: it needs a package that is not installed.
        """
        try:
            return import_module(f"auditor.render.{self.module}")
        except ModuleNotFoundError as error:
            package = error.name or ""
            if self.extra is None or package.partition(".")[0] == "auditor":
                raise
            raise MissingExtraError(package, extra=self.extra) from error


FORMATS: Final[Mapping[str, Format]] = {
    "html": Format("html", "one page for people, self-contained", shows_trend=True),
    "markdown": Format("markdown", "a summary for people"),
    "csv": Format("csv", "a row for each organization, with every figure"),
    "csv-types": Format("csv_types", "a row for each organization, license type and state"),
    "csv-licenses": Format(
        "csv_licenses", "a row for each license that asks for attention (--detail)", tells_licenses=True
    ),
    "xlsx": Format("xlsx", "a workbook (extra xlsx)", is_binary=True, extra="xlsx"),
    "junit": Format("junit", "test cases for CI", tells_findings=True),
    "sarif": Format("sarif", "results for code scanning", tells_findings=True, points_at_file=True),
    "github": Format("github", "annotations of GitHub Actions", tells_findings=True),
    "github-summary": Format("github_summary", "Markdown for GITHUB_STEP_SUMMARY", tells_findings=True),
    "gitlab": Format("gitlab", "code quality of GitLab", tells_findings=True, points_at_file=True),
    "openmetrics": Format("openmetrics", "metrics for node_exporter's textfile collector"),
    "openmetrics-fleet": Format("openmetrics_fleet", "the same without those of each organization"),
}


def rendered(
    report: Document, name: str, *, file: str, trend: Sequence[Mapping[str, Any]] | None = None
) -> bytes:
    """*report* in the format *name*; *file* is the path that formats which want one point at.

    *trend* are the points of a history, for formats that show how figures moved.

    Raises:
        MissingExtraError: the format needs a package that is not installed.
    """
    wanted = FORMATS[name]
    options: dict[str, Any] = {"file": file} if wanted.points_at_file else {}
    if wanted.shows_trend:
        options["trend"] = trend
    text: bytes = wanted.load().render(report, **options)
    return text
