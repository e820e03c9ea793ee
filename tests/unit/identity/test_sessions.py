"""What a session may be asked with: times, policies, tags and their room."""

from hashlib import sha512

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.identity.sessions import (
    PackedPolicyTooLarge,
    SessionRefused,
    SessionTags,
    SessionTagsRefused,
    check_policies,
    merge_session_tags,
    packed_percent,
    role_seconds,
    user_seconds,
)


@pytest.mark.parametrize(
    ("wanted", "most", "chained", "seconds"),
    [
        (None, 3600, False, 3600),
        (900, 3600, False, 900),
        (43_200, 43_200, False, 43_200),
        (3600, 43_200, True, 3600),
        (None, 43_200, True, 3600),
    ],
)
def test_role_sessions_last(wanted: int | None, most: int, *, chained: bool, seconds: int) -> None:
    assert role_seconds(wanted, most, chained=chained) == seconds


def test_role_sessions_end() -> None:
    with pytest.raises(SessionRefused) as caught:
        role_seconds(3601, 3600, chained=False)
    assert "exceeds the MaxSessionDuration set for this role" in caught.value.reason
    with pytest.raises(SessionRefused) as caught:
        role_seconds(3601, 43_200, chained=True)
    assert "1 hour session limit for roles assumed by role chaining" in caught.value.reason


def test_user_sessions() -> None:
    assert user_seconds(None, is_root=False) == 43_200
    assert user_seconds(129_600, is_root=False) == 129_600
    assert user_seconds(None, is_root=True) == 3600
    assert user_seconds(43_200, is_root=True) == 3600
    assert user_seconds(900, is_root=True) == 900


def test_policies_are_bounded() -> None:
    check_policies("x" * 2048, ())
    check_policies(None, ("x",) * 10)
    with pytest.raises(SessionRefused) as caught:
        check_policies("x" * 2048, ("y",))
    assert "less than or equal to 2048" in caught.value.reason
    with pytest.raises(SessionRefused) as caught:
        check_policies(None, ("x",) * 11)
    assert "less than or equal to 10" in caught.value.reason


def test_packed_size() -> None:
    assert packed_percent(None, (), {}) == 0
    assert 0 < packed_percent('{"Version":"2012-10-17"}', (), {"a": "b"}) < 10
    noise = {str(number): sha512(bytes([number])).hexdigest() for number in range(50)}
    with pytest.raises(PackedPolicyTooLarge) as caught:
        packed_percent(None, (), noise)
    assert caught.value.percent > 100


def test_transitive_tags_go_on() -> None:
    first = merge_session_tags(SessionTags(), (("Team", "ci"), ("Job", "7")), ("team",))
    assert first == SessionTags(tags={"Team": "ci", "Job": "7"}, transitive=("Team",))
    second = merge_session_tags(first, (("Step", "1"),), ())
    assert second == SessionTags(tags={"Team": "ci", "Step": "1"}, transitive=("Team",))


@pytest.mark.parametrize(
    ("added", "transitive", "told"),
    [
        ((("a", "1"), ("A", "2")), (), "Duplicate tag keys"),
        ((("aws:a", "1"),), (), "'aws:'"),
        ((("TEAM", "2"),), (), "conflicts with a transitive tag"),
        ((("a", "1"),), ("b",), "must be included in the requested tags"),
    ],
)
def test_refused_tags(
    added: tuple[tuple[str, str], ...], transitive: tuple[str, ...], told: str
) -> None:
    held = SessionTags(tags={"team": "ci"}, transitive=("team",))
    with pytest.raises(SessionTagsRefused) as caught:
        merge_session_tags(held, added, transitive)
    assert told in caught.value.reason


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.text(max_size=3)),
    st.dictionaries(st.sampled_from("ghijkl"), st.text(max_size=3)),
    st.data(),
)
def test_only_what_is_transitive_is_inherited(
    held: dict[str, str], added: dict[str, str], data: st.DataObject
) -> None:
    onward = data.draw(st.sets(st.sampled_from(sorted(held)))) if held else set()
    kept = data.draw(st.sets(st.sampled_from(sorted(added)))) if added else set()
    inherited = SessionTags(tags=held, transitive=tuple(sorted(onward)))
    merged = merge_session_tags(inherited, tuple(added.items()), tuple(kept))
    assert merged.tags == {key: held[key] for key in onward} | added
    assert set(merged.transitive) == onward | kept
