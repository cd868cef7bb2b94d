"""`auditor config check`: is the configuration right, and what would it audit?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from auditor.cli import output
from auditor.cli.delivering import check_outputs, form_and_path
from auditor.cli.gate import open_gate
from auditor.cli.options import source_options
from auditor.cli.preparation import inputs_of, read_settings
from auditor.judge.policy import Policy
from auditor.judge.tenants import Policies
from auditor.render.text import counted
from auditor.settings.model import OutputSettings, Settings, TenantSettings


@click.group("config")
def command() -> None:
    """Look after the configuration."""


@command.command("check")
@click.argument("file", required=False)
@source_options
def check(*, file: str | None, **options: Any) -> None:
    """Validate FILE (or --config), and the files that it names, with no network and no credentials.

    Tells every mistake with its line, and what would be audited when there is none. What `auditor run` would
    refuse before it begins is refused here as well: a policy or a baseline that cannot be read, a format that
    there is not, a file or a folder that cannot be written. Nothing is written.
    """
    if file and options["config"] and file != options["config"]:
        raise click.UsageError("give FILE or --config, not both")
    options |= {"config": file or options["config"]}
    settings = read_settings(options)
    check_outputs(settings, inputs=inputs_of(options))
    gate = open_gate(settings)
    policies = Policies(Policy()) if gate is None else gate.policies
    for line in _description(settings, policies):
        click.echo(line)


def _description(settings: Settings, policies: Policies) -> Iterator[str]:
    limits = settings.limits
    yield f"windows    {', '.join(map(str, settings.audit.windows_days))} days"
    yield f"as of      {settings.audit.as_of or 'the start of the audit'}"
    yield (
        f"budgets    {limits.address_rate:g} requests/s from this address,"
        f" {limits.organization_rate * limits.share:g}/s to one organization"
    )
    yield f"deadline   {f'{limits.deadline:g} s' if limits.deadline else 'none'}"
    yield from _outputs(settings.output)
    if settings.policy.file is not None:
        yield f"policy     {_policy(settings.policy.file, policies.for_all)}"
    if settings.policy.baseline is not None:
        yield f"baseline   {settings.policy.baseline}"
    for tenant in settings.tenants:
        yield f"tenant     {tenant.name}: {tenant.base_url}"
        yield f"             key from {_key_source(tenant)}; {_choice(tenant)}"
        if tenant.tags or tenant.contact:
            tags = f"tags {', '.join(tenant.tags)}" if tenant.tags else ""
            contact = f"contact {tenant.contact}" if tenant.contact else ""
            yield f"             {'; '.join(filter(None, (tags, contact)))}"
        if tenant.policy is not None:
            yield f"             policy of its own: {_policy(tenant.policy, policies.own[tenant.name])}"
    yield "the configuration is valid"


def _outputs(wanted: OutputSettings) -> Iterator[str]:
    yield f"report     {'stdout' if wanted.report == output.STDOUT else wanted.report}"
    for form, path in map(form_and_path, wanted.renderings):
        yield f"rendering  {form}: {path}"
    if wanted.per_tenant is not None:
        yield f"per tenant {wanted.per_tenant}"
    if wanted.redact:
        yield "redacted   names, ids, serials and order numbers are masked"
    if wanted.history is not None:
        days = wanted.history_keep_days
        yield f"history    {wanted.history}{'' if days is None else f', of {days:,} days'}"
    if wanted.journal is not None:
        yield f"journal    {wanted.journal}"


def _policy(path: str, policy: Policy) -> str:
    return f"{path} ({counted(len(policy.rules), 'rule')}, {counted(len(policy.waivers), 'waiver')})"


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
