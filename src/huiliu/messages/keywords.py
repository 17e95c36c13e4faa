"""What a reply means: whether a person wants to hear no more, to hear again, or asks for help."""

from __future__ import annotations

import unicodedata
from typing import Final

__all__ = ["meaning_of"]

#: Words that refuse in any context. Source: docs/reference/channels.md, keywords.
_STOP: Final = frozenset(
    {
        "stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "remove", "optout",
        "退订", "拒收", "取消", "取消订阅", "不要再发", "arret", "stopp", "abmelden", "baja",
        "alto", "parar", "cancelar", "sair", "annulla", "停止", "配信停止", "解除", "수신거부",
        "거부", "ยกเลิก", "huy", "berhenti", "batal", "стоп", "отписка", "إلغاء", "توقف", "iptal",
    }
)  # fmt: skip
#: Single letters that refuse only as an answer to a marketing message of the last days.
_STOP_AS_ANSWER: Final = frozenset({"r", "td", "t", "n", "tc", "ret", "退", "0000", "no"})
_START: Final = frozenset({"start", "unstop", "yes", "subscribe", "订阅", "恢复", "dy"})
_HELP: Final = frozenset({"help", "info", "帮助"})


def meaning_of(reply: str, *, answers_marketing: bool) -> str:
    """Return stop, start, help or other.

    Args:
        reply: what the person wrote; case, width, spaces and punctuation do not matter.
        answers_marketing: they were sent marketing on this channel in the last 72 hours, so a
            bare letter is an answer to it.
    """
    folded = unicodedata.normalize("NFKC", reply).casefold()
    letters = "".join(letter for letter in folded if letter.isalnum() or _is_mark(letter))
    if letters in _STOP or (answers_marketing and letters in _STOP_AS_ANSWER):
        return "stop"
    if letters in _START:
        return "start"
    return "help" if letters in _HELP else "other"


def _is_mark(letter: str) -> bool:
    """Say whether a character belongs to the one before it, as in Thai words."""
    return unicodedata.category(letter) in {"Mn", "Mc"}
