"""Photos that strangers send, painted anew: what comes out holds pixels and nothing else.

Camera, place, time, thumbnails, comments and whatever else a file carries stay behind, because a
new file is written from the pixels alone. Colours are brought to sRGB first, and what a camera
noted as "turned" is turned.
"""

from __future__ import annotations

import io
from typing import Final

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.ports.media import Cleaned

__all__ = ["LARGEST_PHOTO", "clean_photo"]

LARGEST_PHOTO: Final = 15 * 1024 * 1024
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
#: More is what a small file says to fill the memory of whoever opens it.
_MOST_PIXELS: Final = 60_000_000
# Pillow would warn of some of them and refuse others; here all are refused, before a pixel is read.
Image.MAX_IMAGE_PIXELS = None
_SMALLEST_SIDE: Final = 64
#: What a phone's screen can show.
_LONGEST_SIDE: Final = 2_048
_QUALITY: Final = 86


def clean_photo(data: bytes) -> Cleaned:
    """Return a photo as a JPEG of its pixels alone.

    Raises:
        BadInput: it is no picture that is taken, or too large, too small, or broken.
    """
    if len(data) > LARGEST_PHOTO:
        raise _wrong("posts.file.too_large", most=LARGEST_PHOTO >> 20)
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
            width, height = opened.size
            if width * height > _MOST_PIXELS:
                raise _wrong("posts.file.too_many_pixels", most=_MOST_PIXELS // 1_000_000)
            if min(width, height) < _SMALLEST_SIDE:
                raise _wrong("posts.file.too_small", least=_SMALLEST_SIDE)
            # A JPEG can be read at half its size at once, which saves time and memory.
            opened.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))
            painted = _painted(opened)
    except UnidentifiedImageError as fault:
        raise _wrong("posts.file.unknown") from fault
    except (OSError, ValueError, SyntaxError, EOFError) as fault:
        raise _wrong("posts.file.broken") from fault
    written = io.BytesIO()
    painted.save(written, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return Cleaned(
        "photo", "image/jpeg", written.getvalue(), *painted.size, still=written.getvalue()
    )


def _painted(opened: Image.Image) -> Image.Image:
    """Return a new picture with the pixels of one: upright, in sRGB, on white."""
    profile = opened.info.get("icc_profile")
    upright = ImageOps.exif_transpose(opened)
    upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
        with_alpha = upright.convert("RGBA")
        upright = Image.new("RGBA", with_alpha.size, "white")
        upright.alpha_composite(with_alpha)
        profile = None
    flat = upright.convert("RGB")
    if profile and upright.mode == "RGB":
        flat = _in_srgb(flat, profile)
    painted = Image.new("RGB", flat.size)
    painted.paste(flat)
    return painted


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """Return a picture with its colours in sRGB; a profile that cannot be read is left out."""
    try:
        found = ImageCms.profileToProfile(
            picture, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return found or picture


def _wrong(key: str, /, **arguments: object) -> BadInput:
    """Return the refusal of a file."""
    return BadInput((Problem("file", text(key, **arguments)),))
