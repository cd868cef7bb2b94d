"""What becomes of a report: held against a policy, masked, written, and rendered for others."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from auditor.cli import output
from auditor.cli.auditing import deliver
from auditor.cli.exit_codes import ExitCode
from auditor.cli.gate import Gate, open_gate
from auditor.cli.per_tenant import check_directory, delivery_lines, write_per_tenant
from auditor.cli.remembering import check_history, recall, remember
from auditor.cli.salting import salt_of
from auditor.cli.summary import printable
from auditor.errors import Problem, SettingsError
from auditor.render.formats import FORMATS, MissingExtraError, rendered
from auditor.report.reading import Document, read_report
from auditor.report.redaction import redact
from auditor.report.to_json import ReportText, to_piece
from auditor.settings.model import OutputSettings, Settings

ENDED_BY_SIGNAL: Final = frozenset({ExitCode.INTERRUPTED, ExitCode.TERMINATED})


@dataclass(frozen=True, slots=True)
class Orders:
    """What a run is to do with its report, found to be possible before anything was fetched.

    With a *salt* all that is written is masked.
    """

    settings: Settings
    gate: Gate | None
    log_format: str
    salt: bytes | None

    @property
    def _output(self) -> OutputSettings:
        return self.settings.output

    @property
    def _needs_document(self) -> bool:
        return bool(self.gate or self._output.renderings or self._output.per_tenant or self.salt)

    def carry_out(self, text: ReportText, code: ExitCode) -> ExitCode:
        """Judge, mask, write, render and remember the report; the exit code is that of the judgement."""
        if not text.head["completeness"]["organizations"]["selected"] or not self._needs_document:
            self._deliver(text)
            return code
        document, verdict_lines = read_report(b"".join(text)), list[str]()
        if self.gate is not None:
            judged = self.gate.judge(document)
            document, verdict_lines = judged.document, list(judged.lines)
            code = code if code in ENDED_BY_SIGNAL else judged.code
        shown = document if self.salt is None else redact(document, salt=self.salt)
        self._deliver(_text_of(shown), history=text)
        self._render(shown)
        self._split(document)
        if self.log_format != "json":
            for line in verdict_lines:
                print(printable(line), file=sys.stderr)
        return code

    def _deliver(self, text: ReportText, *, history: ReportText | None = None) -> None:
        deliver(text, target=self._output.report, log_format=self.log_format)
        remember(history or text, path=self._output.history, keep_days=self._output.history_keep_days)

    def _render(self, document: Document) -> None:
        report = self._output.report
        file = Path("report.json" if report == output.STDOUT else report).name
        shows_trend = any(
            FORMATS[form].shows_trend for form, _ in map(form_and_path, self._output.renderings)
        )
        trend = recall(self._output.history, document) if shows_trend else None
        for form, path in map(form_and_path, self._output.renderings):
            output.write(rendered(document, form, file=file, trend=trend), path)

    def _split(self, document: Document) -> None:
        if self._output.per_tenant is None:
            return
        delivery = write_per_tenant(
            document,
            self._output.per_tenant,
            salt=self.salt,
            trend_of=lambda tenant: recall(self._output.history, document, tenant=tenant),
        )
        if self.log_format != "json":
            for line in delivery_lines(delivery, is_masked=self.salt is not None):
                print(line, file=sys.stderr)


def take_orders(settings: Settings, *, log_format: str) -> Orders:
    """Everything that *settings* want done with the report, checked before anything is fetched.

    Raises:
        SettingsError: some of it cannot be done: a policy with a mistake, a file that cannot be written, a
            format that there is not or that needs a package which is not installed.
    """
    wanted = settings.output
    output.check_writable(wanted.report)
    _check_renderings(wanted.renderings)
    if wanted.per_tenant is not None:
        check_directory(wanted.per_tenant)
    check_history(wanted.history, others=(wanted.report, wanted.journal))
    salt = salt_of(os.environ) if wanted.redact else None
    return Orders(settings, open_gate(settings), log_format, salt)


def form_and_path(rendering: str) -> tuple[str, str]:
    """The two sides of `FORMAT=PATH`."""
    form, _, path = rendering.partition("=")
    return form.strip(), path.strip()


def _check_renderings(renderings: Sequence[str]) -> None:
    for form, path in map(form_and_path, renderings):
        if form not in FORMATS:
            hint = f"one of {', '.join(FORMATS)}"
            raise SettingsError(Problem("--render", f"there is no format {form}", hint))
        if path == output.STDOUT:
            raise SettingsError(Problem("--render", f"{form}: stdout has the report", "give a file's path"))
        output.check_writable(path)
        try:
            FORMATS[form].load()
        except MissingExtraError as error:
            install = f"install it with: pip install 'auditor[{error.extra}]'"
            raise SettingsError(Problem(f"--render {form}", str(error), install)) from error


def _text_of(document: Document) -> ReportText:
    return ReportText({**document, "organizations": []}, [to_piece(one) for one in document["organizations"]])
