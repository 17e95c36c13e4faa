"""What is kept of WeCom: greetings that are due, and what employees were asked to send."""

from __future__ import annotations

from typing import Protocol

import msgspec

__all__ = ["Greeting", "WecomJob", "WecomStore"]


class Greeting(msgspec.Struct, frozen=True, gc=False):
    """Somebody who has just added an employee and may be greeted once."""

    brand_id: int
    account: str
    #: Hash of the platform's code.
    mark: bytes
    #: The code; b"" = it is spent.
    sealed: bytes
    #: By which code of ours they came; "" = by none.
    scene: str
    made_at: int
    until: int
    #: waiting, sending, sent, late, failed or nothing.
    state: str = "waiting"
    response: str = ""


class WecomJob(msgspec.Struct, frozen=True, kw_only=True):
    """What employees were asked to send."""

    brand_id: int
    account: str
    #: The platform's id.
    job: str
    #: people or groups.
    kind: str
    #: What it says, or the template's name.
    title: str
    n_asked: int
    n_sent: int = 0
    n_failed: int = 0
    n_waiting: int = 0
    made_at: int
    made_by: str
    looked_at: int = 0
    #: When it is looked at next.
    due_at: int
    #: When the employees were reminded.
    reminded: tuple[int, ...] = ()
    #: Then what nobody confirmed is taken back.
    until: int
    #: 0 = it is under way.
    ended_at: int = 0


class WecomStore(Protocol):
    """The state of WeCom, inside one transaction."""

    def greet(self, greeting: Greeting) -> bool:
        """Note that somebody may be greeted; say whether that is new."""
        ...

    def greetings(self, now: int, limit: int) -> list[Greeting]:
        """Take those who wait, of every brand: nobody else gets them."""
        ...

    def greeted(self, greeting: Greeting) -> None:
        """Write what became of a greeting; its code is forgotten."""
        ...

    def greeting_counts(self, brand_id: int, since: int) -> dict[str, int]:
        """Return state -> how many since an instant."""
        ...

    def add_job(self, job: WecomJob) -> None:
        """Note what employees were asked; asked twice it is one, of more people."""
        ...

    def jobs(self, brand_id: int, limit: int) -> list[WecomJob]:
        """Return jobs, newest first."""
        ...

    def job(self, brand_id: int, account: str, job: str) -> WecomJob:
        """Lock and return a job; raise NotFound."""
        ...

    def due(self, now: int, until: int, limit: int) -> list[WecomJob]:
        """Take jobs that are to be looked at; nobody else gets them before an instant."""
        ...

    def put_job(self, job: WecomJob) -> None:
        """Write how a job stands."""
        ...

    def had(self, brand_id: int, profile_id: int, since: int) -> int:
        """Return how many messages somebody had on the channel since an instant."""
        ...
