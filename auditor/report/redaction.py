"""A report with masks in place of names: for a public place, where its figures may be read but not whose."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from pydantic import ValidationError

from auditor.report.attention import urgency
from auditor.report.mentions import Mentions, folded, replaced
from auditor.report.patterns import identifier_spans
from auditor.report.reading import Document, UnreadableReportError
from auditor.report.schema.ahead import ReclaimHint, Renewals, SoonestDark
from auditor.report.schema.attention import AttentionLicense
from auditor.report.schema.block import Block
from auditor.report.schema.report import Error, Organization, Report, Run, Tenant
from auditor.report.schema.subscription import OneSubscription
from auditor.report.schema.verdict import Finding, RuleResult, Undecided, Verdict, Waived

SHORTEST_SALT: Final = 16
"""Bytes. Names and ids are few enough to try them all: only the salt keeps them from being found."""

_MASK_BYTES: Final = 6
_FINGERPRINT_BYTES: Final = 8

Json: TypeAlias = dict[str, Any]
Mask: TypeAlias = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Masks:
    """Masks for words: `organization-7f3a9c01b2d4`. The same word has the same digits wherever it stands.

    They depend on the word and *salt* alone, so that reports masked with one salt can be compared.

    Raises:
        ValueError: *salt* has fewer bytes than `SHORTEST_SALT`.
    """

    salt: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.salt) < SHORTEST_SALT:
            raise ValueError(f"a salt of {len(self.salt)} bytes: at least {SHORTEST_SALT} keep a name secret")

    def of(self, word: str, kind: str) -> str:
        """The mask of *word*, which is a *kind* of thing. Nothing stays nothing."""
        return f"{kind}-{self._digits(word, _MASK_BYTES)}" if word else ""

    def fingerprint(self, identity: str) -> str:
        """In place of the id of a finding, which is a hash of an organization's."""
        return self._digits(identity, _FINGERPRINT_BYTES)

    def _digits(self, word: str, length: int) -> str:
        return hmac.digest(self.salt, word.encode(errors="surrogatepass"), "sha256")[:length].hex()


_KINDS: Final[Mapping[tuple[type[Block], str], str]] = {
    (Run, "question"): "question",  # hashes of a selection that could be tried
    (Run, "spread"): "spread",
    (Tenant, "name"): "tenant",
    (Tenant, "tags"): "tag",
    (Tenant, "contact"): "contact",
    (Organization, "id"): "id",
    (Organization, "name"): "organization",
    (Organization, "tenant"): "tenant",
    (Organization, "also_selected_by"): "tenant",
    (SoonestDark, "organization_id"): "id",
    (SoonestDark, "name"): "organization",
    (SoonestDark, "tenant"): "tenant",
    (Renewals, "tenant"): "tenant",
    (ReclaimHint, "tenant"): "tenant",
    (ReclaimHint, "from_organization"): "id",
    (ReclaimHint, "to_organization"): "id",
    (AttentionLicense, "id"): "license",
    (AttentionLicense, "device_serial"): "serial",
    (AttentionLicense, "network_id"): "network",
    (AttentionLicense, "order_number"): "order",
    (OneSubscription, "id"): "id",
    (OneSubscription, "name"): "subscription",
    (Finding, "organization_id"): "id",
    (Finding, "tenant"): "tenant",
    (Waived, "reason"): "reason",
    (Waived, "owner"): "owner",
    (RuleResult, "tenant"): "tenant",
    (Undecided, "organization_id"): "id",
    (Undecided, "tenant"): "tenant",
    (Error, "organization_id"): "id",
    (Error, "tenant"): "tenant",
    (Error, "request_id"): "request",
}
"""Fields that are a name or an id, and of what."""

_PROSE: Final = frozenset(
    {
        (Run, "interrupted"),
        (Organization, "message"),
        *((Finding, name) for name in ("rule", "subject", "message", "advice")),
        *((Finding, name) for name in ("value", "threshold", "value_before")),
        (Verdict, "shortfalls"),
        *((RuleResult, name) for name in ("id", "figure")),
        *((Undecided, name) for name in ("rule", "subject", "reason")),
        (Error, "message"),
    }
)
"""Fields that may mention names, where they are text."""

_WAIVER_RULE: Final = "waiver"
_UNLISTED: Final = re.compile(r'of the list, "(.*)", has no usable id')
"""The name of an organization that has no entry; see `engine.discovery`."""

_IDLE_RULE: Final = "idle"
_FINDING: Final = "finding"
"""The kind of word that the id of a finding is."""


def redact(report: Document, *, salt: bytes) -> Document:
    """*report* with every name and id masked, wherever it stands; counts, dates and kinds stay.

    Masked are the names of tenants, organizations and subscriptions, tags and contacts, ids of organizations,
    subscriptions and findings, the vendor's request ids, and of single licenses the id, serial, network and
    order number. In messages, the same, and whatever looks like a serial or a key, an order number, an
    address or a long number. Lists are ordered anew, by the masks. Keys that this version does not know are
    left out: nobody can say what is in them.

    The same report and *salt* give the same masks; without the salt none can be undone, or checked by trying.

    Raises:
        UnreadableReportError: it is no report.
        ValueError: *salt* is too short.
    """
    try:
        model = Report.model_validate(report)
    except ValidationError as error:
        raise UnreadableReportError(f"no report: {error.error_count()} faults") from None
    redaction = _Redaction(Masks(salt), report)
    return _in_order(redaction.block(model, report))


