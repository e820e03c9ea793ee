"""Receipts: which pieces make up an upload."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.blobs.objects import PIECE_BYTES
from portside.blobs.pieces import Receipt
from portside.blobs.store import StagedBytesMissing

NAMES = st.text("0123456789abcdef", min_size=16, max_size=16)
RUNS = st.lists(st.tuples(st.integers(1, 6500), NAMES), max_size=5)


@given(RUNS, NAMES, st.integers(1, PIECE_BYTES - 1), st.booleans())
def test_what_is_rendered_is_parsed(
    runs: list[tuple[int, str]], name: str, end_bytes: int, ends: bool
) -> None:
    """A receipt comes back as it was, and tells every byte."""
    receipt = Receipt(tuple(runs), name, end_bytes) if ends else Receipt(tuple(runs))
    assert Receipt.parse(receipt.render()) == receipt
    count = sum(count for count, _ in runs)
    assert receipt.size_bytes == count * PIECE_BYTES + (end_bytes if ends else 0)
    assert len(receipt.keys("u")) == count + ends


@given(st.lists(st.sampled_from(["a" * 16, "b" * 16]), max_size=30))
def test_pieces_follow_one_another(writers: list[str]) -> None:
    """Each writer's piece comes after all before it, and keys are in the order of their bytes."""
    receipt = Receipt()
    for writer in writers:
        receipt = receipt.grown(writer)
    keys = receipt.keys("u")
    assert [key.rpartition("-")[2] for key in keys] == writers
    assert keys == sorted(keys)


def test_a_piece_takes_the_place_of_what_was_not_full() -> None:
    """The end is read back before more is written; the full piece counts instead of it."""
    assert Receipt(end="a" * 16, end_bytes=5).grown("b" * 16) == Receipt(((1, "b" * 16),))


@given(st.text(max_size=60))
def test_any_text_is_a_receipt_or_none(text: str) -> None:
    """What is no receipt tells of no bytes."""
    try:
        assert Receipt.parse(text).render() == text or text.startswith(tuple("0123456789"))
    except StagedBytesMissing as error:
        assert text[:100] in str(error)  # noqa: PT017 - either is right


@pytest.mark.parametrize("text", ["5@short", "1x" + "a" * 16, "x" + "a" * 16 + ",", "../../etc"])
def test_what_is_no_receipt(text: str) -> None:
    with pytest.raises(StagedBytesMissing):
        Receipt.parse(text)
