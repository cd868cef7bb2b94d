import copy
import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import SettingsError
from auditor.settings.key import ApiKey, holds_api_key, mask_api_keys

PLANTED = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize("text", [PLANTED, f"  {PLANTED}\n", f"\r\n{PLANTED}\t"])
def test_a_key_reveals_itself_on_demand_without_the_white_space_around(text: str) -> None:
    """`reveal` is the one way to the text."""
    assert ApiKey(text, "file key").reveal() == PLANTED


def test_nothing_that_prints_shows_the_key() -> None:
    """`repr`, `str`, `format`, a container's repr and a log line show the source only."""
    key = ApiKey(PLANTED, "environment variable ACME_KEY")

    shown = [repr(key), str(key), f"{key}", f"{key!r:>80}", "%s" % key, repr([key]), repr({"key": key})]  # noqa: UP031

    assert not any(PLANTED[:8] in text for text in shown)
    assert all("ApiKey(****" in text and "ACME_KEY" in text for text in shown)


def test_a_key_has_no_dict_never_changes_and_is_not_copied() -> None:
    """The ways by which objects leak into files and other processes are closed."""
    key = ApiKey(PLANTED, "file key")

    assert not hasattr(key, "__dict__")
    with pytest.raises(AttributeError):
        key.source = "elsewhere"
    with pytest.raises(AttributeError):
        del key.source
    for duplicate in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="never pickled"):
            duplicate(key)


def test_keys_are_equal_by_their_text_alone() -> None:
    """Two tenants that share a key can be told, whatever the sources."""
    assert ApiKey(PLANTED, "a") == ApiKey(PLANTED, "b")
    assert hash(ApiKey(PLANTED, "a")) == hash(ApiKey(PLANTED, "b"))
    assert ApiKey(PLANTED, "a") != ApiKey(PLANTED[::-1], "a")
    assert ApiKey(PLANTED, "a") != PLANTED


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        (f"{PLANTED} {PLANTED}", "white space"),
        (f"key={PLANTED}\nother=1", "white space"),
        (f"{PLANTED}\x00{PLANTED}", "control character"),
        (f"{PLANTED}\x7f{PLANTED}", "control character"),
        (f"\ufeff{PLANTED}", "outside of ASCII"),
    ],
)
def test_what_cannot_be_a_key_is_refused_by_its_source(text: str, what: str) -> None:
    """The problem names where the key came from and never what it was, in the traceback neither."""
    with pytest.raises(SettingsError, match=what) as caught:
        ApiKey(text, "file key.txt")

    assert caught.value.problems[0].where == "file key.txt"
    assert PLANTED[:8] not in "".join(traceback.format_exception(caught.value))


@given(st.text())
def test_any_text_is_a_key_fit_for_a_header_or_a_settings_error(text: str) -> None:
    """What passes is printable ASCII without white space."""
    try:
        key = ApiKey(text, "somewhere")
    except SettingsError:
        return
    assert all("!" <= character <= "~" for character in key.reveal())


def test_keys_inside_of_other_text_are_recognised_and_masked() -> None:
    """Forty hexadecimal digits are taken for a key, an organization's id is not."""
    assert holds_api_key(f"--key={PLANTED}")
    assert not holds_api_key("L_646829496481105433")
    assert mask_api_keys(f"bad key {PLANTED}!") == "bad key ****!"
