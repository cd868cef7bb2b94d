"""Options that several commands share. Every configuration key has one; None means "not given"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from auditor.cli import logs, output, progress

Command = TypeVar("Command", bound=Callable[..., Any])

MAX_LICENSES: Final = 1_000_000
"""A thousand pages of one organization: more takes a world longer to make than anybody waits."""

KEY_OF_OPTION: Final = {
    "windows_days": ("audit", "windows_days"),
    "as_of": ("audit", "as_of"),
    "plan": ("audit", "plan"),
    "reconcile": ("audit", "reconcile"),
    "seat_use": ("audit", "seat_use"),
    "inventory": ("audit", "inventory"),
    "detail": ("audit", "detail"),
    "shard": ("audit", "shard"),
    "shard_sizes": ("audit", "shard_sizes"),
    "engine": ("audit", "engine"),
    "organization_rate": ("limits", "organization_rate"),
    "organization_burst": ("limits", "organization_burst"),
    "address_rate": ("limits", "address_rate"),
    "source_address": ("limits", "source_address"),
    "share": ("limits", "share"),
    "shared_budget": ("limits", "shared_budget"),
    "max_in_flight": ("limits", "max_in_flight"),
    "request_timeout": ("limits", "request_timeout"),
    "attempts": ("limits", "attempts"),
    "max_licenses": ("limits", "max_licenses"),
    "max_organizations": ("limits", "max_organizations"),
    "retry_after_cap": ("limits", "retry_after_cap"),
    "deadline": ("limits", "deadline"),
    "output": ("output", "report"),
    "journal": ("output", "journal"),
    "render": ("output", "renderings"),
    "history": ("output", "history"),
    "history_keep_days": ("output", "history_keep_days"),
    "per_tenant": ("output", "per_tenant"),
    "redact": ("output", "redact"),
    "policy": ("policy", "file"),
    "baseline": ("policy", "baseline"),
    "fail_on": ("policy", "fail_on"),
    "base_url": ("base_url",),
    "auth": ("auth",),
    "api_key_env": ("api_key_env",),
    "api_key_file": ("api_key_file",),
    "api_key_command": ("api_key_command",),
}
"""The configuration key that each option sets, by the option's parameter name."""

OTHER_VARIABLES: Final = frozenset(
    {"AUDITOR_CONFIG", "AUDITOR_PROGRESS", "AUDITOR_LOG_LEVEL", "AUDITOR_LOG_FORMAT", "AUDITOR_REDACT_SALT"}
)
"""Environment variables that are no configuration keys."""


def option_name(parameter: str) -> str:
    """`--as-of` for `as_of`."""
    return "--" + parameter.replace("_", "-")


