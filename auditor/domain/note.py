"""What is noted about data that reads oddly and is counted all the same."""

from __future__ import annotations

from enum import StrEnum


class NoteKind(StrEnum):
    """One kind of oddity in what the vendor tells of licenses. The text is the report's."""

    MISSING_ID = "missingId"  # no usable `id`: counted, and not recognised when it comes again
    MISSING_STATE = "missingState"  # `state` missing, null, empty or not text: counted as unknown
    MISSING_TYPE = "missingType"  # `licenseType` likewise
    UNREADABLE_DATE = "unreadableDate"  # `activationDate` or `expirationDate` present, and no date
    UNREADABLE_SEAT_COUNT = "unreadableSeatCount"  # `seatCount` present, and no whole number
    UNKNOWN_STATUS = "unknownStatus"  # a co-termination status that nobody knows: no standing follows from it
    UNKNOWN_STATE = "unknownState"  # a `state` that OpenAPI 1.73.0 does not list: counted under its name
    DUPLICATE_LICENSE = "duplicateLicense"  # an `id` that an earlier row of the organization had
    MISSING_COUNT = "missingCount"  # a count of the overview that is missing, or no whole number
    COUNTS_DIFFER = "countsDiffer"  # states do not add up to `licenseCount`, or an SKU's seats to its limit
    ORPHANED_QUEUE = "orphanedQueue"  # a queued license behind nothing that is in the list: covers nothing
    UNREADABLE_DURATION = "unreadableDuration"  # a queued license that tells no term: adds no coverage
    NO_SUBSCRIPTIONS = "noSubscriptions"  # it states subscriptions, has none, and no other model answers
    MODEL_DIFFERS = "modelDiffers"  # the organization answers as under another licensing model than stated
    UNREADABLE_COUNT = "unreadableCount"  # a count of devices that is no whole number, or an SKU's seats
    COMPLIANCE_UNTOLD = "complianceUntold"  # a subscription out of compliance, of which no violation is told
    SKUS_UNTOLD = "skusUntold"  # the vendor's list of what SKUs are could not be read
    NO_LIVE_SUBSCRIPTION = (
        "noLiveSubscription"  # none of the organization runs: over, not begun, or none at all
    )
