"""S0.6, S0.7: hashes and canonical JSON."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.hashing import HASH_RANGE, H, canonical_json, digest, share_threshold


def test_hash_has_the_published_value():
    """S0.6 gives this example, so that other languages can check themselves."""
    assert H("sample|17", "abc") == 2021799487595747


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.text(alphabet=st.characters(codec="utf-8")))
def test_hash_is_below_2_to_the_52(salt, key):
    assert 0 <= H(salt, key) < 2**52 == HASH_RANGE


def test_shares_are_computed_in_integers():
    assert share_threshold(100) == 2**52
    assert [share_threshold(percent) for percent in (1, 5, 80, 95)] == [
        45035996273704,
        225179981368524,
        3602879701896396,
        4278419646001971,
    ]


def test_a_share_holds_about_that_share_of_keys():
    inside = sum(H("sample|17", f"customer {number}") < share_threshold(25) for number in range(20_000))
    assert 0.24 < inside / 20_000 < 0.26


def test_canonical_json_is_sorted_compact_and_keeps_letters():
    assert canonical_json({"b": [1, 0.1, None], "a": "ü"}) == '{"a":"ü","b":[1,0.1,null]}'


def test_canonical_json_refuses_what_json_cannot_hold():
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"a": float("nan")})


def test_digest_is_16_hexadecimal_digits_whatever_the_order_of_keys():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) == "43258cff783fe703"
    assert digest({"a": 1}) != digest({"a": 2})
