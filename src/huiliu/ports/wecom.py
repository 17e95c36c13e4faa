"""What a company's WeCom can do besides sending to customers: codes, greetings, results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from huiliu.kernel.errors import PlatformFailed
from huiliu.ports.channel import ChannelAccount

__all__ = ["NO_WECOM", "Customer", "MadeWay", "SendResult", "Wecom", "WecomGroup"]


@dataclass(frozen=True, slots=True)
class MadeWay:
    """A code by which people add employees."""

    #: The platform's id: what it is removed by.
    config_id: str
    #: Of the picture that the platform drew.
    picture: str


@dataclass(frozen=True, slots=True)
class Customer:
    """A person who added an employee."""

    external_userid: str
    unionid: str
    #: The employees whom they added.
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SendResult:
    """What became of a message that an employee was asked to send."""

    #: The employee.
    userid: str
    #: To whom: a person's id or a group's.
    to: str
    #: waiting, sent, no_friend or over_limit.
    state: str
    at: int = 0


@dataclass(frozen=True, slots=True)
class WecomGroup:
    """A group of customers."""

    chat_id: str
    name: str
    owner: str
    n_members: int


class Wecom(Protocol):
    """Asks the platform as a company; whatever it refuses is a PlatformFailed."""

    def make_way(
        self,
        account: ChannelAccount,
        users: Sequence[str],
        state: str,
        remark: str,
        *,
        skips_check: bool,
    ) -> MadeWay:
        """Make a code that adds one of some employees; `state` comes back with who adds them."""
        ...

    def remove_way(self, account: ChannelAccount, config_id: str) -> None:
        """Take a code back."""
        ...

    def welcome(self, account: ChannelAccount, code: str, parts: Mapping[str, str]) -> None:
        """Greet somebody who has just added an employee; within twenty seconds, once."""
        ...

    def customer(self, account: ChannelAccount, external_userid: str) -> Customer:
        """Return who somebody is."""
        ...

    def customers(self, account: ChannelAccount, userid: str) -> list[str]:
        """Return whom an employee has as customers."""
        ...

    def groups(self, account: ChannelAccount) -> list[WecomGroup]:
        """Return the groups of customers."""
        ...

    def ask_groups(
        self, account: ChannelAccount, owner: str, chats: Sequence[str], parts: Mapping[str, str]
    ) -> str:
        """Ask a groups' owner to send a message into them; return the id of the job."""
        ...

    def results(self, account: ChannelAccount, job: str) -> list[SendResult]:
        """Return what became of a job, for each person or group."""
        ...

    def remind(self, account: ChannelAccount, job: str) -> None:
        """Remind the employees who have not sent yet; three times a day at most."""
        ...

    def cancel(self, account: ChannelAccount, job: str) -> None:
        """Take back what is not sent yet."""
        ...


class _NoWecom:
    """Nobody to ask."""

    def __getattr__(self, name: str) -> object:
        """Refuse whatever is asked."""

        def refuse(*_: object, **__: object) -> object:
            raise PlatformFailed("WeCom", "", "not connected")

        return refuse


#: Where no platform is asked: rehearsals and tests.
NO_WECOM: Final[Wecom] = _NoWecom()  # type: ignore[assignment] # it refuses by name
