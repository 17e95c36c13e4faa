"""What an SMTP reply means for the message, its address and the account."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from huiliu.messages.mail_codes import (
    DEAD,
    FULL,
    SENDER_REFUSED,
    TOO_FAST,
    enhanced,
    without_addresses,
)
from huiliu.ports.channel import AnswerState

__all__ = ["Stage", "code_of", "is_of_the_domain", "reaction", "said"]


class Stage(StrEnum):
    """Which command was answered."""

    CONNECT = "connect"
    SIGN_IN = "sign_in"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"


#: What a server without enhanced codes means by them at RCPT. Source: RFC 5321 section 4.2.2.
_DEAD_BARE: Final = frozenset({550, 551, 553})
_CLOSING: Final = 421


def said(code: int, words: str) -> str:
    """Return a reply as it may be kept: short, on one line, addresses taken out."""
    return without_addresses(f"{code} {words}".strip())


def code_of(code: int, words: str) -> str:
    """Return a reply's code, the enhanced one where there is one: `550 5.1.1`."""
    found = enhanced(words)
    return f"{code} {'.'.join(map(str, found))}" if found else str(code)


def is_of_the_domain(stage: Stage, code: int, words: str) -> bool:
    """Say whether a reply asks for patience with the letters of one mail domain only."""
    found = enhanced(words)
    return (
        stage in {Stage.RCPT, Stage.DATA}
        and 400 <= code < 500
        and code != _CLOSING
        and found is not None
        and found[1:] in TOO_FAST
        # One person's mailbox that gets too much is no other's.
        and found[1:] != (2, 1)
    )


def reaction(stage: Stage, code: int, words: str) -> AnswerState:
    """Return what a reply means.

    Args:
        stage: the command that was answered.
        code: three digits.
        words: the rest of the reply, with an enhanced code where the server gives one.
    """
    found = enhanced(words)
    detail = found[1:] if found else None
    if 200 <= code < 300:
        return AnswerState.ACCEPTED
    if stage is Stage.SIGN_IN:
        return AnswerState.PAUSE if code >= 500 else AnswerState.THROTTLED
    if code < 500:
        # 421 closes the channel for everyone; the rest of 4xx is about this message.
        is_for_all = code == _CLOSING or stage in {Stage.CONNECT, Stage.MAIL}
        return AnswerState.THROTTLED if is_for_all else AnswerState.RETRY
    if stage in {Stage.CONNECT, Stage.MAIL} or detail in SENDER_REFUSED:
        return AnswerState.PAUSE
    if detail == FULL:
        return AnswerState.RETRY
    if detail in DEAD or (detail is None and stage is Stage.RCPT and code in _DEAD_BARE):
        return AnswerState.SUPPRESS
    return AnswerState.REJECTED
