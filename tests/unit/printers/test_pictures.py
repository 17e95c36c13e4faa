"""Photos of strangers: what is taken, what comes out, and what never comes along."""

from __future__ import annotations

import io

import numpy as np
import pytest
import zxingcpp
from PIL import Image, ImageDraw

from huiliu.kernel.errors import BadInput
from huiliu.printers.pictures import LARGEST_PHOTO, clean_photo
from huiliu.printers.share_card import draw_card


def _written(picture: Image.Image, kind: str, **more: object) -> bytes:
    """Return a picture as a file."""
    made = io.BytesIO()
    picture.save(made, kind, **more)
    return made.getvalue()


def _plain(width: int = 300, height: int = 200, mode: str = "RGB") -> Image.Image:
    """Return a picture of one colour."""
    return Image.new(mode, (width, height), "navy")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_whatever_comes_in_a_jpeg_comes_out(kind: str) -> None:
    """Browsers are told one type, and it is the file's."""
    cleaned = clean_photo(_written(_plain(), kind))

    assert (cleaned.kind, cleaned.media_type) == ("photo", "image/jpeg")
    assert cleaned.data.startswith(b"\xff\xd8")
    assert (cleaned.width, cleaned.height) == (300, 200)


def test_a_photo_that_was_held_sideways_stands_upright() -> None:
    """Its EXIF says how it was held; that goes, so the pixels are turned."""
    exif = Image.Exif()
    exif[0x0112] = 6

    cleaned = clean_photo(_written(_plain(), "JPEG", exif=exif))

    assert (cleaned.width, cleaned.height) == (200, 300)


def test_large_photos_become_as_large_as_a_screen() -> None:
    """The longest side is 2,048, and the shape stays."""
    cleaned = clean_photo(_written(_plain(4_200, 2_100), "JPEG"))

    assert (cleaned.width, cleaned.height) == (2_048, 1_024)


def test_what_is_transparent_is_white() -> None:
    """A JPEG has no glass."""
    cleaned = clean_photo(_written(Image.new("RGBA", (100, 100), (0, 0, 0, 0)), "PNG"))

    with Image.open(io.BytesIO(cleaned.data)) as opened:
        assert opened.getpixel((50, 50)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "unknown"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unknown"),
        (_written(_plain(), "GIF"), "unknown"),
        (_written(_plain(), "JPEG")[:600], "broken"),
        (_written(_plain(40, 400), "PNG"), "too_small"),
        (_written(_plain(12_000, 12_000, "1"), "PNG"), "too_many_pixels"),
        (b"\xff\xd8" + bytes(LARGEST_PHOTO), "too_large"),
    ],
)
def test_what_is_no_photo_is_refused_with_its_reason(data: bytes, key: str) -> None:
    """Whatever a stranger sends, it is an answer and never a fault of the program."""
    with pytest.raises(BadInput) as said:
        clean_photo(data)

    assert said.value.problems[0].text.key == f"posts.file.{key}"


def test_the_code_of_a_share_card_is_read_by_others() -> None:
    """As a phone reads it: from the whole picture, under a photo full of edges."""
    noisy = Image.fromarray(np.random.default_rng(7).integers(0, 255, (400, 400, 3), np.uint8))
    ImageDraw.Draw(noisy).ellipse((50, 50, 350, 350), fill="white")
    still = clean_photo(_written(noisy, "JPEG")).data
    words = {"brand": "溪山草木", "title": "#晒一晒 *我的* $精华$", "hint": "长按识别"}

    card = draw_card(still, words, "https://huiliu.example/s/abcdefghijk")

    with Image.open(io.BytesIO(card)) as opened:
        found = zxingcpp.read_barcodes(np.asarray(opened.convert("L")))
    assert [one.text for one in found] == ["https://huiliu.example/s/abcdefghijk"]
