"""Makes photos and videos as phones do, with all that phones write into them, and posts them."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
from PIL import Image
from tests.integration.people import event, log, person, project_all

from huiliu.ports.posts import PostRow
from huiliu.ports.world import World
from huiliu.printers.media_folder import MediaFolder
from huiliu.services.make_post import Sent, make_post

__all__ = ["BRAND", "ORDER", "PLACE", "buyer", "photo", "posted", "video", "with_folder"]

BRAND = 1
ORDER = "E20261101001"
#: What must never be found in a file that is kept.
PLACE = b"+39.9042+116.4074/"
_GPS = 0x8825


def with_folder(world: World, root: Path) -> World:
    """Return a world that keeps files."""
    return replace(world, media=MediaFolder(root / "media"))


def photo(shade: int = 120, size: tuple[int, int] = (640, 480)) -> bytes:
    """Return a JPEG that says by which camera, where and when it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "HUILIU PHONE"
    exif[0x0132] = "2026:11:01 09:30:00"
    gps = exif.get_ifd(_GPS)
    gps[1], gps[2] = "N", (39.0, 54.0, 15.12)
    gps[3], gps[4] = "E", (116.0, 24.0, 26.64)
    written = io.BytesIO()
    xmp = b"<x:xmpmeta><place>" + PLACE + b"</place></x:xmpmeta>"
    picture = Image.fromarray(np.full((size[1], size[0], 3), shade, np.uint8))
    picture.save(written, "JPEG", exif=exif, comment=PLACE, xmp=xmp)
    return written.getvalue()


def video(path: Path, n_frames: int = 20) -> bytes:
    """Return an MP4 of ten pictures a second that says where and when it was taken."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "use_metadata_tags"}) as made:
        made.metadata["location"] = PLACE.decode()
        made.metadata["com.apple.quicktime.location.ISO6709"] = PLACE.decode()
        made.metadata["creation_time"] = "2026-11-01T09:30:00Z"
        stream = made.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for number in range(n_frames):
            shade = np.full((120, 160, 3), number * 10 % 250, np.uint8)
            made.mux(stream.encode(av.VideoFrame.from_ndarray(shade, format="rgb24")))
        made.mux(stream.encode())
    return path.read_bytes()


def buyer(world: World, name: str = "ada", order_id: str = ORDER, *, delivered: bool = True) -> int:
    """Return somebody to whom an order came."""
    lines = [{"product_id": "serum", "quantity": 1}, {"product_id": "cream", "quantity": 2}]
    steps = ["Order Paid", "Order Shipped", *(["Order Delivered"] if delivered else [])]
    log(world, *(
        event(f"user_id:{name}", name=step,
              properties={"order_id": order_id, "total": 199.0, "products": lines})
        for step in steps
    ))  # fmt: skip
    project_all(world)
    return person(world, f"user_id:{name}")


def posted(world: World, profile_id: int, shade: int = 120, *, consents: bool = True) -> PostRow:
    """Return a post of one photo that waits."""
    sent = Sent([photo(shade)], "很好用", "serum", consents=consents, locale="zh-CN")
    return make_post(world, BRAND, profile_id, ORDER, sent)