def _all(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


source_options = _all(
    click.option(
        "--config",
        metavar="FILE",
        envvar="AUDITOR_CONFIG",
        help="Configuration, TOML; without one, a single tenant with the key in MERAKI_DASHBOARD_API_KEY.",
    ),
    click.option("--base-url", metavar="URL", help="Dashboard API of the region. [default: api.meraki.com]"),
    click.option(
        "--auth",
        metavar="FORM",
        help="Header of the key: bearer or x-cisco-meraki-api-key. [default: bearer]",
    ),
    click.option("--api-key-env", metavar="NAME", help="Environment variable that holds the API key."),
    click.option("--api-key-file", metavar="FILE", help="File that holds the API key and nothing else."),
    click.option("--api-key-command", metavar="COMMAND", help="Program that prints the API key."),
)

selection_options = _all(
    click.option("--org", "orgs", metavar="ID", multiple=True, help="Only this organization; repeatable."),
    click.option(
        "--orgs-file",
        metavar="FILE",
        help="Only the organizations in this file: an id per line, CSV with a column `id`, JSON; - is stdin.",
    ),
    click.option(
        "--include",
        metavar="PATTERN",
        multiple=True,
        help="Only organizations whose name or id matches a glob, or tag:NAME; repeatable.",
    ),
    click.option("--exclude", metavar="PATTERN", multiple=True, help="Leave these out; repeatable."),
)

depth_options = _all(
    click.option(
        "--reconcile/--no-reconcile",
        default=None,
        help="Compare what is read in full with the vendor's overview; not with --plan counts. [default: no]",
    ),
    click.option(
        "--seat-use/--no-seat-use",
        default=None,
        help="Ask how many Systems Manager seats are in use: a request more where there are any."
        " [default: yes]",
    ),
    click.option(
        "--inventory/--no-inventory",
        default=None,
        help="Read the devices in use of co-termination organizations. [default: yes]",
    ),
)

question_options = _all(
    click.option("--as-of", metavar="TIME", help="Reference time, RFC 3339 with an offset. [default: now]"),
    click.option("--windows-days", metavar="DAYS", help="Look-ahead windows. [default: 30,60,90]"),
    click.option(
        "--plan",
        metavar="PLAN",
        help="full: read every license; counts: ask for the overview only; targeted: the overview (also of"
        " an organization of unknown size, which then may take a request more than its list), then the"
        " states in question or all, whichever is less. `auditor plan` predicts each. [default: full]",
    ),
    depth_options,
)

detail_option = click.option(
    "--detail/--no-detail",
    default=None,
    help="Name the licenses that ended, soon end or are unused: serials and order numbers, never keys."
    " [default: no]",
)

shard_options = _all(
    click.option(
        "--shard",
        metavar="I/N",
        help="Audit part I of N; N alone takes I from JOB_COMPLETION_INDEX. `auditor merge` joins the parts.",
    ),
    click.option(
        "--shard-sizes", metavar="REPORT", help="Earlier report by whose sizes the parts are made even."
    ),
)

engine_option = click.option(
    "--engine",
    metavar="WHERE",
    help="local, or dask://HOST:PORT: in parts on the workers of a Dask scheduler. [default: local]",
)

previous_option = click.option(
    "--previous",
    metavar="REPORT",
    help="Earlier report, for the sizes of organizations. [default: the one that the run would replace]",
)

limit_options = _all(
    click.option("--deadline", metavar="DURATION", help="End by then with what was read, e.g. 25m."),
    click.option(
        "--share", metavar="SHARE", help="Share of each organization's budget to use. [default: 0.9]"
    ),
    click.option("--address-rate", metavar="RATE", help="Requests/s from this address. [default: 100]"),
    click.option(
        "--source-address", metavar="ADDRESS", help="Address of this machine that requests leave from."
    ),
    click.option("--organization-rate", metavar="RATE", help="Requests/s to one organization. [default: 10]"),
    click.option(
        "--organization-burst", metavar="N", help="Requests to one organization at once. [default: 10]"
    ),
    click.option(
        "--shared-budget",
        metavar="WHERE",
        help="Share budgets with other runs: auto, off or a folder. [default: auto]",
    ),
    click.option("--max-in-flight", metavar="N", help="Requests awaiting an answer. [default: 512]"),
    click.option("--request-timeout", metavar="DURATION", help="Longest wait for one answer. [default: 60s]"),
    click.option("--attempts", metavar="N", help="Tries of one request, the first included. [default: 5]"),
    click.option(
        "--max-licenses",
        metavar="N",
        help="Licenses, devices or subscriptions of one organization at most. [default: 1000000]",
    ),
    click.option(
        "--max-organizations", metavar="N", help="Organizations of one tenant at most. [default: 300000]"
    ),
    click.option("--retry-after-cap", metavar="DURATION", help="Longest Retry-After to obey. [default: 60s]"),
)

output_option = click.option(
    "--output", "-o", metavar="FILE", help="Where to write the report; - is stdout. [default: -]"
)


def target_option(what: str) -> Callable[[Command], Command]:
    """`--output` of a command that makes something of reports; *what* it is, in words."""
    return click.option(
        "--output",
        "-o",
        "target",
        metavar="FILE",
        default=output.STDOUT,
        help=f"{what}; - is stdout. [default: -]",
    )


journal_options = _all(
    click.option(
        "--journal", metavar="FILE", help="Note there what is finished, for --resume. [default: none]"
    ),
    click.option(
        "--resume",
        is_flag=True,
        help="Go on where the run in the journal was cut off; where it was not, begin anew.",
    ),
)

policy_options = _all(
    click.option("--policy", metavar="FILE", help="Hold the report against a policy; see `auditor check`."),
    click.option("--baseline", metavar="REPORT", help="Earlier report: only what it does not have fails."),
    click.option(
        "--fail-on",
        metavar="SEVERITY",
        help="Least that fails: error, warning, info. [default: error]",
    ),
)

delivery_options = _all(
    click.option(
        "--render",
        metavar="FORMAT=FILE",
        multiple=True,
        help="Write the report in another format, too; see `auditor render`. Repeatable.",
    ),
    click.option(
        "--per-tenant", metavar="DIR", help="Write a report and a page of each tenant there. [default: none]"
    ),
    click.option(
        "--redact/--no-redact", default=None, help="Mask names, serials and order numbers. [default: no]"
    ),
    click.option("--history", metavar="FILE", help="Add the report to a history; see `auditor trend`."),
    click.option(
        "--history-keep-days", metavar="N", help="Forget older reports of the history. [default: never]"
    ),
)

voice_options = _all(
    click.option(
        "--progress",
        type=click.Choice(progress.MODES),
        default="auto",
        envvar="AUDITOR_PROGRESS",
        help="Progress on stderr: live on a terminal, a line every 10 s elsewhere. [default: auto]",
    ),
    click.option(
        "--log-level",
        type=click.Choice(logs.LEVELS),
        default="warning",
        envvar="AUDITOR_LOG_LEVEL",
        help="Least level logged on stderr. [default: warning]",
    ),
    click.option(
        "--log-format",
        type=click.Choice(logs.FORMATS),
        default="text",
        envvar="AUDITOR_LOG_FORMAT",
        help="Logs as text or as JSON lines. [default: text]",
    ),
)


def world_options(*, orgs: int) -> Callable[[Command], Command]:
    """What the simulated vendor is like; *orgs* is the default number of organizations."""
    return _all(
        click.option(
            "--orgs", default=orgs, show_default=True, type=click.IntRange(1), help="Organizations."
        ),
        click.option(
            "--licenses",
            default=700,
            show_default=True,
            type=click.IntRange(0, MAX_LICENSES),
            help="Mean licenses of one.",
        ),
        click.option(
            "--seed", default=1, show_default=True, help="The same seed gives the same organizations."
        ),
        click.option(
            "--as-of",
            metavar="TIME",
            help="Time that the license dates lie around, RFC 3339 with an offset. [default: now]",
        ),
        click.option(
            "--fault-rate",
            default=0.0,
            show_default=True,
            type=click.FloatRange(0, 1),
            help="Share of failing answers.",
        ),
    )
