"""JSON lines of Segment messages, as Segment's own archives and most exports write them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from huiliu.kernel.ids import digest
from huiliu.kernel.texts import Text, text
from huiliu.ports.sources import Record, Reject
from huiliu.sources.lines import Line, file_size, fresh, reject

__all__ = ["SegmentJsonl"]

#: The same limit as at the HTTP door.
EVENT_BYTES: Final = 32 * 1024

_decode = msgspec.json.Decoder(dict[str, object]).decode


class SegmentJsonl:
    """One Segment message a line; plain or gzip."""

    name = "segment-jsonl"

    def size(self, path: Path) -> int:
        """Return the file's bytes."""
        return file_size(path)

    def read(self, path: Path, mapping: Path | None) -> Iterator[Record | Reject]:
        """Yield a record for each line; its key is the messageId, or the line's own hash."""
        del mapping
        for line in fresh(path):
            if not line.raw.strip() and line.whole and not line.broken:
                continue
            fault = _fault(line)
            if fault is not None:
                yield reject(path.name, line, "", fault)
                continue
            try:
                message = _decode(line.raw)
            except (msgspec.DecodeError, UnicodeDecodeError) as said:
                yield reject(path.name, line, "", _undecoded(said))
                continue
            except RecursionError:
                yield reject(path.name, line, "", text("collect.too_deep"))
                continue
            found = message.get("messageId")
            if isinstance(found, str) and found:
                key = found
            else:
                key = digest("line", line.raw).hex()
                message["messageId"] = key
            yield Record(key, message, line.progress, path.name, line.number)


def _fault(line: Line) -> Text | None:
    """Return why a line cannot even be decoded."""
    if line.broken:
        return text("sources.broken_file", details=line.broken)
    if not line.whole or len(line.raw) > EVENT_BYTES:
        return text("sources.event_too_large", limit=EVENT_BYTES)
    return None


def _undecoded(fault: Exception) -> Text:
    """Return what the decoder said, without any of the line's own letters."""
    if isinstance(fault, UnicodeDecodeError):
        return text("sources.not_json", details="not UTF-8")
    if not isinstance(fault, msgspec.ValidationError):
        return text("sources.not_json", details=str(fault)[:200])
    if "out of range" in str(fault):
        return text("collect.unreadable")
    return text("sources.not_json", details="not an object")
