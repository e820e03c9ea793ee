"""Sealing: only the same key opens it, only for the same purpose, and only unchanged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.access.sealing import Seal, SealBroken

SEAL = Seal(b"k" * 32)


@given(st.binary(max_size=200), st.text(max_size=50))
def test_what_was_sealed_opens(content: bytes, purpose: str) -> None:
    assert SEAL.open(SEAL.seal(content, purpose), purpose) == content


@given(st.text(max_size=200))
def test_text_is_printable_and_opens(text: str) -> None:
    sealed = SEAL.seal_text(text, "x")
    assert sealed.isascii()
    assert SEAL.open_text(sealed, "x") == text
    assert SEAL.seal_text(text, "x") != sealed


def test_another_key_or_purpose_does_not_open() -> None:
    sealed = SEAL.seal(b"secret", "access-key A")
    for seal, purpose in ((Seal(b"x" * 32), "access-key A"), (SEAL, "access-key B")):
        with pytest.raises(SealBroken):
            seal.open(sealed, purpose)


@given(st.integers(0, 33), st.integers(1, 255))
def test_no_byte_can_be_changed(at: int, flip: int) -> None:
    sealed = bytearray(SEAL.seal(b"secret", ""))
    sealed[at] ^= flip
    with pytest.raises(SealBroken):
        SEAL.open(bytes(sealed), "")


@given(st.text(max_size=100))
def test_junk_does_not_open(junk: str) -> None:
    with pytest.raises(SealBroken):
        SEAL.open_text(junk, "x")
