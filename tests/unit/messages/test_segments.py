"""An SMS is divided where a phone can join it again, and nowhere else."""

from __future__ import annotations

import pytest

from huiliu.messages.segments import decode_gsm7, segment, user_data_header


@pytest.mark.parametrize(
    ("text", "encoding", "sizes"),
    [
        ("", "gsm7", [0]),
        ("a" * 160, "gsm7", [160]),
        ("a" * 161, "gsm7", [153, 8]),
        ("€" * 80, "gsm7", [160]),
        ("€" * 81, "gsm7", [152, 10]),  # an escape pair never falls apart
        ("你" * 70, "ucs2", [140]),
        ("你" * 71, "ucs2", [134, 8]),
        ("`", "ucs2", [2]),  # not in GSM 03.38
    ],
)
def test_parts_are_as_full_as_the_standard_lets_them_be(text: str, encoding: str, sizes: list[int]):
    """160 or 153 septets, 70 or 67 UTF-16 units."""
    found = segment(text)

    assert found.encoding == encoding
    assert [len(part.data) for part in found.parts] == sizes


def test_an_emoji_at_the_border_goes_into_the_next_part_whole():
    """66 letters and a surrogate pair need 68 units: the pair is not cut."""
    found = segment("长" * 66 + "😀" + "长" * 10)

    assert [part.text for part in found.parts] == ["长" * 66, "😀" + "长" * 10]


def test_a_family_and_a_flag_stay_together():
    """What looks like one character to a reader is in one part."""
    family, flag = "👨‍👩‍👧", "🇨🇳"
    found = segment("长" * 64 + family + "长" * 56 + flag * 8)

    assert all(family in part.text or "👨" not in part.text for part in found.parts)
    assert all(part.text.count("🇨") == part.text.count("🇳") for part in found.parts)


def test_a_cluster_longer_than_a_part_is_divided_by_characters():
    """A letter under a hundred accents still arrives."""
    found = segment("e" + "\u0301" * 100)

    assert "".join(part.text for part in found.parts) == "e" + "\u0301" * 100
    assert all(len(part.data) <= 134 for part in found.parts)


def test_the_header_that_joins_parts_is_the_standards():
    """05 00 03, reference, total, number."""
    assert user_data_header(0x1FF, 3, 2) == bytes((5, 0, 3, 0xFF, 3, 2))


def test_more_parts_than_the_header_can_count_are_refused():
    """The total is one octet."""
    with pytest.raises(ValueError, match="255"):
        segment("a" * (153 * 255 + 1))


def test_septets_are_read_back_with_their_escapes():
    """What a phone sends in the default alphabet is understood."""
    data = b"".join(part.data for part in segment("{5€} à Ω").parts)

    assert decode_gsm7(data) == "{5€} à Ω"


def test_strange_septets_do_no_harm():
    """An unknown extension shows its basic character; an escape at the end shows nothing."""
    assert decode_gsm7(b"\x1bA\xff\x1b") == "A?"
