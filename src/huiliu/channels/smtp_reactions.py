"""What an SMTP reply means for the message, its address and the account."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from huiliu.ports.channel import AnswerState

__all__ = ["Stage", "reaction", "without_addresses"]


class Stage(StrEnum):
    """Which command was answered."""

    CONNECT = "connect"
    SIGN_IN = "sign_in"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"


_ENHANCED: Final = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})\b")
_ADDRESS: Final = re.compile(r"[^\s<>\"'():;,]+@[^\s<>\"'():;,]+")
_MAX_RESPONSE: Final = 300
#: Enhanced codes that say the mailbox will never be there. Source: RFC 3463 section 3.2, 3.3.
_DEAD: Final = frozenset({(1, 0), (1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (2, 0), (2, 1)})
#: What a server without enhanced codes means by them at RCPT. Source: RFC 5321 section 4.2.2.
_DEAD_BARE: Final = frozenset({550, 551, 553})
#: The sender itself is refused: it would be so for everyone. Source: support.google.com/a 3726730.
_SENDER_REFUSED: Final = frozenset({(7, 8), (7, 9), (7, 26), (7, 27), (7, 30), (7, 32), (7, 40)})
_CLOSING: Final = 421


def without_addresses(code: int, words: str) -> str:
    """Return a reply as it may be kept: short, on one line, addresses taken out."""
    line = " ".join(_ADDRESS.sub("<address>", words).split())
    return f"{code} {line}".strip()[:_MAX_RESPONSE]


def reaction(stage: Stage, code: int, words: str) -> AnswerState:
    """Return what a reply means.

    Args:
        stage: the command that was answered.
        code: three digits.
        words: the rest of the reply, with an enhanced code where the server gives one.
    """
    found = _ENHANCED.match(words)
    detail = (int(found[2]), int(found[3])) if found else None
    if 200 <= code < 300:
        return AnswerState.ACCEPTED
    if stage is Stage.SIGN_IN:
        return AnswerState.PAUSE if code >= 500 else AnswerState.THROTTLED
    if code < 500:
        # 421 closes the channel for everyone; the rest of 4xx is about this message.
        is_for_all = code == _CLOSING or stage in {Stage.CONNECT, Stage.MAIL}
        return AnswerState.THROTTLED if is_for_all else AnswerState.RETRY
    if stage in {Stage.CONNECT, Stage.MAIL} or detail in _SENDER_REFUSED:
        return AnswerState.PAUSE
    if detail == (2, 2):
        return AnswerState.RETRY
    if detail in _DEAD or (detail is None and stage is Stage.RCPT and code in _DEAD_BARE):
        return AnswerState.SUPPRESS
    return AnswerState.REJECTED
