"""Traces and metrics over OTLP, as a collector on loopback gets them from the real program."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from auditor import __version__
from auditor.simulator.faults import FaultKind, FaultPlan
from auditor.simulator.server import Simulator
from auditor.simulator.world import World
from tests.end_to_end.driving import (
    AS_OF_TEXT,
    KEY,
    PATIENCE_SECONDS,
    Ended,
    a_world,
    auditor,
    ended,
    environment,
    lasting,
    start_auditor,
)
from tests.end_to_end.planting import PASSWORD, PLANTED, files_below, find_traces
from tests.engine.raw_server import Exchange, accepting, closed_port, raw_server

pytestmark = pytest.mark.slow

OK = "200 OK"
NEVER = ""
"""A collector that takes everything and answers nothing."""

FAR_TOO_LONG_SECONDS = 25.0
"""Less than the SDK waits by itself, and more than a busy machine takes."""

Point = tuple[frozenset[tuple[str, Any]], float]


@dataclass
class Collector:
    """What was sent to it, read back with the schemas of OpenTelemetry."""

    answer: str = OK
    port: int = 0
    heads: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    metrics: dict[str, Metric] = field(default_factory=dict)
    resources: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """For `OTEL_EXPORTER_OTLP_ENDPOINT`."""
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take what comes on one connection."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                self._take(head, await reader.readexactly(length))
                if self.answer:
                    writer.write(f"HTTP/1.1 {self.answer}\r\nContent-Length: 0\r\n\r\n".encode())
                    await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _take(self, head: bytes, body: bytes) -> None:
        self.heads.append(head)
        self.bodies.append(body)
        if head.startswith(b"POST /v1/traces "):
            for traced in ExportTraceServiceRequest.FromString(body).resource_spans:
                self.resources.append(read(traced.resource.attributes))
                self.spans += [span for scope in traced.scope_spans for span in scope.spans]
        elif head.startswith(b"POST /v1/metrics "):
            for metered in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                self.resources.append(read(metered.resource.attributes))
                self.metrics |= {one.name: one for scope in metered.scope_metrics for one in scope.metrics}

    def named(self, name: str) -> list[Span]:
        """All spans of that name."""
        return [span for span in self.spans if span.name == name]

    @property
    def root(self) -> Span:
        """The span of the run."""
        (root,) = self.named("auditor.run")
        return root

    def points(self, name: str) -> list[Point]:
        """Attributes and value of each point of a metric."""
        metric = self.metrics[name]
        data = metric.sum.data_points if metric.HasField("sum") else metric.gauge.data_points
        return [
            (
                frozenset(read(one.attributes).items()),
                one.as_double if one.HasField("as_double") else one.as_int,
            )
            for one in data
        ]

    def value(self, name: str) -> float:
        """That of a metric with a single point."""
        ((_, value),) = self.points(name)
        return value

    def by(self, name: str, attribute: str) -> dict[str, float]:
        """Values by *attribute*, summed over all others."""
        sums: Counter[str] = Counter()
        for attributes, value in self.points(name):
            sums[dict(attributes)[attribute]] += int(value)
        return {key: value for key, value in sums.items() if value}


def read(attributes: Iterable[KeyValue]) -> dict[str, Any]:
    """Attributes as plain values."""
    return {one.key: getattr(one.value, str(one.value.WhichOneof("value"))) for one in attributes}


@asynccontextmanager
async def a_collector(answer: str = OK) -> AsyncIterator[Collector]:
    collector = Collector(answer)
    async with accepting(collector.serve) as collector.port:
        yield collector


@dataclass
class Watched:
    """A run, what it reported, and what the collector got."""

    done: Ended
    collector: Collector

    @property
    def report(self) -> dict[str, Any]:
        """The report that it wrote."""
        return self.done.report

    @property
    def organizations(self) -> dict[str, dict[str, Any]]:
        """The report's organizations by id."""
        return {one["id"]: one for one in self.report["organizations"]}


