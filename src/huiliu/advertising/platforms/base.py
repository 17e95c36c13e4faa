"""What every ad platform is: an account's fields, hashes, and the talks that it understands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from huiliu.advertising.people import Conversion, Person, Spend
from huiliu.advertising.talk import Call, Reply, Talk, Verdict
from huiliu.kernel.texts import Text

__all__ = ["AdField", "Limit", "Platform", "Tokens"]

#: An account's fields by name.
Config = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AdField:
    """One field of an account; its label is `ads.field.<name>`."""

    name: str
    #: text, secret or choice.
    kind: str = "text"
    #: None = it must be given.
    default: str | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """One published limit; its sentence is `ads.limit.<name>`."""

    name: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a renewal gave."""

    access: str
    #: The next renewal's key where the platform changes it with every renewal; "" = it stays.
    refresh: str
    lives_s: int


class Platform(Protocol):
    """One ad platform; everything is values in, values out."""

    @property
    def name(self) -> str:
        """The word that accounts use: `ocean_engine`, `meta` ..."""
        ...

    @property
    def evidence(self) -> str:
        """How well it is known: `tried`, `documents` or `memory`."""
        ...

    @property
    def hosts(self) -> Mapping[str, str]:
        """Where it is reached: for its `api`, for `events` and for a `token`."""
        ...

    @property
    def fields(self) -> Sequence[AdField]:
        """An account's fields."""
        ...

    @property
    def limits(self) -> Sequence[Limit]:
        """Published limits."""
        ...

    @property
    def kinds(self) -> Sequence[str]:
        """The identifiers that audiences take: some of `people.KINDS`."""
        ...

    @property
    def batch(self) -> int:
        """Most people in one upload."""
        ...

    @property
    def events(self) -> int:
        """Most conversions in one call."""
        ...

    @property
    def clicks(self) -> Sequence[str]:
        """Parameters of a landing page's address that carry its mark of a click, best first."""
        ...

    @property
    def longest_ago(self) -> int:
        """A conversion older than this, in microseconds, is not taken; 0 = any age."""
        ...

    @property
    def dedupes(self) -> bool:
        """Say whether a conversion that is told twice counts once."""
        ...

    @property
    def sends_tokens(self) -> bool:
        """Say whether access tokens are renewed with `refresh`; else the account's own is used."""
        ...

    def hashed(self, config: Config, kind: str, value: str) -> str:
        """Return the hash of an identifier as the platform wants it; "" = it takes no such one."""
        ...

    def needs(self, conversion: Conversion) -> bool:
        """Say whether a conversion holds something that the platform can match."""
        ...

    def signed(
        self, config: Config, call: Call, token: str, at: int, nonce: str
    ) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Return the headers and query values by which a call proves who asks."""
        ...

    def read(self, call: Call, reply: Reply) -> Verdict:
        """Read an answer."""
        ...

    def refresh(self, config: Config, refresh_token: str) -> Call:
        """Return the call that renews an access token."""
        ...

    def tokens(self, data: object) -> Tokens | None:
        """Return what a renewal's answer holds."""
        ...

    def probe(self, config: Config) -> Talk[str]:
        """Ask for something harmless; return what the account is called there."""
        ...

    def make(self, config: Config, name: str) -> Talk[str]:
        """Make an empty audience; "" = the first upload makes it."""
        ...

    def add(self, config: Config, remote: str, name: str, people: Sequence[Person]) -> Talk[str]:
        """Add people; with remote "" the upload makes the audience. Return its id there."""
        ...

    def remove(self, config: Config, remote: str, people: Sequence[Person]) -> Talk[None]:
        """Take people out of an audience."""
        ...

    def publish(self, config: Config, remote: str) -> Talk[bool]:
        """Make an audience usable where that is a step of its own; False = not ready, ask later."""
        ...

    def convert(self, config: Config, conversions: Sequence[Conversion]) -> Talk[None]:
        """Tell of conversions."""
        ...

    def budget_problem(self, minor: int) -> Text | None:
        """Return why the platform would not take a daily budget."""
        ...

    def switch(self, config: Config, object_id: str, *, on: bool) -> Talk[None]:
        """Let a campaign run or pause it."""
        ...

    def set_budget(self, config: Config, object_id: str, minor: int) -> Talk[None]:
        """Set a campaign's daily budget, in whole minor units of the account's currency."""
        ...

    def spend(self, config: Config, first: str, last: str) -> Talk[list[Spend]]:
        """Return what campaigns cost from one day to another, both included."""
        ...
