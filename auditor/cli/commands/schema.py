"""`auditor schema`: the shapes that other programs rely on."""

from __future__ import annotations

import click

from auditor.cli import output
from auditor.judge.comparison.difference import difference_schema
from auditor.judge.schema import policy_schema
from auditor.report.schema.report import report_schema
from auditor.report.to_json import to_json
from auditor.settings.schema import config_schema

SCHEMAS = {
    "report": report_schema,
    "config": config_schema,
    "policy": policy_schema,
    "diff": difference_schema,
}


@click.command("schema")
@click.argument("of", type=click.Choice(tuple(SCHEMAS)), default="report")
def command(*, of: str) -> None:
    """Print the JSON Schema (2020-12) of the report, the configuration, a policy, or what diff tells."""
    output.write(to_json(SCHEMAS[of]()), output.STDOUT)