async def _watched(config: Path) -> Watched:
    """A run with retries, a tenant that cannot be listed, a failed and a partial organization."""
    async with a_collector() as collector:
        world = World(a_world(licenses=1500))
        long = [one["id"] for one in world.organizations if one["licensing"]["model"] == "per-device"]
        faults = FaultPlan(
            rate=0.3,
            seed=5,
            kinds=(FaultKind.STATUS_500, FaultKind.RATE_LIMITED_DECIMAL),
            organizations={long[0]: FaultKind.FORBIDDEN, long[1]: FaultKind.LINK_OFF_HOST},
            max_consecutive=1,
        )
        async with Simulator(a_world(licenses=1500), faults=faults) as simulator:
            write_tenants(config, north=simulator.base_url, south=f"http://127.0.0.1:{closed_port()}")
            done = await auditor(
                *("run", "--config", str(config), "--as-of", AS_OF_TEXT),
                OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
                OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=test",
                AUDITOR_LIMITS_ATTEMPTS="2",
            )
    return Watched(done, collector)


def write_tenants(config: Path, **base_urls: str) -> None:
    config.write_text(
        "".join(
            f'[[tenants]]\nname = "{name}"\napi_key_env = "MERAKI_DASHBOARD_API_KEY"\nbase_url = "{url}"\n'
            for name, url in base_urls.items()
        )
    )


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """One run for all that look at it."""
    run = anyio.run(_watched, tmp_path_factory.mktemp("watched") / "auditor.toml")
    assert run.done.code == 3, run.done.stderr
    assert "telemetry" not in run.done.stderr
    return run


class TestTrace:
    def test_a_run_is_one_trace_with_the_run_at_its_root(self, watched: Watched) -> None:
        """Whatever is below it hangs on it directly, and lies within its time."""
        root, spans = watched.collector.root, watched.collector.spans
        below = [span for span in spans if span is not root]

        assert root.parent_span_id == b""
        assert {span.trace_id for span in spans} == {root.trace_id}
        assert {span.parent_span_id for span in below} == {root.span_id}
        assert len({span.span_id for span in spans}) == len(spans)
        for span in below:
            assert root.start_time_unix_nano <= span.start_time_unix_nano
            assert span.start_time_unix_nano <= span.end_time_unix_nano <= root.end_time_unix_nano

    def test_the_run_says_what_the_report_says(self, watched: Watched) -> None:
        """And how the process ended."""
        counts = watched.report["completeness"]["organizations"]

        assert read(watched.collector.root.attributes) == {
            "auditor.version": __version__,
            "auditor.plan": "full",
            "auditor.run.id": watched.report["run"]["id"],
            "auditor.run.resumed": False,
            "auditor.run.interrupted": False,
            "auditor.complete": False,
            "process.exit.code": 3,
            "error.type": "incomplete",
            **{f"auditor.organizations.{name}": count for name, count in counts.items()},
        }
        assert watched.collector.root.status.code == Status.STATUS_CODE_ERROR
        assert counts["failed"] == counts["partial"] == 1

    def test_every_organization_has_a_span_that_says_what_the_report_says(self, watched: Watched) -> None:
        """By its id; what failed is an error."""
        spans = watched.collector.named("auditor.organization")
        told = {read(span.attributes)["auditor.organization.id"]: span for span in spans}

        assert len(spans) == len(told) == len(watched.organizations)
        for organization_id, one in watched.organizations.items():
            span = told[organization_id]
            expected = {
                "auditor.organization.id": organization_id,
                "auditor.tenant": one["tenant"],
                "auditor.licensing_model": one["licensingModel"],
                "auditor.status": one["status"],
                "auditor.pages": one["pages"],
                "auditor.plan": one["plan"],
                "auditor.skip_reason": one["reason"],
                "error.type": one["error"],
            }
            attributes = read(span.attributes)
            attributes.pop("http.response.status_code", None)
            assert attributes == {name: value for name, value in expected.items() if value is not None}
            assert (span.status.code == Status.STATUS_CODE_ERROR) is (one["error"] is not None)

    def test_an_organization_takes_the_time_in_which_it_was_asked(self, watched: Watched) -> None:
        """One that is read has a beginning before its end; there is no request in no time."""
        for span in watched.collector.named("auditor.organization"):
            is_asked = read(span.attributes)["auditor.status"] != "skipped"
            assert (span.end_time_unix_nano - span.start_time_unix_nano > 500_000) is is_asked

    def test_every_tenant_has_a_discovery(self, watched: Watched) -> None:
        """That which cannot be listed is an error."""
        spans = watched.collector.named("auditor.discovery")
        told = {read(span.attributes)["auditor.tenant"]: span for span in spans}

        assert told.keys() == {"north", "south"}
        assert read(told["north"].attributes) == {
            "auditor.tenant": "north",
            "auditor.organizations.listed": watched.report["completeness"]["organizations"]["seen"],
        }
        assert read(told["south"].attributes) == {"auditor.tenant": "south", "error.type": "connection"}
        assert told["south"].status.code == Status.STATUS_CODE_ERROR
        first_at = min(one.start_time_unix_nano for one in watched.collector.named("auditor.organization"))
        assert all(span.end_time_unix_nano < first_at for span in spans)

    def test_every_retry_is_an_event_with_its_class_status_attempt_and_wait(self, watched: Watched) -> None:
        """On the span of the organization, or of the run where a request names none."""
        events = [read(one.attributes) for span in watched.collector.spans for one in span.events]
        by_class = Counter(one["error.type"] for one in events)

        assert by_class == watched.report["traffic"]["retriesByClass"]
        assert by_class.keys() == {"server", "rateLimited", "connection"}
        statuses = {one["error.type"]: one.get("http.response.status_code") for one in events}
        assert statuses == {"server": 500, "rateLimited": 429, "connection": None}
        assert {one["auditor.attempt"] for one in events} == {1}
        assert all(0 < one["auditor.wait_seconds"] < 5 for one in events)
        assert any(span.events for span in watched.collector.named("auditor.organization"))


