"""`auditor config check`: is the configuration right, and what would it audit?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from auditor.cli.options import source_options
from auditor.cli.preparation import read_settings
from auditor.settings.model import Settings, TenantSettings


@click.group("config")
def command() -> None:
    """Look after the configuration."""


@command.command("check")
@click.argument("file", required=False)
@source_options
def check(*, file: str | None, **options: Any) -> None:
    """Validate FILE (or --config) with no network and no credentials.

    Tells every mistake with its line, and what would be audited when there is none.
    """
    if file and options["config"] and file != options["config"]:
        raise click.UsageError("give FILE or --config, not both")
    settings = read_settings(options | {"config": file or options["config"]})
    for line in _description(settings):
        click.echo(line)


def _description(settings: Settings) -> Iterator[str]:
    limits = settings.limits
    yield f"windows    {', '.join(map(str, settings.audit.windows_days))} days"
    yield f"as of      {settings.audit.as_of or 'the start of the audit'}"
    yield (
        f"budgets    {limits.address_rate:g} requests/s from this address,"
        f" {limits.organization_rate * limits.share:g}/s to one organization"
    )
    yield f"deadline   {f'{limits.deadline:g} s' if limits.deadline else 'none'}"
    yield f"report     {'stdout' if settings.output.report == '-' else settings.output.report}"
    for tenant in settings.tenants:
        yield f"tenant     {tenant.name}: {tenant.base_url}"
        yield f"             key from {_key_source(tenant)}; {_choice(tenant)}"
        if tenant.tags or tenant.contact:
            tags = f"tags {', '.join(tenant.tags)}" if tenant.tags else ""
            contact = f"contact {tenant.contact}" if tenant.contact else ""
            yield f"             {'; '.join(filter(None, (tags, contact)))}"
    yield "the configuration is valid"


def _key_source(tenant: TenantSettings) -> str:
    """Where the key will be read, without its text and without a command's arguments."""
    if tenant.api_key_env is not None:
        return f"environment variable {tenant.api_key_env}"
    if tenant.api_key_file is not None:
        return f"file {tenant.api_key_file}"
    return f"command {(tenant.api_key_command or ('?',))[0]}"


def _choice(tenant: TenantSettings) -> str:
    chosen = tenant.organizations
    parts = [f"{len(chosen.ids)} ids"] if chosen.ids else []
    parts += [f"only {', '.join(chosen.include)}"] if chosen.include else []
    parts += [f"not {', '.join(chosen.exclude)}"] if chosen.exclude else []
    return "; ".join(parts) or "every organization that it sees"
