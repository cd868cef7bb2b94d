"""The entry point: finds the command, runs it, turns what it says into an exit code.

Commands are imported when they are called, so that `--version` and `--help` answer at once.
"""

from __future__ import annotations

import io
import sys
from importlib import import_module
from itertools import chain
from typing import Final, NoReturn

import click

from auditor import __version__
from auditor.cli import known_keys
from auditor.cli.complaints import name_problems, report_defect, say
from auditor.cli.exit_codes import ExitCode
from auditor.cli.open_files import problem_of
from auditor.cli.streams import secure
from auditor.errors import Problem, SettingsError

COMMANDS: Final = {
    "run": "Audit the licenses of every organization; write one JSON report.",
    "demo": "Run the same audit against a simulated vendor: no key, no network.",
    "simulate": "Serve the simulated Dashboard API on loopback until stopped.",
    "plan": "Predict requests and duration of each plan, without reading a license.",
    "check": "Hold a report against a policy; the exit code is for a gate.",
    "diff": "Compare two reports: what changed.",
    "merge": "Join the reports of the parts of one audit into one.",
    "trend": "Show how the figures of earlier reports moved.",
    "render": "Write a report in another format: HTML, XLSX, JUnit, SARIF, metrics and more.",
    "orgs": "List the organizations that the keys can see.",
    "schema": "Print the JSON Schema of the report, the configuration or a policy.",
    "config": "Look after the configuration.",
}

EPILOG: Final = """\b
Exit codes:
  0    the audit is complete, and no rule is broken
  1    a policy rule is broken for certain
  2    options, configuration or credentials: nothing was fetched
  3    the audit is incomplete: an organization failed or is partial, or the deadline came;
       or a rule cannot be decided
  4    nothing could be audited
  130  stopped by SIGINT (the report tells what was read); 143 by SIGTERM
"""


class _LazyGroup(click.Group):
    """Knows its commands by name and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"auditor.cli.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.exceptions.NoSuchCommand(args[0], possibilities=COMMANDS, ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_LazyGroup,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="auditor", message="%(prog)s %(version)s")
def cli() -> None:
    """Audit Cisco Meraki licenses over many organizations.

    Finds what is expiring and what is unused, within the vendor's call budgets, and says how complete
    the answer is. Start with `auditor demo`; then set MERAKI_DASHBOARD_API_KEY and `auditor run`.
    """


def main(argv: list[str] | None = None) -> NoReturn:
    """Run the command line in *argv* (without the program's name) and exit with its code."""
    secure()
    sys.exit(exit_code_of(argv))


def exit_code_of(argv: list[str] | None = None) -> int:
    """Run the command line and return its exit code. Whatever goes wrong is told on stderr."""
    known_keys.forget()
    try:
        code = cli.main(args=argv, prog_name="auditor", standalone_mode=False)
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(file=shown)
        say(shown.getvalue().rstrip("\n"))
        return ExitCode.USAGE
    except SystemExit as error:  # click ends so when the reader of stdout has gone
        return ExitCode.USAGE if error.code == 1 else int(error.code or 0)
    except (click.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last line of defence
        problems = _problems_in(error)
        name_problems(problems)
        return ExitCode.USAGE if problems else report_defect(error)
    return code if isinstance(code, int) else ExitCode.COMPLETE


def _problems_in(error: Exception) -> tuple[Problem, ...]:
    """What *error* tells the user to mend; nothing where it is, or holds, a defect.

    The tasks of a run fail in groups: a full disk strikes each of them.
    """
    if isinstance(error, SettingsError):
        return error.problems
    if (problem := problem_of(error)) is not None:
        return (problem,)
    if not isinstance(error, ExceptionGroup):
        return ()
    parts = [_problems_in(one) for one in error.exceptions]
    return tuple(dict.fromkeys(chain(*parts))) if all(parts) else ()