class TestMetrics:
    def test_what_the_run_cost_is_what_the_report_says(self, watched: Watched) -> None:
        """Counted from the beginning of the run, in units that tell themselves."""
        collector, traffic = watched.collector, watched.report["traffic"]

        for name, key, unit in (
            ("auditor.requests", "requests", "{request}"),
            ("auditor.rate_limited", "rateLimited", "{request}"),
            ("auditor.pages", "pages", "{page}"),
            ("auditor.bytes", "bytes", "By"),
        ):
            assert collector.value(name) == traffic[key]
            assert collector.metrics[name].unit == unit
            (point,) = collector.metrics[name].sum.data_points
            begun = collector.root.start_time_unix_nano
            assert begun <= point.start_time_unix_nano < begun + 10**9 < point.time_unix_nano
        assert collector.by("auditor.retries", "error.type") == traffic["retriesByClass"]
        assert len(collector.points("auditor.retries")) == 13

    def test_how_the_run_ended_is_what_the_report_says(self, watched: Watched) -> None:
        """For alerts on runs that take long or leave something out."""
        assert watched.collector.value("auditor.complete") == 0
        assert watched.collector.value("auditor.duration") == watched.report["run"]["durationSeconds"]
        assert watched.collector.metrics["auditor.duration"].unit == "s"

    def test_organizations_are_counted_by_status_and_licensing_model(self, watched: Watched) -> None:
        """Both at once."""
        expected = Counter((one["status"], one["licensingModel"]) for one in watched.organizations.values())
        points = watched.collector.points("auditor.organizations")
        told = {
            (dict(attributes)["auditor.status"], dict(attributes)["auditor.licensing_model"]): value
            for attributes, value in points
        }

        assert told == expected

    def test_headline_figures_are_those_of_the_report_by_tenant(self, watched: Watched) -> None:
        """Of a tenant that could not be listed there are none."""
        totals, collector = watched.report["totals"], watched.collector

        assert collector.by("auditor.licenses.expiring", "auditor.tenant") == {
            "north": totals["expiring"]["total"]
        }
        assert collector.by("auditor.licenses.at_risk", "auditor.tenant") == {
            "north": totals["expiring"]["atRisk"]
        }
        assert collector.by("auditor.licenses.unused", "auditor.tenant") == {
            "north": totals["unused"]["total"]
        }


