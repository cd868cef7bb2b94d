"""OpenMetrics text, which is Prometheus text as well: gauges for node_exporter's textfile collector.

The collector (1.x) reads the older Prometheus format, takes no timestamps and knows no type `info`; to it
`# UNIT` and `# EOF` are comments. So only gauges are written, and one file serves both kinds of reader.
A figure that is not known has no sample: zero would be a claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from auditor.domain.standing import BY_SEVERITY, Standing
from auditor.render.columns import value_at
from auditor.render.findings import findings_of, is_judged, undecided_of
from auditor.render.text import MAX_NAME, clipped
from auditor.report.reading import Document

Labels = dict[str, str]
Sample = tuple[Labels, int | float]

_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\n": "\\n", '"': '\\"'})


@dataclass(frozen=True, slots=True)
class Family:
    """One metric. Its unit is the last word of *name* where that is `seconds`."""

    name: str
    help: str
    samples: Sequence[Sample] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Figure:
    """A figure that totals and organizations share: where it stands, and the label of what stands there.

    Without *label* it is a number; with one, a mapping from the label's values to numbers.
    """

    name: str
    help: str
    path: str
    label: str | None = None


_BOTH: Final = (
    _Figure("expiring_licenses", "Licenses whose state is expiring.", "expiring.total"),
    _Figure(
        "at_risk_licenses",
        "Expiring licenses that nothing queued covers beyond the window.",
        "expiring.atRisk",
    ),
    _Figure("ending_licenses", "Licenses that end within so many days.", "expiring.within", "within_days"),
    _Figure("unused_licenses", "Unused licenses, not burning and burning.", "unused.total"),
    _Figure("unused_not_burning_licenses", "Unused licenses that are not burning.", "unused.unused"),
    _Figure("unused_active_licenses", "Unused licenses that burn already.", "unused.unusedActive"),
    _Figure("reclaimable_licenses", "Unused licenses that fit a device at risk.", "reclaim.matched"),
    _Figure("coterm_licensed_devices", "Devices licensed by co-termination.", "coTerm.devices.licensed"),
    _Figure(
        "coterm_licensed_seats",
        "Seats of Systems Manager licensed by co-termination.",
        "coTerm.seats.licensed",
    ),
    _Figure(
        "coterm_over_limit_devices", "Devices beyond what is licensed (estimate).", "coTerm.use.overLimit"
    ),
    _Figure("subscription_seats", "Seats of subscriptions.", "subscription.seats.limit"),
    _Figure(
        "subscription_available_seats", "Seats of subscriptions not in use.", "subscription.seats.available"
    ),
    _Figure(
        "subscription_violations",
        "Product classes out of compliance.",
        "subscription.violations.productClasses",
    ),
)
_FLEET_ONLY: Final = (
    _Figure("licenses", "Licenses under per-device licensing.", "licenses.byState", "state"),
    _Figure(
        "ending_organizations",
        "Organizations in which something ends within so many days.",
        "organizations.expiringWithin",
        "within_days",
    ),
    _Figure("standing_organizations", "Organizations by standing.", "organizations.byStanding", "standing"),
    _Figure(
        "licensing_model_organizations",
        "Organizations by licensing model.",
        "organizations.byLicensingModel",
        "licensing_model",
    ),
    _Figure(
        "ending_subscriptions",
        "Subscriptions that end within so many days.",
        "subscription.endingWithin",
        "within_days",
    ),
    _Figure(
        "unknown_compliance_organizations",
        "Organizations with subscriptions whose compliance could not be read.",
        "subscription.violations.unknown",
    ),
    _Figure("notes", "Oddities of the data.", "notes", "kind"),
)
_ORGANIZATION_ONLY: Final = (_Figure("licenses", "Licenses under per-device licensing.", "licenses.total"),)
_TRAFFIC: Final = (
    ("run_requests", "Requests of the run.", "requests"),
    ("run_retries", "Failed requests that were tried again.", "retries"),
    ("run_rate_limited_requests", "Requests that were answered with 429.", "rateLimited"),
)


def render(report: Document) -> bytes:
    """Metrics of the run, of the fleet, and of each organization, in that order."""
    return exposition([*run_families(report), *fleet_families(report), *_organizations(report)])


def exposition(families: Iterable[Family]) -> bytes:
    """*families* as text, with its end."""
    lines = [line for family in families for line in _lines(family)]
    return "".join(f"{line}\n" for line in (*lines, "# EOF")).encode()


def run_families(report: Document) -> Iterator[Family]:
    """Metrics of the run: how much was read, what it took, what was found."""
    completeness, run = report["completeness"], report["run"]
    counts = completeness["organizations"]
    version = {"version": report["tool"]["version"], "schema_version": report["schemaVersion"]}
    yield Family("auditor_build_info", "The program that wrote the report.", [(version, 1)])
    yield _one("as_of_timestamp_seconds", "The instant that windows refer to.", _epoch(report["asOf"]))
    yield _one("run_end_timestamp_seconds", "When the run ended.", _epoch(run["finishedAt"]))
    yield _one("run_duration_seconds", "How long the run took.", run["durationSeconds"])
    yield _one("complete", "1 if all that was selected was read.", int(completeness["complete"]))
    yield _one("seen_organizations", "Organizations that the keys can list.", counts["seen"])
    statuses = {name: counts[name] for name in ("audited", "partial", "failed", "skipped")}
    yield _by("organizations", "Organizations selected, by how their audit ended.", statuses, "status")
    yield _by(
        "failed_organizations",
        "Organizations not read to their end, by failure class.",
        completeness["failedByClass"],
        "class",
    )
    for name, text, key in _TRAFFIC:
        yield _one(name, text, report["traffic"][key])
    if is_judged(report):
        yield Family("auditor_findings", "Findings by rule and severity.", _findings(report))
        yield _one("undecided", "Places of which a rule could not be decided.", len(undecided_of(report)))


def _findings(report: Document) -> list[Sample]:
    counts: dict[tuple[str, str, str], int] = {}
    for told in findings_of(report):
        key = (told.rule, told.severity, "true" if told.is_failure else "false")
        counts[key] = counts.get(key, 0) + 1
    names = ("rule", "severity", "failing")
    return [(dict(zip(names, key, strict=True)), count) for key, count in sorted(counts.items())]


def fleet_families(report: Document) -> Iterator[Family]:
    """Metrics of the totals."""
    for figure in (*_FLEET_ONLY, *_BOTH):
        samples = list(_samples(report["totals"], figure, {}))
        yield Family(f"auditor_fleet_{figure.name}", figure.help, samples)


def _organizations(report: Document) -> Iterator[Family]:
    labelled = [(one, _labels(one)) for one in report["organizations"]]
    yield Family(
        "auditor_organization_info",
        "Name and licensing model of an organization.",
        [(labels | _named(one), 1) for one, labels in labelled],
    )
    yield Family(
        "auditor_organization_complete",
        "1 if all of an organization was read, 0 if not; nothing if it was left out.",
        [(labels, int(one["status"] == "audited")) for one, labels in labelled if one["status"] != "skipped"],
    )
    yield Family(
        "auditor_organization_standing",
        f"The worst that is in it: {', '.join(f'{rank} {name}' for name, rank in BY_SEVERITY.items())}.",
        [
            (labels, BY_SEVERITY[Standing(one["standing"])])
            for one, labels in labelled
            if one["standing"] is not None
        ],
    )
    yield Family(
        "auditor_organization_next_dark_timestamp_seconds",
        "When the next thing in it goes dark.",
        [
            (labels, _epoch(soonest))
            for one, labels in labelled
            if (soonest := value_at(one, ("dark", "soonest"))) is not None
        ],
    )
    for figure in (*_ORGANIZATION_ONLY, *_BOTH):
        samples = [sample for one, labels in labelled for sample in _samples(one, figure, labels)]
        yield Family(f"auditor_organization_{figure.name}", figure.help, samples)


def _labels(organization: Mapping[str, Any]) -> Labels:
    """What tells an organization from all others, also when its name changes: so it is never tidied."""
    return {"tenant": organization["tenant"], "organization": organization["id"]}


def _named(organization: Mapping[str, Any]) -> Labels:
    model = organization["licensingModel"] or ""
    return {"name": clipped(organization["name"], MAX_NAME), "licensing_model": clipped(model, MAX_NAME)}


def _samples(block: Mapping[str, Any], figure: _Figure, labels: Labels) -> Iterator[Sample]:
    value = value_at(block, tuple(figure.path.split(".")))
    if value is None:
        return
    if figure.label is None:
        yield labels, value
        return
    for name, count in value.items():
        yield labels | {figure.label: name}, count


def _one(name: str, text: str, value: float) -> Family:
    return Family(f"auditor_{name}", text, [({}, value)])


def _by(name: str, text: str, counts: Mapping[str, int], label: str) -> Family:
    return Family(f"auditor_{name}", text, [({label: key}, count) for key, count in counts.items()])


def _lines(family: Family) -> Iterator[str]:
    """Nothing for a metric without samples."""
    if not family.samples:
        return
    yield f"# HELP {family.name} {_escaped(family.help)}"
    yield f"# TYPE {family.name} gauge"
    if family.name.endswith("_seconds"):
        yield f"# UNIT {family.name} seconds"
    for labels, value in family.samples:
        yield f"{family.name}{_label_text(labels.items())} {value}"


def _label_text(labels: Iterable[tuple[str, str]]) -> str:
    told = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{told}}}" if told else ""


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def _epoch(text: str) -> float:
    moment = datetime.fromisoformat(text).timestamp()
    return int(moment) if moment.is_integer() else moment
