"""Whatever the text, its parts joined are the text, and no character is cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from huiliu.messages.segments import decode_gsm7, segment

_GSM = st.text(alphabet="abc @£€{}[]~|^\\ΔΩ\n", max_size=700)
_ANY = st.text(
    alphabet=st.one_of(
        st.characters(exclude_categories=["Cs"]), st.sampled_from("👨‍👩‍👧‍👦🇨🇳é\u0301€{😀你")
    ),
    max_size=400,
)


@given(st.one_of(_GSM, _ANY))
def test_joined_parts_are_the_text(text: str):
    """Both as texts and as the octets that a phone decodes, part by part."""
    found = segment(text)

    assert "".join(part.text for part in found.parts) == text
    for part in found.parts:
        decoded = (
            decode_gsm7(part.data) if found.encoding == "gsm7" else part.data.decode("utf-16-be")
        )
        assert decoded == part.text


@given(st.one_of(_GSM, _ANY))
def test_no_part_is_longer_than_it_may_be(text: str):
    """One part holds 160 or 70 units, each of several 153 or 67."""
    found = segment(text)

    width, single, many = (1, 160, 153) if found.encoding == "gsm7" else (2, 70, 67)
    limit = single if len(found.parts) == 1 else many
    assert all(len(part.data) <= limit * width for part in found.parts)
    assert len(found.parts) == 1 or found.n_units > single


@given(_ANY)
def test_parts_begin_with_a_whole_character(text: str):
    """No part begins with a combining mark, a joiner or half a pair."""
    found = segment(text)

    for part in found.parts[1:]:
        assert (part.data[:2] and not 0xDC <= part.data[0] <= 0xDF) or found.encoding == "gsm7"
        assert part.text[0] not in "\u200d\ufe0f" or len(part.data) == 0 or _is_long(text)


def _is_long(text: str) -> bool:
    """Say whether the text may hold a cluster longer than a part."""
    return sum(letter in "\u0301\u200d\ufe0f" for letter in text) > 20