class TestPrivacy:
    def test_names_of_organizations_are_not_sent(self, watched: Watched) -> None:
        """They belong to customers; ids do for finding them."""
        sent = b"".join(watched.collector.bodies)
        names = [one["name"] for one in watched.organizations.values()]

        assert all(names)
        assert [name for name in names if name.encode() in sent] == []

    async def test_a_server_that_repeats_the_key_does_not_get_it_sent(self, tmp_path: Path) -> None:
        """As id, as licensing model, in errors of every kind; nor does a collector's own secret get shown."""

        async def repeat(exchange: Exchange) -> None:
            path, key = exchange.head.split(b" ")[1].decode(), PLANTED
            body = f'{{"errors": ["no such key {key}"]}}'
            if path.endswith("/organizations") or "/organizations?" in path:
                body = json.dumps(
                    [
                        {
                            "id": key,
                            "name": key,
                            "api": {"enabled": True},
                            "licensing": {"model": "per-device"},
                        },
                        {
                            "id": "501",
                            "name": key,
                            "api": {"enabled": True},
                            "licensing": {"model": f"x{key}"},
                        },
                    ]
                )
            status = "200 OK" if body.startswith("[") else f"403 {key}"
            head = f"HTTP/1.1 {status}\r\nX-Request-Id: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
            await exchange.send(head.encode() + body.encode())

        config, report = tmp_path / "auditor.toml", tmp_path / "report.json"
        async with raw_server(repeat) as server, a_collector() as collector, a_collector("500 No") as broken:
            write_tenants(config, north=f"http://127.0.0.1:{server.port}")
            done = await auditor(
                *("run", "--config", str(config), "--log-level", "debug", "--output", str(report)),
                MERAKI_DASHBOARD_API_KEY=PLANTED,
                OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=f"{collector.url}/v1/traces",
                OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=f"{broken.url}/v1/metrics?token={PASSWORD}",
                OTEL_EXPORTER_OTLP_HEADERS=f"authorization=Basic%20{PASSWORD},{PASSWORD}",
            )

        assert done.code == 4, done.stderr
        assert len(collector.named("auditor.organization")) == 2
        sent = {"heads": b"".join(collector.heads), "bodies": b"".join(collector.bodies)}
        assert find_traces(sent, PLANTED) == []
        shown = dict(files_below(tmp_path)) | {"stdout": done.stdout.encode(), "stderr": done.stderr.encode()}
        assert find_traces(shown, PLANTED, PASSWORD) == []
        assert done.stderr.count("telemetry_incomplete") == 1


