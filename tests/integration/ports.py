"""A port where nobody listens, as long as a test needs one."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["deaf_port"]


@contextmanager
def deaf_port() -> Iterator[int]:
    """Lend a port that refuses whoever connects.

    It is taken and not listened at: one that was let go of might be another test's a moment later.
    """
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])
