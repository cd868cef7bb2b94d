from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.simulator.co_term import (
    UNHEARD_STATUSES,
    CoTermEstate,
    co_term_overview,
    draw_account,
    midnight,
    write_keys,
)
from auditor.simulator.families import (
    FAMILY_OF_LICENSE,
    FAMILY_OF_MODEL,
    PLAIN_MODELS,
    PRODUCT_TYPE_OF,
    SEATS_NAMES,
    VARIANTS,
    key_name,
)

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
moments = st.datetimes(datetime(2015, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
estates = st.builds(
    CoTermEstate, st.integers(), st.integers(0, 20_000), st.just("7"), st.integers(0, 3000), moments
)
ESTATES = [CoTermEstate(1, number, str(number), 10 + number, AS_OF) for number in range(400)]
ACCOUNTS = [draw_account(estate) for estate in ESTATES]


def families(names: dict[str, int], family_of: dict[str, str]) -> Counter[str]:
    """Counts by family."""
    counts: Counter[str] = Counter()
    for name, count in names.items():
        if name in family_of:
            counts[family_of[name]] += count
    return counts


def moment(text: str) -> datetime:
    """A date of the API as a moment."""
    return datetime.fromisoformat(text)


@settings(max_examples=50)
@given(estates)
def test_an_account_is_about_as_large_as_asked_for(estate: CoTermEstate) -> None:
    """Hardware licenses add up to the size, but for rounding; without size nothing is licensed."""
    account = draw_account(estate)
    hardware = sum(families(dict(account.licensed), FAMILY_OF_LICENSE).values())

    assert account == draw_account(estate)
    if estate.size == 0:
        assert (account.status, account.ends_on, account.licensed, account.idle) == ("N/A", None, {}, {})
    else:
        assert abs(hardware - estate.size) <= 6
        assert set(account.licensed) <= {*FAMILY_OF_LICENSE, *SEATS_NAMES}
        assert all(count > 0 for count in (*account.licensed.values(), *account.in_use.values()))


def test_the_status_is_no_function_of_the_date() -> None:
    """What is past asks for licenses, some that is ahead does too, and most does not; few texts are odd."""
    past = [one for one in ACCOUNTS if one.ends_on and midnight(one.ends_on) <= AS_OF]
    ahead = [one for one in ACCOUNTS if one.ends_on and midnight(one.ends_on) > AS_OF]

    assert {one.status for one in past} - set(UNHEARD_STATUSES) == {"License Required"}
    assert 0.02 < sum(one.status == "License Required" for one in ahead) / len(ahead) < 0.3
    assert {one.status for one in ahead} - set(UNHEARD_STATUSES) == {"License Required", "OK"}
    assert 0 < sum(one.status in UNHEARD_STATUSES for one in ACCOUNTS) < 0.05 * len(ACCOUNTS)
    assert 0.1 < len(past) / len(ACCOUNTS) < 0.3


def test_dates_stand_on_every_edge() -> None:
    """On the reference day, at the end of each window, and of the grace."""
    left = {(midnight(one.ends_on) - AS_OF).days for one in ACCOUNTS if one.ends_on}

    assert {0, 30, 60, 90, -30} <= left


def test_some_use_more_than_they_have_licensed() -> None:
    """Family by family; most use what they have or less, and some use what nothing fits."""
    over = strangers = 0
    for account in ACCOUNTS:
        licensed = families(dict(account.licensed), FAMILY_OF_LICENSE)
        pools = FAMILY_OF_MODEL | {
            model: plain for model, plain in PLAIN_MODELS.items() if model not in licensed
        }
        pools |= {spelling: pools[model] for spelling, model in VARIANTS.items()}
        used = families(dict(account.in_use), pools)
        over += any(used[family] > count for family, count in licensed.items())
        strangers += any(pools.get(model) not in licensed for model in account.in_use)

    assert 0.05 < over / len(ACCOUNTS) < 0.2
    assert 0.05 < strangers / len(ACCOUNTS) < 0.25


def test_some_appliances_are_pairs_and_some_models_have_a_region() -> None:
    """A pair is of an appliance in use; spellings with a region or variant are those of the table."""
    pairs = [(account, model) for account in ACCOUNTS for model in account.pairs]
    spelled = {model for account in ACCOUNTS for model in account.in_use if model in VARIANTS}

    assert len(pairs) > 20
    assert all(PRODUCT_TYPE_OF[model] == "appliance" for _, model in pairs)
    assert all(0 < account.pairs[model] <= account.in_use[model] for account, model in pairs)
    assert spelled == set(VARIANTS)


def test_without_a_license_some_use_devices_all_the_same() -> None:
    """Some do, some do not."""
    empty = [draw_account(CoTermEstate(1, number, str(number), 0, AS_OF)) for number in range(40)]

    assert 5 < sum(bool(one.in_use) for one in empty) < 35


def test_models_with_wireless_are_licensed_by_either_name() -> None:
    """By their own in some organizations, by that of the plain model in others, and by both names apart."""
    kinds = set()
    for account in ACCOUNTS:
        licensed = families(dict(account.licensed), FAMILY_OF_LICENSE)
        for model, plain in PLAIN_MODELS.items():
            if {model, f"{model}-HW"} & set(account.in_use):
                kinds.add((model in licensed, plain in licensed))

    assert kinds >= {(True, False), (False, True), (True, True)}


def test_seats_go_by_every_name() -> None:
    """One of them in an organization that has any."""
    names = [set(account.licensed) & set(SEATS_NAMES) for account in ACCOUNTS]

    assert set().union(*names) == set(SEATS_NAMES)
    assert {len(one) for one in names} == {0, 1}


def test_the_overview_tells_one_date_in_words() -> None:
    """The recorded form, and `N/A` where there are no licenses."""
    account = next(one for one in ACCOUNTS if one.ends_on)
    told = co_term_overview(account)
    nothing = co_term_overview(draw_account(CoTermEstate(1, 1, "1", 0, AS_OF)))

    assert account.ends_on
    assert datetime.strptime(told["expirationDate"], "%b %d, %Y UTC").replace(tzinfo=UTC) == midnight(
        account.ends_on
    )
    assert told["licensedDeviceCounts"] == account.licensed
    assert nothing == {"status": "N/A", "expirationDate": "N/A", "licensedDeviceCounts": {}}


@settings(max_examples=30)
@given(estates)
def test_keys_agree_with_their_flags(estate: CoTermEstate) -> None:
    """Expired means that the term is over, invalidated has its date, and no key comes twice."""
    keys = write_keys(estate, draw_account(estate))

    assert len({key["key"] for key in keys}) == len(keys)
    for key in keys:
        started, claimed = moment(key["startedAt"]), moment(key["claimedAt"])
        assert started <= claimed <= estate.as_of
        assert key["expired"] == (started + timedelta(days=key["duration"]) <= estate.as_of)
        assert key["invalidated"] == (key["invalidatedAt"] is not None)
        assert key["organizationId"] == "7"
        assert key["editions"]
        assert key["counts"]


def test_live_keys_hold_what_is_licensed() -> None:
    """Their counts add up to those of the overview, under the names of keys; past the date none lives."""
    for estate, account in zip(ESTATES, ACCOUNTS, strict=True):
        held: Counter[str] = Counter()
        for key in write_keys(estate, account):
            if not key["invalidated"] and not key["expired"]:
                held.update({one["model"]: 0 for one in key["counts"]})
                for one in key["counts"]:
                    held[one["model"]] += one["count"]
        licensed: Counter[str] = Counter()
        for name, count in account.licensed.items():
            licensed[key_name(name)[0]] += count
        assert account.ends_on
        assert held == (licensed if midnight(account.ends_on) > AS_OF else Counter())


def test_keys_of_every_kind_occur() -> None:
    """Both modes, live, invalidated, expired, and both at once; keys of several editions."""
    keys: list[dict[str, Any]] = [
        key for estate, account in zip(ESTATES, ACCOUNTS, strict=True) for key in write_keys(estate, account)
    ]

    assert {key["mode"] for key in keys} == {"addDevices", "renew"}
    assert {(key["invalidated"], key["expired"]) for key in keys} == {
        (False, False),
        (False, True),
        (True, False),
        (True, True),
    }
    assert any(len(key["editions"]) > 1 for key in keys)