MODULES = """
import sys
from auditor.cli.main import exit_code_of
code = exit_code_of(sys.argv[1:])
foreign = ("opentelemetry", "google.protobuf", "requests", "auditor.cli.telemetry_")
print("foreign:", *[name for name in sys.modules if name.startswith(foreign)], file=sys.stderr)
sys.exit(code)
"""
MISSING = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "opentelemetry":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
from auditor.cli.main import main
main()
"""


async def run_python(code: str, *arguments: str, **variables: str) -> Ended:
    """Run the command line below *code*."""
    with anyio.fail_after(PATIENCE_SECONDS):
        done = await anyio.run_process(
            [sys.executable, "-c", code, *arguments], check=False, env=environment(**variables)
        )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


class TestOff:
    async def test_without_an_endpoint_nothing_of_it_is_imported(self) -> None:
        """Nobody pays for what nobody asked for."""
        async with Simulator(a_world(3)) as simulator:
            told = await run_python(MODULES, "run", "--base-url", simulator.base_url)

        assert told.code == 0
        assert told.stderr.splitlines()[-1] == "foreign:"

    async def test_without_the_extra_one_warning_says_how_to_get_it(self) -> None:
        """The audit goes on."""
        async with Simulator(a_world(3)) as simulator:
            done = await run_python(
                MISSING,
                *("run", "--base-url", simulator.base_url, "--log-format", "json"),
                OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1",
            )

        warning, end = map(json.loads, done.stderr.splitlines())
        assert done.code == 0
        assert done.report["completeness"]["complete"] is True
        assert (warning["level"], warning["event"]) == ("warning", "telemetry_off")
        assert warning["hint"] == "pip install 'auditor[otel]'"
        assert end["event"] == "audit_finished"


async def test_a_collector_that_never_answers_changes_nothing_but_one_warning() -> None:
    """Neither the report nor the exit code; and the run does not wait for it as long as the SDK would."""
    endings: dict[str, Ended] = {}

    async def run(base_url: str, endpoint: str) -> None:
        endings[endpoint] = await auditor(
            *("run", "--base-url", base_url, "--as-of", AS_OF_TEXT, "--log-format", "json"),
            OTEL_EXPORTER_OTLP_ENDPOINT=endpoint,
        )

    async with a_collector(NEVER) as collector, Simulator(a_world()) as simulator:
        with anyio.fail_after(FAR_TOO_LONG_SECONDS):
            async with anyio.create_task_group() as tasks:
                for endpoint in ("", collector.url):
                    tasks.start_soon(run, simulator.base_url, endpoint)

    plain, done = endings[""], endings[collector.url]
    end, warning = map(json.loads, done.stderr.splitlines())
    assert done.code == plain.code == 0
    assert lasting(done.report) == lasting(plain.report)
    assert (end["event"], warning["event"]) == ("audit_finished", "telemetry_incomplete")
    assert warning["reason"] == "not all was sent within 3 s: no answer"
    assert collector.bodies


async def test_a_signal_ends_the_run_with_what_was_gathered_until_then(tmp_path: Path) -> None:
    """Metrics and spans of a night that was cut short tell that it was."""
    report = tmp_path / "report.json"
    async with a_collector() as collector, Simulator(a_world(40, 5), latency=0.2) as simulator:
        process = await start_auditor(
            *("run", "--base-url", simulator.base_url, "-o", str(report), "--max-in-flight", "1"),
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
            OTEL_SERVICE_NAME="night watch",
        )
        while simulator.stats["requests"] < 4:  # noqa: ASYNC110 - another process works up to it
            await anyio.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        done = await ended(process)

    written: Mapping[str, Any] = json.loads(report.read_bytes())
    root = read(collector.root.attributes)
    assert done.code == 143
    assert "telemetry" not in done.stderr
    assert (root["process.exit.code"], root["error.type"]) == (143, "terminated")
    assert (root["auditor.run.interrupted"], root["auditor.run.interruption"]) == (True, "stopped by SIGTERM")
    (left,) = [one for one in collector.root.events if one.name == "auditor.organizations_left"]
    begun = len(collector.named("auditor.organization"))
    assert begun + read(left.attributes)["auditor.count"] == len(written["organizations"]) == 40
    assert collector.value("auditor.requests") == written["traffic"]["requests"]
    assert {one["service.name"] for one in collector.resources} == {"night watch"}


def test_the_service_is_called_auditor_unless_the_environment_says_otherwise(watched: Watched) -> None:
    """What else the environment says of it is kept."""
    for resource in watched.collector.resources:
        assert resource["service.name"] == "auditor"
        assert resource["service.version"] == __version__
        assert resource["deployment.environment.name"] == "test"
    assert KEY.encode() not in b"".join(watched.collector.bodies)
