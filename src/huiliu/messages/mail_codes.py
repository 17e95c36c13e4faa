"""What the codes and words of mail servers mean for a message and its address."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

__all__ = [
    "DEAD",
    "FULL",
    "SENDER_REFUSED",
    "TOO_FAST",
    "Failure",
    "enhanced",
    "failure_of",
    "without_addresses",
]


class Failure(StrEnum):
    """Why a letter did not arrive, as far as it decides what happens next."""

    #: The mailbox will never be there: no letter goes to it again.
    HARD = "hard"
    #: It may be there tomorrow: full, busy, out of order.
    SOFT = "soft"
    #: The letter or its sender is refused, not the mailbox.
    BLOCKED = "blocked"


_ENHANCED: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY: Final = re.compile(r"(?<![\d.-])([45]\d\d)(?=[ -])")
_ADDRESS: Final = re.compile(r"[^\s<>\"'():;,]+@[^\s<>\"'():;,]+")
_MAX_RESPONSE: Final = 300

#: (subject, detail) of codes that say the mailbox will never be there. 4.1 is what a large provider
#: answers for unknown recipients. Source: RFC 3463 section 3.2, 3.3; RFC 7505 (1.10).
DEAD: Final = frozenset({(1, 0), (1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (2, 0), (2, 1)})
#: The sender itself is refused: it would be so for everyone. Source: support.google.com/a 3726730.
SENDER_REFUSED: Final = frozenset({(7, 8), (7, 9), (7, 26), (7, 27), (7, 30), (7, 32), (7, 40)})
#: The receiving domain asks us to slow down: it says nothing of other domains. Same source.
TOO_FAST: Final = frozenset({(2, 1), (7, 0), (7, 28), (3, 2)})
FULL: Final = (2, 2)
_SENDER_ADDRESS: Final = frozenset({(1, 7), (1, 8)})
_POLICY: Final = 7
_CONTENT: Final = 6
_NOT_SAID: Final = frozenset({(0, 0)})

#: Words by which servers that give no useful code say the same, most telling first.
_WORDS: Final = (
    (Failure.SOFT, re.compile(
        r"mailbox (?:is )?full|over ?quota|quota exceeded|exceeded (?:its )?(?:storage|quota)"
        r"|insufficient (?:system )?storage|邮箱已满|空间不足|容量已满", re.IGNORECASE)),
    (Failure.BLOCKED, re.compile(
        r"spam|blocked|blacklist|block ?list|reputation|dmarc|\bspf\b|policy|denied by|refused by"
        r"|DT:SPM|垃圾邮件|拒绝接收|频率", re.IGNORECASE)),
    (Failure.HARD, re.compile(
        r"(?:user|recipient|mailbox|account|address|addressee)[^.\n]{0,40}(?:unknown|not found|"
        r"does(?:n't| not) exist|not exist|invalid|disabled|inactive|no longer|unavailable)"
        r"|(?:no such|unknown|invalid|non-?existent) (?:user|recipient|mailbox|account|address)"
        r"|no mailbox here|用户不存在|收件人不存在|邮箱不存在|地址不存在|帐号不存在",
        re.IGNORECASE)),
)  # fmt: skip


def enhanced(words: str) -> tuple[int, int, int] | None:
    """Return the first enhanced code (class, subject, detail) in a server's words."""
    found = _ENHANCED.search(words)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def failure_of(status: str, words: str) -> Failure:
    """Return why a letter failed for good.

    A temporary code of a server that has given up is soft; a permanent one says which it is, by its
    code where it is telling, else by its words.

    Args:
        status: an enhanced code, or "" where none was given.
        words: the server's own words.
    """
    code = enhanced(status)
    if code is None or code[1:] in _NOT_SAID:
        code = enhanced(words) or code
    if code is not None and code[1:] not in _NOT_SAID:
        return _by_code(code, words)
    by_words = _by_words(words)
    if by_words is not None:
        return by_words
    bare = _REPLY.search(words)
    if code is None and bare is not None and bare[1] in {"550", "551", "553"}:
        return Failure.HARD
    return Failure.SOFT


def without_addresses(words: str) -> str:
    """Return a server's words as they may be kept: short, on one line, addresses taken out."""
    # Cut first: nobody's words are worth reading for long.
    line = " ".join(words[: 4 * _MAX_RESPONSE].split())
    return _ADDRESS.sub("<address>", line)[:_MAX_RESPONSE]


def _by_code(code: tuple[int, int, int], words: str) -> Failure:
    """Return what a telling code says."""
    kind, detail = code[0], code[1:]
    if kind == 4 or detail == FULL:
        return Failure.SOFT
    if detail in _SENDER_ADDRESS or detail[0] in {_POLICY, _CONTENT}:
        # Some say "user unknown" under a policy's code.
        return Failure.HARD if _by_words(words) is Failure.HARD else Failure.BLOCKED
    if detail in DEAD:
        # 5.1.0 and 5.2.0 are also what servers say who have no better code.
        is_vague = detail in {(1, 0), (2, 0)}
        return (_by_words(words) if is_vague else None) or Failure.HARD
    return _by_words(words) or Failure.SOFT


def _by_words(words: str) -> Failure | None:
    """Return what the words alone say."""
    return next((kind for kind, pattern in _WORDS if pattern.search(words)), None)
