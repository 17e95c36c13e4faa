"""What a fake provider has taken: counted, told apart from repeats, and handed out for reading."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass

__all__ = ["Arrivals", "Arrived"]


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message as its receiver sees it."""

    #: An e-mail address or a number.
    address: str
    #: Message-ID without brackets and domain; for SMS the id that the SMSC gave.
    message_id: str
    #: SMS or plain text body.
    text: str
    subject: str = ""
    html: str = ""
    unsubscribe_url: str = ""


class Arrivals:
    """Keeps what arrived, in memory, for callers of any thread."""

    def __init__(self, *, keep: bool = True) -> None:
        """Start empty; without `keep` messages are counted and let go."""
        self._lock = threading.Lock()
        self._keep = keep
        self._waiting: list[Arrived] = []
        self._seen: set[str] = set()
        self._outcomes: Counter[str] = Counter()
        self._received = 0
        self._duplicates = 0

    def add(self, key: str, arrived: Arrived | None) -> None:
        """Count one accepted message; the same key again is a duplicate."""
        with self._lock:
            self._received += 1
            self._outcomes["ok"] += 1
            if key in self._seen:
                self._duplicates += 1
            self._seen.add(key)
            if self._keep and arrived is not None:
                self._waiting.append(arrived)

    def count(self, outcome: str) -> None:
        """Count one answer that was no acceptance."""
        with self._lock:
            self._outcomes[outcome] += 1

    def take(self) -> list[Arrived]:
        """Return what arrived since the last call."""
        with self._lock:
            taken, self._waiting = self._waiting, []
        return taken

    def report(self) -> dict[str, object]:
        """Return counts: received, duplicates, and answers by kind."""
        with self._lock:
            return {
                "received": self._received,
                "duplicates": self._duplicates,
                "by_outcome": dict(sorted(self._outcomes.items())),
            }
