"""What becomes of a report: held against a policy, masked, written, and rendered for others."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from auditor.cli import output
from auditor.cli.auditing import deliver
from auditor.cli.exit_codes import ExitCode
from auditor.cli.gate import Gate, open_gate
from auditor.cli.own_files import own_path
from auditor.cli.per_tenant import check_directory, delivery_lines, write_per_tenant
from auditor.cli.remembering import check_history, recall, remember
from auditor.cli.salting import salt_of
from auditor.cli.summary import printable
from auditor.cli.targets import check_run
from auditor.errors import Problem, SettingsError
from auditor.render.formats import FORMATS, MissingExtraError, rendered
from auditor.report.extent import has_entries
from auditor.report.reading import Document, read_report
from auditor.report.redaction import redact, redact_lines
from auditor.report.to_json import ReportText, to_piece
from auditor.settings.model import OutputSettings, Settings
from auditor.settings.texts import LOCAL_ENGINE

ENDED_BY_SIGNAL: Final = frozenset({ExitCode.INTERRUPTED, ExitCode.TERMINATED})


@dataclass(frozen=True, slots=True)
class Orders:
    """What a run is to do with its report, found to be possible before anything was fetched.

    With a *salt* all that is written or told of the report is masked, but for the history.
    """

    settings: Settings
    gate: Gate | None
    log_format: str
    salt: bytes | None
    is_narrowed: bool = False

    @property
    def _output(self) -> OutputSettings:
        return self.settings.output

    @property
    def _needs_document(self) -> bool:
        return bool(self.gate or self._output.renderings or self._output.per_tenant or self.salt)

    def carry_out(self, text: ReportText, code: ExitCode) -> ExitCode:
        """Judge, mask, write, render and remember the report; the exit code is that of the judgement."""
        if not has_entries(text.head) or not self._needs_document:
            self._deliver(text)
            return code
        document, verdict_lines = read_report(b"".join(text)), list[str]()
        own: Mapping[str, Mapping[str, Any]] = {}
        if self.gate is not None:
            judged = self.gate.judge(document)
            document, verdict_lines, own = judged.document, list(judged.lines), judged.own
            code = code if code in ENDED_BY_SIGNAL else judged.code
        shown = document if self.salt is None else redact(document, salt=self.salt)
        if self.salt is not None:
            verdict_lines = [*redact_lines(verdict_lines, document, salt=self.salt)]
        self._deliver(_text_of(shown), history=text)
        self._render(shown)
        self._split(document, own)
        if self.log_format != "json":
            for line in verdict_lines:
                print(printable(line), file=sys.stderr)
        return code

    def _deliver(self, text: ReportText, *, history: ReportText | None = None) -> None:
        target, is_narrowed = self._output.report, self.is_narrowed
        deliver(text, target=target, log_format=self.log_format, is_narrowed=is_narrowed)
        remember(history or text, path=self._output.history, keep_days=self._output.history_keep_days)

    def _render(self, document: Document) -> None:
        report = self._output.report
        is_nameless = report == output.STDOUT or self.salt is not None  # files may be named after customers
        file = Path("report.json" if is_nameless else report).name
        shows_trend = any(
            FORMATS[form].shows_trend for form, _ in map(form_and_path, self._output.renderings)
        )
        trend = recall(self._output.history, document) if shows_trend else None
        for form, path in map(form_and_path, self._output.renderings):
            with output.told_as(f"--render {form}"):
                output.write(rendered(document, form, file=file, trend=trend), path)

    def _split(self, document: Document, verdicts: Mapping[str, Mapping[str, Any]]) -> None:
        if self._output.per_tenant is None:
            return
        delivery = write_per_tenant(
            document,
            self._output.per_tenant,
            salt=self.salt,
            verdicts=verdicts,
            trend_of=lambda tenant: recall(self._output.history, document, tenant=tenant),
        )
        if self.log_format != "json":
            is_terminal = sys.stderr.isatty()
            for line in delivery_lines(delivery, is_masked=self.salt is not None, is_terminal=is_terminal):
                print(line, file=sys.stderr)


def take_orders(
    settings: Settings,
    *,
    log_format: str,
    inputs: Mapping[str, str | None] = MappingProxyType({}),
    is_narrowed: bool = False,
) -> Orders:
    """Everything that *settings* want done with the report, checked before anything is fetched.

    *inputs* are files that the run reads besides those that *settings* name, by option. *is_narrowed*: this
    run is about some of what they select.

    Raises:
        SettingsError: some of it cannot be done: a policy with a mistake, a file that cannot be written, or
            that another one would overwrite, a format that there is not or that needs a package which is not
            installed.
    """
    wanted = settings.output
    check_outputs(settings, inputs=inputs)
    check_history(wanted.history, others=(wanted.report, wanted.journal))
    is_of_part = settings.audit.shard is not None
    salt = salt_of(os.environ, is_of_part=is_of_part) if wanted.redact else None
    return Orders(settings, open_gate(settings), log_format, salt, is_narrowed)


def check_outputs(settings: Settings, *, inputs: Mapping[str, str | None]) -> None:
    """Refuse what cannot be written later, without writing anything: the history is made when it is opened.

    Raises:
        SettingsError: as `take_orders` has it, but for policies and what is in the history.
    """
    wanted = settings.output
    output.check_writable(wanted.report)
    _check_renderings(wanted.renderings, has_detail=settings.audit.detail)
    if wanted.per_tenant is not None:
        check_directory(wanted.per_tenant)
    is_local = settings.audit.engine == LOCAL_ENGINE  # any other keeps a folder in place of the journal
    for option, path in (("--history", wanted.history), ("--journal", wanted.journal if is_local else None)):
        if path is not None:
            own_path(path, option=option, others=())
            with output.told_as(option):
                output.check_writable(path)
    check_run(settings, inputs=inputs)


def form_and_path(rendering: str) -> tuple[str, str]:
    """The two sides of `FORMAT=PATH`."""
    form, _, path = rendering.partition("=")
    return form.strip(), path.strip()


def _check_renderings(renderings: Sequence[str], *, has_detail: bool) -> None:
    for form, path in map(form_and_path, renderings):
        if form not in FORMATS:
            hint = f"one of {', '.join(FORMATS)}"
            raise SettingsError(Problem("--render", f"there is no format {form}", hint))
        if FORMATS[form].tells_licenses and not has_detail:
            raise SettingsError(Problem("--render", f"{form} is about single licenses", "give --detail"))
        if path == output.STDOUT:
            raise SettingsError(Problem("--render", f"{form}: stdout has the report", "give a file's path"))
        with output.told_as(f"--render {form}"):
            output.check_writable(path)
        try:
            FORMATS[form].load()
        except MissingExtraError as error:
            install = f"install it with: pip install 'auditor[{error.extra}]'"
            raise SettingsError(Problem(f"--render {form}", str(error), install)) from error


def _text_of(document: Document) -> ReportText:
    return ReportText({**document, "organizations": []}, [to_piece(one) for one in document["organizations"]])
