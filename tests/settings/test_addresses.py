from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.settings.addresses import is_loopback, to_base_url
from auditor.settings.fault import Fault


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("https://api.meraki.com/api/v1", "https://api.meraki.com/api/v1"),
        ("https://api.meraki.ca/api/v1/", "https://api.meraki.ca/api/v1"),
        ("HTTPS://API.Meraki.in/api/v1//", "https://api.meraki.in/api/v1"),
        ("https://proxy.example:8443", "https://proxy.example:8443"),
        ("http://127.0.0.1:8080/api/v1", "http://127.0.0.1:8080/api/v1"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://localhost:1/", "http://localhost:1"),
        ("http://[::1]:8080/api/v1", "http://[::1]:8080/api/v1"),
    ],
)
def test_a_base_url_is_normalised(text: str, normal: str) -> None:
    """Scheme and host in lower case, no slash at the end, plain http on loopback only."""
    assert to_base_url(text) == normal


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("http://api.meraki.com/api/v1", "must be https"),
        ("http://127.0.0.1.evil.example/", "must be https"),
        ("http://localhost.evil.example/", "must be https"),
        ("http://128.0.0.1/", "must be https"),
        ("http://[::2]/", "must be https"),
        ("https://user:word@api.meraki.com/api/v1", "must not hold credentials"),
        ("http://127.0.0.1@evil.example/", "must not hold credentials"),
        ("https://api.meraki.com/api/v1?key=1", "no query"),
        ("https://api.meraki.com/api/v1?", "no query"),
        ("https://api.meraki.com/api/v1#top", "no query"),
        ("ftp://api.meraki.com/", "must begin with https"),
        ("api.meraki.com/api/v1", "must begin with https"),
        ("https:///api/v1", "must begin with https"),
        ("https://a..b/", "must name a host"),
        ("https://api.meraki.com:99999/", "can be read"),
        ("https://api.meraki.com:x/", "can be read"),
        ("https://[::1/", "can be read"),
        ("https://api.meraki.com/a b", "plain ASCII"),
        ("https://api.meraki.com\n/", "plain ASCII"),
        ("https://äpi.example/", "plain ASCII"),
        ("", "plain ASCII"),
    ],
)
def test_a_url_that_must_not_get_a_key_is_refused(text: str, what: str) -> None:
    """In the clear, with credentials, with a query, without a host: each has its own sentence."""
    with pytest.raises(Fault, match=what):
        to_base_url(text)


@given(st.text() | st.from_regex(r"https?://[a-z0-9.:@\[\]/?#%-]*", fullmatch=True))
def test_any_text_is_a_safe_base_url_or_a_fault(text: str) -> None:
    """What passes is https or loopback, stays as it is when read again, and holds no credentials."""
    try:
        url = to_base_url(text)
    except Fault:
        return
    assert to_base_url(url) == url
    assert "@" not in urlsplit(url).netloc
    assert url.startswith("https://") or is_loopback(urlsplit(url).hostname or "")
