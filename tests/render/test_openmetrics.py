from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterable
from pathlib import Path
from urllib.request import urlopen

import pytest
from hypothesis import given, settings
from prometheus_client import Metric, parser
from prometheus_client.openmetrics import parser as openmetrics_parser

from auditor.render import openmetrics as openmetrics_module
from auditor.render import openmetrics_fleet as fleet_module
from auditor.render.openmetrics import render
from auditor.report.reading import Document
from tests.render.documents import (
    HOSTILE,
    a_document,
    a_finding,
    a_fleet,
    an_organization,
    documents,
    licenses_blocks,
)
from tests.render.test_findings import UNDECIDED, VERDICT

EXPORTER = shutil.which("prometheus-node-exporter") or shutil.which("node_exporter")

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


def openmetrics(text: str) -> list[Metric]:
    """The metrics of *text*, by the strict rules of OpenMetrics."""
    return list(openmetrics_parser.text_string_to_metric_families(text))  # type: ignore[no-untyped-call]


def prometheus(text: str) -> list[Metric]:
    """The metrics of *text*, by those of the older format."""
    return list(parser.text_string_to_metric_families(text))


def series(families: Iterable[Metric]) -> Series:
    """All samples; none comes twice."""
    found: Series = {}
    for family in families:
        assert family.type == "gauge"
        assert family.documentation
        for sample in family.samples:
            key = sample.name, frozenset(sample.labels.items())
            assert key not in found
            assert sample.timestamp is None
            found[key] = sample.value
    return found


def value(told: Series, metric: str, /, **labels: str) -> float | None:
    """The sample of *metric* whose labels include *labels*."""
    wanted = frozenset(labels.items())
    hits = [number for (one, own), number in told.items() if one == metric and wanted <= own]
    assert len(hits) <= 1
    return hits[0] if hits else None


def served_from(folder: Path) -> str:
    """What node_exporter tells of the files in *folder*."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    arguments = [
        *(str(EXPORTER), "--collector.disable-defaults", "--collector.textfile"),
        *(f"--collector.textfile.directory={folder}", f"--web.listen-address={address}"),
    ]
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) as exporter:  # noqa: S603 - found above
        try:
            assert exporter.stderr is not None
            while "Listening on" not in (line := exporter.stderr.readline()):
                assert line, "node_exporter ended"
            with urlopen(f"http://{address}/metrics", timeout=20) as answer:
                text: str = answer.read().decode()
        finally:
            exporter.terminate()
    return text


@settings(max_examples=60)
@given(documents())
def test_readers_of_both_formats_find_the_same(report: Document) -> None:
    """OpenMetrics, which is strict, and the older text format, which node_exporter reads."""
    text = render(report).decode()

    assert series(openmetrics(text)) == series(prometheus(text))
    assert text.endswith("\n# EOF\n")
    assert text == render(report).decode()


@pytest.mark.parametrize("name", [name for name in HOSTILE if "\r" not in name and len(name) < 100])
def test_labels_come_back_as_they_were(name: str) -> None:
    """What tells series apart is escaped, never tidied: two states must not become one."""
    blocks = licenses_blocks()
    blocks["licenses"]["byState"] = {name or "?": 4, f"{name}\n": 5}
    report = a_document(an_organization(tenant=name))
    report["totals"] |= {"licenses": blocks["licenses"]}
    told = series(openmetrics(render(report).decode()))

    assert value(told, "auditor_organization_licenses", tenant=name, organization="501") == 17
    assert value(told, "auditor_fleet_licenses", state=f"{name}\n") == 5


def test_metrics_tell_the_run_the_fleet_and_each_organization() -> None:
    """Under names that end in their unit."""
    told = series(openmetrics(render(a_fleet([a_finding()])).decode()))

    assert value(told, "auditor_as_of_timestamp_seconds") == 1772366400
    assert value(told, "auditor_run_duration_seconds") == 3.75
    assert value(told, "auditor_complete") == 0
    assert value(told, "auditor_organizations", status="audited") == 4
    assert value(told, "auditor_failed_organizations", **{"class": "server"}) == 1
    assert value(told, "auditor_fleet_ending_licenses", within_days="60") == 2
    assert value(told, "auditor_fleet_standing_organizations", standing="inGrace") == 1
    assert value(told, "auditor_findings", rule="at-risk", severity="error", failing="true") == 1
    assert value(told, "auditor_undecided") == 0
    assert value(told, "auditor_organization_info", organization="501", name="Example") == 1
    assert value(told, "auditor_organization_standing", organization="501") == 1
    assert value(told, "auditor_organization_unused_active_licenses", organization="501") == 1
    assert value(told, "auditor_organization_coterm_over_limit_devices", organization="502") == 3
    assert value(told, "auditor_organization_subscription_violations", organization="503") == 1
    assert value(told, "auditor_organization_next_dark_timestamp_seconds", organization="501") == 1773988200


@settings(max_examples=30)
@given(documents())
def test_metrics_of_the_fleet_are_the_others_without_those_of_organizations(report: Document) -> None:
    """Nothing else is left out, and as many series stay however many organizations there are."""
    whole, fleet = (openmetrics(form.render(report).decode()) for form in (openmetrics_module, fleet_module))

    assert series(fleet) == {
        key: number for key, number in series(whole).items() if not key[0].startswith("auditor_organization_")
    }


def test_what_is_not_known_has_no_sample() -> None:
    """Zero would be a claim, and an alert would believe it."""
    text = render(a_fleet()).decode()
    told = series(openmetrics(text))

    assert value(told, "auditor_organization_complete", organization="601") == 0
    assert value(told, "auditor_organization_complete", organization="701") is None
    assert value(told, "auditor_organization_licenses", organization="601") is None
    assert value(told, "auditor_organization_unused_licenses", organization="504") == 0
    assert value(told, "auditor_organization_at_risk_licenses", organization="504") is None
    assert value(told, "auditor_organization_standing", organization="504") is None
    assert "auditor_fleet_coterm_over_limit_devices" not in text
    assert "auditor_findings" not in text


def test_undecided_rules_are_counted() -> None:
    """An alert can tell a gate that passed from one that could not say."""
    told = series(openmetrics(render(a_fleet([], verdict=VERDICT | {"undecided": [UNDECIDED]})).decode()))

    assert value(told, "auditor_undecided") == 1


@pytest.mark.skipif(EXPORTER is None, reason="needs Debian's prometheus-node-exporter")
def test_node_exporter_serves_every_sample(tmp_path: Path) -> None:
    """The real reader takes the file as it is: no error, and nothing left out."""
    text = render(a_fleet([a_finding()], interrupted="SIGTERM"))
    (tmp_path / "auditor.prom").write_bytes(text)

    served = served_from(tmp_path)
    assert "node_textfile_scrape_error 0" in served
    mine = "".join(f"{line}\n" for line in served.splitlines() if "auditor_" in line)
    assert series(prometheus(mine)) == series(prometheus(text.decode()))


def test_a_renamed_organization_keeps_its_series() -> None:
    """The name is a label of the info metric alone."""
    before, after = (
        series(openmetrics(render(a_document(an_organization(name=name))).decode())) for name in ("A", "B")
    )

    assert {name for name, _ in before.keys() ^ after.keys()} == {"auditor_organization_info"}
