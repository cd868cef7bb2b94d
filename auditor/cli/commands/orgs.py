"""`auditor orgs`: what the keys can see."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import anyio
import click
import orjson

from auditor.assembly import Surroundings, list_organizations
from auditor.cli import logs, output
from auditor.cli.listing import tell_failures
from auditor.cli.options import selection_options, source_options, voice_options
from auditor.cli.preparation import Prepared, prepare
from auditor.cli.summary import printable
from auditor.domain.plan import Listing, plan_audit
from auditor.render.csv import table

COLUMNS = ("id", "name", "tenant", "licensingModel", "apiEnabled", "selected", "auditedBy", "key")


@click.command("orgs")
@source_options
@selection_options
@click.option(
    "--format", "form", type=click.Choice(("table", "json", "csv")), default="table", help="[default: table]"
)
@voice_options
def command(*, form: str, progress: str, log_level: str, log_format: str, **options: Any) -> int:  # noqa: ARG001
    """List the organizations that the keys can see.

    One line each: id, name, tenant, licensing model, whether the API is enabled, whether the tenant's
    selection takes it, which tenant it is audited for (the first of several that take it, as long as its
    key can read it), and where the key comes from. The CSV and JSON forms can be given to --orgs-file,
    which takes what is selected.
    """
    logs.configure(level=log_level, log_format=log_format)
    prepared = prepare(options)
    listings = anyio.run(lambda: _list(prepared))
    output.write(RENDER[form](_rows(listings, prepared)), output.STDOUT)
    return tell_failures(listings)


async def _list(prepared: Prepared) -> list[Listing]:
    surroundings = Surroundings(Random(), on_event=logs.log_event)  # noqa: S311 - jitter, no secret
    return await list_organizations(
        prepared.settings, keys=prepared.keys, selection=prepared.selection, surroundings=surroundings
    )


def _rows(listings: Sequence[Listing], prepared: Prepared) -> list[dict[str, Any]]:
    plan = plan_audit(listings)
    clouds = {listing.tenant: listing.cloud for listing in listings}
    audited_by = {(clouds[one.tenant], one.organization.id): one.tenant for one in plan.assignments}
    return [
        {
            "id": organization.id,
            "name": organization.name,
            "tenant": listing.tenant,
            "licensingModel": organization.licensing_model,
            "apiEnabled": organization.api_enabled,
            "selected": listing.admits(organization),
            "auditedBy": audited_by.get((listing.cloud, organization.id)),
            "key": prepared.keys[listing.tenant].source,
        }
        for listing in listings
        for organization in sorted(listing.organizations, key=lambda one: one.id)
    ]


def _as_table(rows: Sequence[dict[str, Any]]) -> bytes:
    cells = [[_cell(row[column]) for column in COLUMNS] for row in rows]
    widths = [max(map(len, column)) for column in zip(COLUMNS, *cells, strict=True)]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in (list(COLUMNS), *cells)
    ]
    return ("\n".join(lines) + "\n").encode()


def _cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case _:
            return printable(str(value))


def _as_json(rows: Sequence[dict[str, Any]]) -> bytes:
    return orjson.dumps(rows, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _as_csv(rows: Sequence[dict[str, Any]]) -> bytes:
    return table(COLUMNS, ([row[column] for column in COLUMNS] for row in rows))


RENDER = {"table": _as_table, "json": _as_json, "csv": _as_csv}
