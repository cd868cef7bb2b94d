"""What becomes of a report: held against a policy, masked, written, and rendered for others."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from auditor.cli import output
from auditor.cli.attempts import Attempts
from auditor.cli.auditing import deliver
from auditor.cli.exit_codes import ExitCode
from auditor.cli.gate import Gate, open_gate
from auditor.cli.own_files import own_path
from auditor.cli.per_tenant import check_directory, delivery_lines, write_per_tenant
from auditor.cli.remembering import Past, check_history, remember
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
class Delivered:
    """What became of a report: the exit code, and whether it *is_lost*: not where it was wanted."""

    code: ExitCode
    is_lost: bool


@dataclass(slots=True)
class Made:
    """What is made of the report of a run, step by step; a step that fails leaves what was there before.

    *text* is as the run wrote it. *document* is the same to be judged, masked and rendered, *lines* the
    verdict in words, and *own* that of each tenant with a policy of its own.
    """

    text: ReportText
    document: Document | None = None
    lines: Sequence[str] = ()
    own: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    is_masked: bool = False

    @property
    def shown(self) -> ReportText:
        """What is to be written."""
        return self.text if self.document is None else _text_of(self.document)

    def read(self) -> None:
        """Have the document."""
        self.document = read_report(b"".join(self.text))

    def judge(self, gate: Gate) -> ExitCode | None:
        """Hold the document, where there is one, against the policies of *gate*; the code that follows."""
        if self.document is None:
            return None
        judged = gate.judge(self.document)
        self.lines = [*judged.lines]
        self.document, self.own = judged.document, judged.own
        return judged.code

    def mask(self, salt: bytes) -> None:
        """Mask the document, where there is one, and the verdict."""
        if self.document is None:
            return
        lines = [*redact_lines(self.lines, self.document, salt=salt)]
        self.document, self.lines = redact(self.document, salt=salt), lines
        self.is_masked = True


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

    def carry_out(self, text: ReportText, code: ExitCode) -> Delivered:
        """Judge, mask, write, render, split and remember the report; the exit code is that of the judgement.

        What fails is said, and costs nothing of the rest. It shows in the exit code where all else is well.
        """
        if not has_entries(text.head):
            self._write(text)
            return Delivered(code, is_lost=False)
        attempts, made = Attempts(), Made(text)
        if self._needs_document:
            with attempts.attempt():
                made.read()
        if self.gate is not None:
            code = self._judge(made, self.gate, code, attempts)
        if self.salt is not None:
            with attempts.attempt():
                made.mask(self.salt)
        is_written = self._hand_out(made, attempts)
        with attempts.attempt():
            if not remember(text, path=self._output.history, keep_days=self._output.history_keep_days):
                attempts.fail()
        return Delivered(attempts.concluded(code), is_lost=not is_written)

    @staticmethod
    def _judge(made: Made, gate: Gate, code: ExitCode, attempts: Attempts) -> ExitCode:
        """The code by the judgement. Where there is none, no audit passes, however well it went."""
        judged = None
        with attempts.attempt():
            judged = made.judge(gate)
        if code in ENDED_BY_SIGNAL:
            return code
        return attempts.code if judged is None else judged

    def _hand_out(self, made: Made, attempts: Attempts) -> bool:
        """Write all but the history; whether the report is where it was wanted.

        What should be masked and could not be is not written at all.
        """
        is_written = False
        if self.salt is None or made.is_masked:
            with attempts.attempt():
                self._write(made.shown)
                is_written = True
            document = made.document
            if document is not None:
                past = Past(self._output.history, made.text, keep_days=self._output.history_keep_days)
                with closing(past):
                    self._render(document, past, attempts)
                    with attempts.attempt():
                        self._split(document, made.own, past, attempts)
        if self.log_format != "json":
            for line in made.lines:
                print(printable(line), file=sys.stderr)
        return is_written

    def _write(self, text: ReportText) -> None:
        target, is_narrowed = self._output.report, self.is_narrowed
        deliver(text, target=target, log_format=self.log_format, is_narrowed=is_narrowed)

    def _render(self, document: Document, past: Past, attempts: Attempts) -> None:
        report = self._output.report
        is_nameless = report == output.STDOUT or self.salt is not None  # files may be named after customers
        file = Path("report.json" if is_nameless else report).name
        for form, path in map(form_and_path, self._output.renderings):
            with attempts.attempt(), output.told_as(f"--render {form}"):
                trend = past.points(document) if FORMATS[form].shows_trend else None
                output.write(rendered(document, form, file=file, trend=trend), path)

    def _split(
        self,
        document: Document,
        verdicts: Mapping[str, Mapping[str, Any]],
        past: Past,
        attempts: Attempts,
    ) -> None:
        if self._output.per_tenant is None:
            return
        delivery = write_per_tenant(
            document,
            self._output.per_tenant,
            salt=self.salt,
            verdicts=verdicts,
            trend_of=lambda tenant: past.points(document, tenant=tenant),
            attempt=attempts.attempt,
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
