"""Writes a video anew in a process of its own: only its picture and its sound go over.

A file of a stranger's is read by code that was not written for strangers' files. So it is read
where there is nothing to take: a process that is given a folder, little memory and little time, and
that knows no key. Places and times stand in a container's own boxes, in tracks of data, and in
side notes of the picture's stream; none of the three is copied.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer, OutputContainer
from av.stream import Stream
from PIL import Image

if sys.platform != "win32":
    import resource

__all__ = ["main"]

#: How the formats that are taken are called -> what comes out of them.
_FORMATS: Final = {"mov": "mp4", "webm": "webm"}
_PICTURES: Final = {"mp4": ("h264", "hevc"), "webm": ("vp8", "vp9", "av1")}
_SOUNDS: Final = {"mp4": ("aac",), "webm": ("opus", "vorbis")}
#: Codec -> what takes the side notes out of its stream.
_NOTES: Final = {"h264": "filter_units=remove_types=6", "hevc": "filter_units=remove_types=39|40"}
_LONGEST_SIDE: Final = 4_096
_MEMORY: Final = 1 << 30
_CPU_S: Final = 60


def main(folder: str, most_seconds: float) -> int:
    """Write `out` and `still.jpg` from `in`, and say what became of it; return the exit code."""
    _limit()
    place = Path(folder)
    try:
        told = _written(place, most_seconds)
    except (av.FFmpegError, ValueError, OSError, EOFError, MemoryError) as fault:
        told = {"fault": "broken", "details": str(fault)[:200]}
    sys.stdout.write(json.dumps(told))
    return 0


def _limit() -> None:
    """Let this process have no more memory and time than a short video needs."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))


def _written(place: Path, most_seconds: float) -> dict[str, object]:
    """Write the new files and return what is known of them, or the fault."""
    head = (place / "in").read_bytes()[:32]
    # The format is ours to say: a probe would also try those that name other files.
    named = "mov" if head[4:8] == b"ftyp" else "webm" if head[:4] == b"\x1aE\xdf\xa3" else ""
    if not named:
        return {"fault": "unknown"}
    wanted = "matroska" if named == "webm" else named
    with av.open(str(place / "in"), format=wanted, metadata_errors="ignore") as source:
        out = _FORMATS[named]
        if not source.streams.video or source.streams.video[0].codec.name not in _PICTURES[out]:
            return {"fault": "codec"}
        picture = source.streams.video[0]
        if max(picture.width, picture.height) > _LONGEST_SIDE or min(picture.width, 1) < 1:
            return {"fault": "codec"}
        sounds = [one for one in source.streams.audio if one.codec.name in _SOUNDS[out]][:1]
        seconds = _copied(source, place / "out", out, [picture, *sounds])
    if seconds <= 0:
        return {"fault": "broken"}
    if seconds > most_seconds + 1:
        return {"fault": "too_long"}
    width, height = _still(place / "out", place / "still.jpg")
    return {"type": f"video/{out}", "seconds": round(seconds, 2), "width": width, "height": height}


def _copied(source: InputContainer, path: Path, out: str, streams: Sequence[Stream]) -> float:
    """Copy streams into a new file and return how long it is."""
    options = {"movflags": "+faststart"} if out == "mp4" else {}
    end = Fraction(0)
    with av.open(str(path), "w", format=out, options=options) as target:
        target.flags |= 0x400  # bit for bit the same, so without a note of when and by what
        copies = {one.index: _copy_of(target, one) for one in streams}
        cleaners = {
            one.index: BitStreamFilterContext(_NOTES[one.codec.name], one)
            for one in streams
            if one.codec.name in _NOTES
        }
        for packet in source.demux(*streams):
            if packet.dts is None:
                continue
            index = packet.stream.index
            cleaner = cleaners.get(index)
            for each in cleaner.filter(packet) if cleaner is not None else [packet]:
                if each.pts is not None and each.time_base is not None:
                    end = max(end, (each.pts + (each.duration or 0)) * each.time_base)
                each.stream = copies[index]
                target.mux(each)
    return float(end)


def _copy_of(target: OutputContainer, stream: Stream) -> Stream:
    """Return a stream of a new file that holds the same kind of packets, and says nothing."""
    made = target.add_stream_from_template(stream)
    made.metadata.clear()
    return made


def _still(path: Path, still: Path) -> tuple[int, int]:
    """Write the first picture of a video as a JPEG; return its size."""
    with av.open(str(path)) as source:
        frame = next(source.decode(video=0))
        picture: Image.Image = frame.to_image()  # type: ignore[no-untyped-call] # av has no type here
        turned = int(getattr(frame, "rotation", 0) or 0)
    if turned:
        picture = picture.rotate(turned, expand=True)
    picture.convert("RGB").save(still, "JPEG", quality=85)
    return picture.size


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], float(sys.argv[2])))
