"""Why the system does not give a file, in words of the reader's language."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from huiliu.kernel.texts import Text, text

__all__ = ["cause_of"]

#: What people meet; all else is told as the system tells it.
_CAUSES: Final[Mapping[int, str]] = MappingProxyType({
    errno.EISDIR: "files.is_folder", errno.ENOTDIR: "files.no_folder",
    errno.ENOENT: "files.none", errno.EACCES: "files.forbidden", errno.EPERM: "files.forbidden",
    errno.EROFS: "files.read_only", errno.ENOSPC: "files.full",
    errno.ENAMETOOLONG: "files.long_name",
})  # fmt: skip


def cause_of(fault: OSError) -> Text | str:
    """Return why a file could not be read or written."""
    key = _CAUSES.get(fault.errno or 0)
    return text(key) if key else fault.strerror or str(fault)
