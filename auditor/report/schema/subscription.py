"""The blocks about subscriptions: seats by SKU, what SKUs are, and product classes out of compliance."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import AwareDatetime, Field

from auditor.report.schema.block import Block, ByName, ByWindow, Count

Missing: TypeAlias = Annotated[
    dict[str, Count | None], Field(description="By SKU; null where a quantity cannot be read.")
]


class SeatsOfSku(Block):
    """Seats of a subscription."""

    limit: Count
    assigned: Count
    available: Count
    over: Annotated[
        Count | None,
        Field(
            description="Assigned beyond the limit: assigned + available = limit + over, unless the vendor's"
            " own figures differ (`countsDiffer`). Null before version 1.2."
        ),
    ] = None


class SubscriptionSeats(Block):
    """Seats of several, in all and by SKU: of what can be read, and null where nothing can."""

    limit: Count | None
    assigned: Count | None
    available: Count | None
    over: Annotated[Count | None, Field(description="Null before version 1.2, too.")] = None
    unreadable: Annotated[
        Count | None,
        Field(
            description="Subscriptions of which some seats cannot be read: the sums are lower bounds then."
            " Null before version 1.2."
        ),
    ] = None
    by_sku: dict[str, SeatsOfSku]


class IdleSubscriptions(Block):
    """Subscriptions that are not over and do nothing: each once, and by reason; one may have several."""

    subscriptions: Annotated[
        Count, Field(description="With a reason to be idle: a lower bound where some are `unknown`.")
    ]
    seats: Annotated[
        Count | None,
        Field(description="Their limits, of what can be read; null where some should be and none can."),
    ]
    no_network: Annotated[Count, Field(description="Bound to no network.")]
    pending: Annotated[Count, Field(description="Smart Account pending.")]
    not_started: Annotated[Count, Field(description="Not begun, by date or by status (`inactive`).")]
    unknown: Annotated[
        Count, Field(description="Without a reason, and how many networks it is bound to is not known.")
    ]


class Violations(Block):
    """Product classes out of compliance, and the seats that would mend it, by SKU."""

    product_classes: Count
    missing: Missing


class TotalViolations(Violations):
    """The same over all subscriptions that could be read."""

    unknown: Annotated[Count, Field(description="Organizations whose compliance could not be read.")] = 0


class Violation(Block):
    """One product class out of compliance."""

    product_class: str
    grace_ends_at: Annotated[AwareDatetime | None, Field(description="The vendor's own date.")]
    missing: Missing


class Sku(Block):
    """What an SKU is, in the vendor's words; null where it does not say."""

    name: str | None
    product_type: str | None
    product_class: str | None
    feature_tier: Annotated[str | None, Field(description="Null for an add-on.")]
    is_add_on: bool | None
    is_free: bool | None


class OneSubscription(Block):
    """One subscription as the vendor tells it."""

    id: str
    name: str
    status: str
    type: str
    starts_at: AwareDatetime | None
    ends_at: AwareDatetime | None
    renewal_requested: bool | None
    organizations: Annotated[Count | None, Field(description="How many it spans, other keys' included.")]
    shared: Annotated[
        bool, Field(description="It spans several by that number, or turned up in several of the audit.")
    ]
    networks: Annotated[
        Count | None, Field(description="How many it is bound to; null where the vendor does not say.")
    ] = None
    smart_account: Annotated[
        str | None, Field(description="Status of its Smart Account, in the vendor's words.")
    ] = None
    renews_at: Annotated[
        AwareDatetime | None, Field(description="The vendor's `renewalDate`, where the API sends it.")
    ] = None
    seats: Annotated[
        dict[str, SeatsOfSku | None] | None,
        Field(
            description="By SKU, null where the counts cannot be read; null of all without a list of them."
        ),
    ]
    violations: Annotated[
        list[Violation] | None, Field(description="Null where none is known and compliance was not read.")
    ]
    notes: Annotated[
        ByName | None, Field(description="What was odd about it, by kind: in the organization's as well.")
    ] = None


class SubscriptionSums(Block):
    """Sums over subscriptions, each counted once, whole, whoever shares it."""

    total: Count
    shared: Annotated[Count, Field(description="Those that span several organizations.")]
    by_status: ByName
    by_type: ByName
    renewal_requested: Count
    ending_within: ByWindow
    seats: SubscriptionSeats
    idle: Annotated[IdleSubscriptions | None, Field(description="Null before version 1.2.")] = None
    skus: Annotated[
        dict[str, Sku | None] | None,
        Field(
            description="Each SKU that has seats or is missing; null for one that the vendor does not list,"
            " and instead of all where its list could not be read (`skusUntold`)."
        ),
    ] = None


class OrganizationSubscriptions(SubscriptionSums):
    """The subscriptions of one organization. The seats of a shared one are not its alone."""

    violations: Annotated[Violations | None, Field(description="Null where compliance could not be read.")]
    subscriptions: Annotated[list[OneSubscription], Field(description="Ordered by id.")]


class TotalSubscriptions(SubscriptionSums):
    """All subscriptions of the fleet."""

    organizations: Count
    violations: TotalViolations
