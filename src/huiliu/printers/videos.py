"""Videos that strangers send, written anew by a process of its own; see video_child.py."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from huiliu.kernel.errors import BadInput, Problem, Unavailable
from huiliu.kernel.texts import text
from huiliu.ports.media import Cleaned
from huiliu.printers.pictures import clean_photo

__all__ = ["LARGEST_VIDEO", "clean_video", "is_video"]

LARGEST_VIDEO: Final = 60 * 1024 * 1024
_PATIENCE_S: Final = 120.0
_FAULTS: Final = ("unknown", "broken", "codec", "too_long")


def is_video(data: bytes) -> bool:
    """Say whether a file begins as one of the videos that are taken."""
    return data[4:8] == b"ftyp" or data[:4] == b"\x1aE\xdf\xa3"


def clean_video(data: bytes, most_seconds: int) -> Cleaned:
    """Return a video with its picture and its sound alone.

    Raises:
        BadInput: it is none that is taken, or too large, too long, or broken.
        Unavailable: what reads videos is not installed.
    """
    if not most_seconds:
        raise _wrong("posts.file.no_videos")
    if len(data) > LARGEST_VIDEO:
        raise _wrong("posts.file.too_large", most=LARGEST_VIDEO >> 20)
    if find_spec("av") is None:
        raise Unavailable("video", "huiliu[video]")
    with tempfile.TemporaryDirectory(prefix="huiliu-video-") as folder:
        place = Path(folder)
        (place / "in").write_bytes(data)
        told = _asked(place, most_seconds)
        fault = told.get("fault")
        if fault:
            known = fault if fault in _FAULTS else "broken"
            raise _wrong(f"posts.file.{known}", most=most_seconds)
        still = clean_photo((place / "still.jpg").read_bytes()).data
        return Cleaned(
            "video", str(told["type"]), (place / "out").read_bytes(), int(told["width"]),
            int(told["height"]), float(told["seconds"]), still,
        )  # fmt: skip


def _asked(place: Path, most_seconds: int) -> dict[str, Any]:  # as JSON says it
    """Return what the other process says."""
    command = [sys.executable, "-I", "-m", "huiliu.printers.video_child", str(place),
               str(most_seconds)]  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603 - nothing of it comes from outside
            command, capture_output=True, check=False, timeout=_PATIENCE_S, cwd=place, env={}
        )
        told = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return {"fault": "broken"}
    return told if isinstance(told, dict) else {"fault": "broken"}


def _wrong(key: str, /, **arguments: object) -> BadInput:
    """Return the refusal of a file."""
    return BadInput((Problem("file", text(key, **arguments)),))
