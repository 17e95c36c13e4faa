"""What all providers share: the form of an account, checked, and nothing to hear of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import text
from huiliu.ports.channel import (
    NO_CALLBACKS,
    AccountField,
    Callback,
    CallbackAnswer,
    ChannelAccount,
    Doubt,
    Idempotency,
    Limit,
    Receipt,
)
from huiliu.ports.evidence import Evidence

__all__ = ["COMMON", "BaseProvider", "filled"]

#: Fields that every account has, whoever the provider is.
COMMON: Final = (
    AccountField("classes", default="marketing,service"),
    #: Its share among the working accounts of a channel.
    AccountField("weight", "number", "1", low=0, high=1_000),
    #: Used only while no other account works.
    AccountField("standby", "flag", "no"),
    #: Calling codes that it serves, `86,852`; empty = all.
    AccountField("countries", default=""),
    #: Most units a second; 0 = as fast as it answers.
    AccountField("rate", "number", "0", low=0, high=100_000),
    #: Most units a day; 0 = no limit.
    AccountField("daily_quota", "number", "0", low=0, high=100_000_000),
)
_FLAGS: Final = ("yes", "no")


class BaseProvider:
    """A provider without receipts, callbacks and answers to questions."""

    name: str = ""
    channel: str = ""
    evidence: Evidence = Evidence.MEMORY
    idempotency: Idempotency = Idempotency.NONE
    fields: tuple[AccountField, ...] = COMMON
    limits: tuple[Limit, ...] = ()
    #: Takes only texts that were filed with carriers beforehand.
    needs_filed: bool = False
    pushes: bool = False
    platforms: tuple[str, ...] = ()

    def receipts(self, account: ChannelAccount) -> Sequence[Receipt]:
        """Return nothing: this provider tells of nothing by itself."""
        del account
        return ()

    def callback(self, account: ChannelAccount, request: Callback) -> CallbackAnswer:
        """Say that nobody is expected to call."""
        del account, request
        return NO_CALLBACKS

    @property
    def can_be_asked(self) -> bool:
        """Say whether it can be asked what became of a message."""
        return type(self).query is not BaseProvider.query

    def query(self, account: ChannelAccount, doubts: Sequence[Doubt]) -> Sequence[Receipt]:
        """Return nothing: this provider cannot be asked."""
        del account, doubts
        return ()

    def problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return everything that is wrong with an account's fields."""
        known = {field.name: field for field in self.fields}
        found = [
            Problem(name, text("channels.unknown_field", name=name, fields=", ".join(known)))
            for name in config
            if name not in known
        ]
        for field in self.fields:
            given = config.get(field.name, "")
            if not given.strip():
                if field.default is None:
                    found.append(Problem(field.name, text("channels.missing_field")))
            elif (problem := _fault(field, given)) is not None:
                found.append(problem)
        return [*found, *self.more_problems(config)]

    def more_problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return what is wrong beyond each field's own form."""
        del config
        return ()

    def close(self) -> None:
        """Hold nothing."""


def filled(fields: Sequence[AccountField], config: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of an account with the defaults of those that were left out."""
    return {field.name: config.get(field.name) or field.default or "" for field in fields}


def _fault(field: AccountField, given: str) -> Problem | None:
    """Return what is wrong with one field, or None."""
    if field.kind == "number":
        good = given.isascii() and given.isdecimal() and field.low <= int(given) <= field.high
        said = text("channels.number", low=field.low, high=field.high)
        return None if good else Problem(field.name, said)
    choices = _FLAGS if field.kind == "flag" else field.choices
    if choices and given not in choices:
        return Problem(field.name, text("channels.choice", choices=", ".join(choices)))
    if field.longest and (len(given) > field.longest or not given.isascii()):
        return Problem(field.name, text("channels.too_long", longest=field.longest))
    return None
