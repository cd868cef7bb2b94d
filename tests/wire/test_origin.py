"""Where the key may go, and where it must not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.wire.origin import REGIONS, Origin, name_place, resolve

DEFAULT = Origin("https://api.meraki.com/api/v1")
LOCAL = Origin("http://127.0.0.1:8080/api/v1")


@pytest.mark.parametrize(
    "url",
    [
        "https://api.meraki.com/api/v1/organizations",
        "https://api.meraki.com",
        "https://api.meraki.com:443/api/v1",
        "HTTPS://API.Meraki.COM/api/v1",
        "https://n263.meraki.com/api/v1/organizations/1/licenses?startingAfter=0000-0000",
        "https://meraki.com/x",
        "https://a.b.meraki.com/x",
        "https://api.meraki.com?perPage=3",
        "https://api.meraki.com/x?organizationIds[]=1&t=%2F%40evil.example",
        "https://api.meraki.com/@evil.example",
    ],
)
def test_a_region_admits_its_own_hosts(url: str) -> None:
    """The base host and the shards of its region may see the key."""
    assert DEFAULT.admits(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.meraki.com/api/v1",
        "/api/v1/organizations",
        "//api.meraki.com/api/v1",
        "http://api.meraki.com/api/v1",
        "http://api.meraki.com:443/api/v1",
        "https://api.meraki.com:8443/api/v1",
        "https://n1.meraki.com:80/",
        "https://api.meraki.com:/x",
        "https://api.meraki.com:443x/",
        "https://api.meraki.com:99999999999/",
        "ftp://api.meraki.com/",
        "javascript:alert(1)",
        "https:api.meraki.com",
        "https:/api.meraki.com",
        "https:///api.meraki.com",
        "https://",
        "https://evilmeraki.com/",
        "https://evil-meraki.com/",
        "https://meraki.com.evil.example/",
        "https://api.meraki.com.evil.example/",
        "https://evil.example/api.meraki.com",
        "https://evil.example?.meraki.com",
        "https://evil.example#.meraki.com",
        "https://evil.example/.meraki.com",
        "https://user@api.meraki.com/",
        "https://user:pass@api.meraki.com/",
        "https://api.meraki.com@evil.example/",
        "https://api.meraki.com%40evil.example/",
        "https://api.meraki.com:443@evil.example/",
        "https://evil.example\\.meraki.com/",
        "https://evil.example\\@api.meraki.com/",
        "https:\\\\api.meraki.com/",
        "https://api.meraki.com\\@evil.example/",
        "https://api.meraki.com/\\evil.example",
        "https://api.meraki.com./",
        "https://.meraki.com/",
        "https://api..meraki.com/",
        "https://api.meraki.com /",
        " https://api.meraki.com/",
        "https://api.meraki.com/\n",
        "https://api.meraki.com\t/",
        "https://api.meraki.com/\x00",
        "https://api.meraki.com/a b",
        "https://ap\u0131.meraki.com/",
        "https://api.mera\u212ai.com/",
        "https://api\u3002meraki.com/",
        "https://\uff41pi.meraki.com/",
        "https://xn--api-.meraki.com\u200b/",
        "https://api.meraki.com/\u00e9",
        "https://[::1/",
        "https://[meraki.com]/",
        "https://api.meraki.ca/api/v1",
        "https://api.meraki.cn/api/v1",
        "https://api.meraki.in/api/v1",
        "https://api.gov-meraki.com/api/v1",
        "https://n1.gov-meraki.com/",
        "https://127.0.0.1/",
        "\ud800",
    ],
)
def test_everything_else_is_refused(url: str) -> None:
    """Other regions, look-alikes and URLs that two parsers may read differently get no key."""
    assert not DEFAULT.admits(url)


@pytest.mark.parametrize("host", REGIONS)
def test_a_region_admits_no_other_region(host: str) -> None:
    """A key belongs to one region."""
    origin = Origin(f"https://{host}/api/v1")

    admitted = {other for other in REGIONS if origin.admits(f"https://n7.{REGIONS[other]}/api/v1")}

    assert admitted == {host}


def test_another_base_host_admits_itself_alone() -> None:
    """A proxy or a simulator widens to nothing: same scheme, host and port."""
    assert LOCAL.admits("http://127.0.0.1:8080/api/v1/organizations")
    assert not LOCAL.admits("http://127.0.0.1/api/v1/organizations")
    assert not LOCAL.admits("https://127.0.0.1:8080/api/v1/organizations")
    assert not LOCAL.admits("https://api.meraki.com/api/v1/organizations")
    assert not Origin("https://proxy.example").admits("https://a.proxy.example/")


def test_a_base_on_another_port_is_not_widened() -> None:
    """A tunnel to a vendor host on its own port is one place, no region."""
    origin = Origin("https://api.meraki.com:8443/api/v1")

    assert origin.admits("https://api.meraki.com:8443/x")
    assert not origin.admits("https://n1.meraki.com/x")


def test_ipv6_hosts_are_compared_like_names() -> None:
    """A bracketed address is a host like any other."""
    assert Origin("http://[::1]:8080").admits("http://[::1]:8080/x")
    assert not Origin("http://[::1]:8080").admits("http://[::2]:8080/x")


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "api.meraki.com",
        "ftp://api.meraki.com",
        "https://u:p@api.meraki.com",
        "https://h/x?y",
        "https://h/x#y",
        "https://h:0/",
        "https://h:70000/",
        "https://h\\",
        "http://api.meraki.com/api/v1",
    ],
)
def test_a_base_url_that_is_no_plain_url_is_refused(base_url: str) -> None:
    """What cannot be compared cannot be an origin, nor may the vendor be reached without TLS."""
    with pytest.raises(ValueError, match=r"base URL|https only"):
        Origin(base_url)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://Evil.example/secret?token=1", "https://evil.example"),
        ("http://evil.example:81/x", "http://evil.example:81"),
        ("https://user:secret@evil.example/x", "evil.example"),
        ("https://ev\x1bil.example/", "an address that cannot be read"),
        ("https://[::1/secret", "an address that cannot be read"),
        ("mailto:secret", "an address that cannot be read"),
    ],
)
def test_a_place_is_named_without_what_could_be_secret(url: str, name: str) -> None:
    """A message holds the host, never a user, a path or a token."""
    assert name_place(url) == name


def test_an_origin_prints_as_its_place() -> None:
    """Messages name the origin shortly."""
    assert f"{DEFAULT} {LOCAL}" == "https://api.meraki.com http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("?a=1", "https://h.example/v1/x?a=1"),
        ("y", "https://h.example/v1/y"),
        ("/y#z", "https://h.example/y"),
        ("//other.example/y", "https://other.example/y"),
        ("https://h.example/%7Ey/../z?a=%3A%2F;", "https://h.example/%7Ey/../z?a=%3A%2F;"),
    ],
)
def test_targets_are_resolved_and_absolute_ones_left_alone(target: str, url: str) -> None:
    """Tokens inside of a URL are the server's: nothing decodes or tidies them."""
    assert resolve(target, base="https://h.example/v1/x?perPage=3") == url


@settings(deadline=None)
@given(st.text() | st.from_regex(r"https?://[a-z.@:\\\[\]%0-9/]*meraki\.com[:/@.a-z]*", fullmatch=True))
def test_no_text_makes_an_origin_fail(url: str) -> None:
    """Any text is admitted or refused, and what is admitted starts like the region does."""
    if DEFAULT.admits(url):
        authority = url.lower().removeprefix("https://").partition("/")[0].partition("?")[0]
        host = authority.partition("#")[0].removesuffix(":443")
        assert host == "meraki.com" or host.endswith(".meraki.com")
        assert "@" not in host
    assert name_place(url)