def redact_lines(lines: Iterable[str], report: Document, *, salt: bytes) -> Iterator[str]:
    """*lines*, which tell of *report*, with the masks that `redact` has for its names.

    Raises:
        ValueError: *salt* is too short.
    """
    return map(_Redaction(Masks(salt), report).prose, lines)


class _Redaction:
    """Masks one report, whose names it knows."""

    def __init__(self, masks: Masks, report: Document) -> None:
        self._masks = masks
        names = [*_names(report)]
        self._known = {folded(word): (word, kind) for word, kind in names}
        self._mentions = Mentions(word for word, _ in names)

    def block(self, model: Block, value: Json) -> Json:
        """*value*, whose shape *model* tells; keys that it does not know are left out."""
        shape = type(model)
        masked: Json = {}
        for name, about in shape.model_fields.items():
            key = about.alias or name
            if key in value:
                masked[key] = self._field(shape, name, getattr(model, name), value[key])
        return masked

    def _field(self, shape: type[Block], name: str, told: Any, value: Any) -> Any:
        kind = _KINDS.get((shape, name))
        if kind is not None:
            return _each(value, lambda word: self._masks.of(word, kind))
        if (shape, name) == (Finding, "id"):
            return self._masks.fingerprint(value)
        if (shape, name) in _PROSE:
            return _each(value, self.prose)
        return self._inner(told, value)

    def _inner(self, told: Any, value: Any) -> Any:
        """Blocks within *value* masked in their turn."""
        if isinstance(told, Block):
            return self.block(told, value)
        if isinstance(told, list):
            return [self._inner(*pair) for pair in zip(told, value, strict=True)]
        if isinstance(told, dict):
            return {key: self._inner(told[key], one) for key, one in value.items()}
        return value

    def prose(self, text: str) -> str:
        """*text* with masks for the names that the report tells, and for what looks like one."""
        return replaced(text, [*self._mentions.spans(text), *identifier_spans(text)], self._masked)

    def _masked(self, words: str) -> str:
        word, kind = self._known.get(folded(words), (words, "text"))
        return self._masks.fingerprint(word) if kind == _FINDING else self._masks.of(word, kind)


def _each(value: Any, mask: Mask) -> Any:
    """*value* with every text in it masked; figures stay."""
    if isinstance(value, list):
        return [_each(one, mask) for one in value]
    return mask(value) if isinstance(value, str) else value


def _names(report: Document) -> Iterator[tuple[str, str]]:
    """Every name and id of *report*, with what it is the name of. A later one with the same name wins."""
    for one in report["errors"]:
        yield one["tenant"], "tenant"
        yield from _named(one, organizationId="id")
        if one["organizationId"] is None and (unlisted := _UNLISTED.search(one["message"])):
            yield unlisted[1], "organization"
    for one in report.get("findings") or ():
        yield from _words_of_waivers(one)
        yield from _named(one, id=_FINDING, organizationId="id", tenant="tenant")
    for one in report["organizations"]:
        for held in (one.get("subscription") or {}).get("subscriptions", ()):
            yield from _named(held, id="id", name="subscription")
        yield from ((other, "tenant") for other in one.get("alsoSelectedBy") or ())
        yield from _named(one, tenant="tenant", id="id", name="organization")
    for one in report.get("tenants") or ():
        yield from ((tag, "tag") for tag in one["tags"])
        yield from _named(one, contact="contact", name="tenant")


def _words_of_waivers(finding: Json) -> Iterator[tuple[str, str]]:
    """What the policy says of a waiver, which may be anything: whom it excuses, why, and who answers for it.

    A finding about a waiver has that after words of this program's own.
    """
    yield from _named(finding.get("waived") or {}, reason="reason", owner="owner")
    if finding["rule"] == _WAIVER_RULE:
        yield re.sub(r"^.*?\b(?:lapsed|unused): ", "", finding["subject"], flags=re.DOTALL), "waiver"
        yield finding["message"].partition(": ")[2], "reason"
        yield (finding.get("advice") or "").partition("; ask ")[2], "owner"
    if finding["rule"] == _IDLE_RULE:
        pattern = re.search(r": (?:include|exclude|tenants|tags) (.*)$", finding["subject"], flags=re.DOTALL)
        yield "" if pattern is None else pattern[1], "pattern"


def _named(one: Json, **kinds: str) -> Iterator[tuple[str, str]]:
    return ((one[key], kind) for key, kind in kinds.items() if one.get(key))


def _in_order(report: Document) -> Document:
    """The lists in the order in which reports have them, by masks: that of the names would tell of these."""
    for one in report["organizations"]:
        held = one.get("subscription")
        if held is not None:
            held["subscriptions"].sort(key=lambda each: each["id"])
        (one.get("attention") or []).sort(key=urgency)
        (one.get("alsoSelectedBy") or []).sort()
    for key, order in _ORDER.items():
        (report.get(key) or []).sort(key=order)
    renewals = (report.get("forecast") or {}).get("renewals", [])
    renewals.sort(key=lambda one: (one["tenant"], one["licensingModel"], one["type"], one["unit"]))
    return report


_ORDER: Final[Mapping[str, Callable[[Json], Any]]] = {
    "organizations": lambda one: (one["tenant"], one["id"]),
    "errors": lambda one: (one["organizationId"] is not None, one["tenant"], one["organizationId"] or ""),
    "darkDates": lambda one: (one["darkAt"], one["tenant"], one["organizationId"]),
    "reclaimHints": lambda one: (
        one["tenant"],
        one["soonestDarkDate"],
        one["type"],
        one["to"],
        one["from"],
    ),
    "findings": lambda one: (one["tenant"] or "", one["organizationId"] or ""),
    "tenants": lambda one: one["name"],
}
