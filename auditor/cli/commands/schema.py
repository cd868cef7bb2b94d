"""`auditor schema`: the shapes that other programs rely on."""

from __future__ import annotations

import click

from auditor.cli import output
from auditor.report.schema.report import report_schema
from auditor.report.to_json import to_json
from auditor.settings.schema import config_schema

SCHEMAS = {"report": report_schema, "config": config_schema}


@click.command("schema")
@click.argument("of", type=click.Choice(tuple(SCHEMAS)), default="report")
def command(*, of: str) -> None:
    """Print the JSON Schema (2020-12) of the report, or of the configuration."""
    output.write(to_json(SCHEMAS[of]()), output.STDOUT)
