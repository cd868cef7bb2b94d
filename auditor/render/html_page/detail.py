"""All that the report tells of one organization, as sections of labels and values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from auditor.render.findings import error_message
from auditor.render.html_page.lists import severity_of
from auditor.render.html_page.words import (
    NOT_KNOWN,
    STANDINGS,
    counted,
    day,
    idle_seats_in_words,
    listed,
    look,
    number,
    plain,
    reasons_in_words,
    sku_in_words,
    sku_with_name,
    standing,
    yes_or_no,
)
from auditor.render.types import unused_of

Json = dict[str, Any]
Line = tuple[str, str]
Part = tuple[str, Sequence[Line]]
"""A heading, and labels with their values."""


def parts_of(block: Json, errors: Iterable[Json], findings: Iterable[Json]) -> list[Part]:
    """What is known of one organization: *block* of the report, and the *errors* and *findings* about it."""
    parts: list[Part] = [("Organization", _identity(block))]
    if block["licenses"] is not None:
        parts += _per_device(block)
    if block["coTerm"] is not None:
        parts += _co_term(block["coTerm"])
    if block["subscription"] is not None:
        parts += _subscriptions(block["subscription"])
    parts.append(("Goes dark", _dark_dates(block["dark"])))
    parts.append(("Failures", [_error_line(one) for one in errors]))
    parts.append(("Findings", [_finding_line(one) for one in findings]))
    return [(heading, [_cleaned(line) for line in lines]) for heading, lines in parts if lines]


def _cleaned(line: Line) -> Line:
    return plain(line[0]), plain(line[1])


def _identity(block: Json) -> list[Line]:
    lines = [
        ("Id", block["id"]),
        ("Licensing model", block["licensingModel"] or "not stated"),
        ("Status", block["status"]),
        ("Standing", standing(block["standing"])),
    ]
    optional = {
        "Read by plan": block["plan"],
        "Could not be read": ", ".join(block.get("missing") or ()),
        "Left out because": block["reason"],
        "Failure": block["error"],
        "Message": block["message"],
        "Oddities": listed(block["notes"]) if block["notes"] else None,
    }
    return lines + [(label, value) for label, value in optional.items() if value]


def _per_device(block: Json) -> Iterator[Part]:
    licenses = block["licenses"]
    yield "Licenses", [("All", number(licenses["total"])), *_by_name(licenses["byState"])]
    yield "Expiring", _expiring(block["expiring"])
    yield "Unused", _unused(block["unused"])
    for heading, key in (("Devices", "devices"), ("Network licenses", "networkLicenses")):
        counts = look(block["coverage"], key)
        yield heading, _standings(counts)
    yield "By license type", [(name, listed(states)) for name, states in (licenses["byType"] or {}).items()]
    yield "Seats", _seats(block["seats"])
    yield "Reclaimable", _reclaim(block["reclaim"])


def _expiring(expiring: Json | None) -> list[Line]:
    if expiring is None:
        return [("State expiring", NOT_KNOWN)]
    return [
        ("State expiring", number(expiring["total"])),
        *_by_window("End within", expiring["within"]),
        ("Covered by queued licenses", number(expiring["coveredByQueue"])),
        ("At risk", number(expiring["atRisk"])),
        *_by_window("At risk within", expiring["atRiskWithin"]),
        *_by_name(expiring["atRiskByType"], "At risk, "),
    ]


def _by_name(counts: Json | None, prefix: str = "") -> list[Line]:
    return [(f"{prefix}{name}", number(count)) for name, count in (counts or {}).items() if count]


def _by_window(words: str, counts: Json | None) -> list[Line]:
    if counts is None:
        return [(words, NOT_KNOWN)]
    return [(f"{words} {length} days", number(count)) for length, count in counts.items()]


def _standings(counts: Json | None) -> list[Line]:
    if counts is None:
        return [("Standing", NOT_KNOWN)]
    return [(words.capitalize(), number(counts[key])) for key, words in STANDINGS.items() if counts[key]]


def _unused(unused: Json | None) -> list[Line]:
    if unused is None:
        return [("Not burning", NOT_KNOWN), ("Burning", NOT_KNOWN)]
    burning, activation = unused["burning"], unused["activation"]
    lines = [("All", number(unused["total"]))]
    lines += [("Not burning", number(unused["unused"])), ("Burning", number(unused["unusedActive"]))]
    if burning is not None:
        lines += [("Days burned", number(burning["daysBurned"])), ("Days left", number(burning["daysLeft"]))]
    if activation is not None:
        soonest = activation["soonest"]
        lines.append(("Next begin to burn (estimate)", "none" if soonest is None else day(soonest)))
        if soonest is not None:
            lines.append(("Begin on that day", number(activation["soonestCount"])))
        lines.append(("Overdue to burn", number(activation["overdue"])))
    by_type = {name: counts for name, counts in (unused["byType"] or {}).items() if any(counts.values())}
    return lines + [(f"Type {name}", _in_parts(counts)) for name, counts in by_type.items()]


def _in_parts(counts: Json) -> str:
    unused, idle, burning = unused_of(counts)
    return f"{unused:,}: {idle:,} not burning, {burning:,} burning"


def _seats(seats: Json | None) -> list[Line]:
    if seats is None:
        return [("All", NOT_KNOWN)]
    use = seats["systemsManager"]
    lines = _by_name({"All": seats["total"]}) + _by_name(seats["byState"])
    if use is not None:
        lines += [
            ("Systems Manager seats in use", f"{use['activeSeats']:,} of {use['totalSeats']:,}"),
            ("Not assigned", number(use["unassignedSeats"])),
            ("Devices enrolled", number(use["enrolledDevices"])),
        ]
    return lines


def _reclaim(reclaim: Json | None) -> list[Line]:
    if reclaim is None or not reclaim["matched"]:
        return []
    by_type = [(name, listed(counts)) for name, counts in reclaim["byType"].items()]
    return [("Devices that would stay covered", number(reclaim["matched"])), *by_type]


def _co_term(block: Json) -> Iterator[Part]:
    devices, use, keys = block["devices"], block["use"], block["keys"]
    yield (
        "Co-termination",
        [
            ("Status", block["status"] or NOT_KNOWN),
            ("Ends", day(block["expiresAt"])),
            ("Devices licensed", number(devices["licensed"])),
            ("Seats of Systems Manager", number(look(block, "seats", "licensed"))),
        ],
    )
    yield "Devices licensed", _by_name(devices["byModel"])
    yield "Devices in use (estimate)", _device_use(use)
    if keys is not None:
        counts = {key: keys[key] for key in ("total", "live", "invalidated", "expired")}
        yield "Keys", [(key.capitalize(), number(count)) for key, count in counts.items()]
        yield "Live keys by edition", _by_name(keys["byEdition"])
        yield "Keys by mode", _by_name(keys["byMode"])
        yield "Devices of live keys", _by_name(keys["devicesByModel"])


def _device_use(use: Json | None) -> list[Line]:
    if use is None:
        return [("In use", NOT_KNOWN)]
    lines = [
        ("In use", number(use["inUse"])),
        ("Over the limit", number(use["overLimit"])),
        ("Spare", number(use["spare"])),
        ("Warm spares, which need no license", number(use.get("warmSpares"))),
    ]
    if use["darkAt"] is not None:
        lines.append(("Dark for that no later than", day(use["darkAt"])))
    families = use["byFamily"].items()
    lines += [(name, f"{one['inUse']:,} of {one['licensed']:,} in use") for name, one in families]
    return lines + _by_name(use["unmatched"], "No licensed family: ")


def _subscriptions(block: Json) -> Iterator[Part]:
    seats, violations, skus = block["seats"], block["violations"], block.get("skus") or {}
    yield (
        "Subscriptions",
        [
            ("All", number(block["total"])),
            ("Shared with other organizations", number(block["shared"])),
            *_by_window("End within", block["endingWithin"]),
            ("Seats", _assigned(seats)),
            *([("Seats over the limit", number(seats["over"]))] if seats.get("over") else []),
            *(
                [("Seats not known of subscriptions", number(seats["unreadable"]))]
                if seats.get("unreadable")
                else []
            ),
            *_idle(block.get("idle")),
            ("Product classes in violation", number(violations and violations["productClasses"])),
            *_by_name(violations and _named(violations["missing"], skus), "Missing, "),
        ],
    )
    yield "SKUs", [(sku, sku_in_words(told)) for sku, told in skus.items()]
    for one in block["subscriptions"]:
        yield f"Subscription {one['name'] or one['id']}", _subscription(one, skus)


def _idle(idle: Json | None) -> Iterator[Line]:
    if idle is not None:
        told = [idle_seats_in_words(idle), *reasons_in_words(idle)]
        yield "Idle", f"{number(idle['subscriptions'])}: {', '.join(told)}"


def _named(counts: Json, skus: Json) -> Json:
    """*counts* of SKUs, with their names."""
    return {sku_with_name(sku, skus): count for sku, count in counts.items()}


def _subscription(one: Json, skus: Json) -> list[Line]:
    lines = [
        ("Id", one["id"]),
        ("Status", one["status"]),
        ("Type", one["type"]),
        ("Term", f"{day(one['startsAt'])} to {day(one['endsAt'])}"),
        ("Renewal requested", yes_or_no(one["renewalRequested"])),
        *([("Renews", day(one["renewsAt"]))] if one.get("renewsAt") else []),
        *([("Networks", number(one["networks"]))] if one.get("networks") is not None else []),
        *([("Smart Account", one["smartAccount"])] if one.get("smartAccount") else []),
    ]
    if one["shared"]:
        lines.append(("Shared by", counted(one["organizations"], "organization")))
    if one["seats"] is None:
        lines.append(("Seats", NOT_KNOWN))
    for sku, seats in (one["seats"] or {}).items():
        lines.append((sku_with_name(sku, skus), NOT_KNOWN if seats is None else _assigned(seats, "seats ")))
    if one["violations"] is None:
        lines.append(("Compliance", NOT_KNOWN))
    for violation in one["violations"] or ():
        grace = day(violation["graceEndsAt"])
        missing = listed(_named(violation["missing"], skus) or None)
        told = f"grace ends {grace}, missing {missing}"
        lines.append((f"Violation, {violation['productClass']}", told))
    return lines


def _assigned(seats: Json, noun: str = "") -> str:
    return f"{number(seats['assigned'])} of {number(seats['limit'])} {noun}assigned"


def _dark_dates(dark: Json | None) -> list[Line]:
    if dark is None:
        return [("Dates", NOT_KNOWN)]
    return [_dark_line(one) for one in dark["dates"]]


def _dark_line(one: Json) -> Line:
    estimate = ", no later than that (estimate)" if one["estimate"] else ""
    what = f"{number(one['count'])} × {one['what']}" if one["what"] else "the whole organization"
    return one["date"], f"{what}, {standing(one['standing'])}{estimate}"


def _error_line(one: Json) -> Line:
    status = "" if one["httpStatus"] is None else f", HTTP {one['httpStatus']}"
    request = "" if one["requestId"] is None else f", request {one['requestId']}"
    return one["class"], f"{error_message(one)} ({counted(one['attempts'], 'attempt')}{status}{request})"


def _finding_line(one: Json) -> Line:
    due = "" if one["due"] is None else f" (due {day(one['due'])})"
    return f"{severity_of(one)}: {one['rule']}, {one['subject']}", f"{one['message']}{due}"
