"""What every fake push service does: it keeps what it was given and fails as tokens ask it to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Self

from huiliu.fakes.arrivals import Arrived
from huiliu.fakes.providers.cloud import FakeCloud, Push, Sent
from huiliu.fakes.providers.http2_door import Http2Door, Manners

__all__ = ["FakePush", "FakePush2"]


class FakePush(FakeCloud):
    """A push service by HTTP/1.1; the last four characters of a token choose what becomes of it."""

    def keep(self, sent: Sent) -> None:
        """Take a message to a token."""
        self.sent[sent.known_as] = sent
        self.arrivals.add(
            f"{sent.number} {sent.text}", Arrived(sent.number, sent.known_as, sent.text)
        )

    def report(self, sent: Sent, fate: str) -> Push:
        """Report nothing: devices tell nothing to servers."""
        del sent, fate
        return Push("", b"", {})

    def reply(self, number: str, text: str) -> None:
        """Hear nothing: nobody answers a push."""
        del number, text


class FakePush2(FakePush):
    """A push service by HTTP/2."""

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        now: Callable[[], int],
        templates: Mapping[str, str] | None = None,
        seed: int = 1,
    ) -> None:
        """Prepare as every fake does."""
        super().__init__(port, host=host, now=now, templates=templates, seed=seed)
        #: How it treats its connections; set before or while it runs.
        self.manners = Manners()
        self._door: Http2Door | None = None

    @property
    def connections(self) -> Mapping[str, int]:
        """Return how often what happened to connections."""
        return dict(self._door.counts) if self._door is not None else {}

    def hang_up(self) -> None:
        """End every connection without a word."""
        if self._door is not None:
            self._door.hang_up()

    def start(self) -> Self:
        """Listen; `port` then holds the real one."""
        self._door = Http2Door(self.handle, self.manners)
        self.port = self._door.open(self.host, self.port)
        return self

    def stop(self) -> None:
        """End connections and the port."""
        super().stop()
        if self._door is not None:
            self._door.close()
            self._door = None
