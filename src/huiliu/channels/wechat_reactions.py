"""What the return codes of WeChat mean for us: by number, so nothing is guessed from words."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from huiliu.channels.sms_cloud import CHINA, without_numbers
from huiliu.kernel.times import MINUTE, SECOND
from huiliu.ports.channel import AnswerState

__all__ = ["DAY_SPENT", "MUTED", "STALE", "TAKEN", "patience", "reaction", "said", "until_midnight"]

#: The token is no good: renew it once, then the call once more.
STALE: Final = frozenset({40001, 40014, 42001})
#: It went already, by the same id of ours.
TAKEN: Final = frozenset({0, 43116, 45065})
#: Calls of the day, or of the minute, are spent: which of them only the quota says.
DAY_SPENT: Final = 45009
#: This person wants nothing by this template; all else may still reach them.
MUTED: Final = 43101
#: code -> what it means. Source: docs/reference/channels-wechat.md; others refuse one message.
_REACTIONS: Final = {
    -1: AnswerState.RETRY,
    40001: AnswerState.REFRESH,
    40014: AnswerState.REFRESH,
    42001: AnswerState.REFRESH,
    40003: AnswerState.SUPPRESS,
    43004: AnswerState.SUPPRESS,
    50005: AnswerState.SUPPRESS,
    43019: AnswerState.SUPPRESS,
    48002: AnswerState.SUPPRESS,
    40007: AnswerState.FIX,
    40008: AnswerState.FIX,
    40036: AnswerState.FIX,
    40037: AnswerState.FIX,
    40058: AnswerState.FIX,
    40165: AnswerState.FIX,
    41028: AnswerState.FIX,
    41030: AnswerState.FIX,
    44004: AnswerState.FIX,
    45002: AnswerState.FIX,
    45003: AnswerState.FIX,
    45005: AnswerState.FIX,
    45008: AnswerState.FIX,
    45168: AnswerState.FIX,
    47001: AnswerState.FIX,
    47003: AnswerState.FIX,
    87014: AnswerState.FIX,
    45009: AnswerState.THROTTLED,
    45028: AnswerState.THROTTLED,
    45011: AnswerState.RETRY,
    43108: AnswerState.RETRY,
    40013: AnswerState.PAUSE,
    40125: AnswerState.PAUSE,
    40164: AnswerState.PAUSE,
    40243: AnswerState.PAUSE,
    41002: AnswerState.PAUSE,
    41004: AnswerState.PAUSE,
    43107: AnswerState.PAUSE,
    48001: AnswerState.PAUSE,
    48004: AnswerState.PAUSE,
    48006: AnswerState.PAUSE,
    50001: AnswerState.PAUSE,
    50002: AnswerState.PAUSE,
    50004: AnswerState.PAUSE,
    50007: AnswerState.PAUSE,
    89503: AnswerState.PAUSE,
    89506: AnswerState.PAUSE,
    89507: AnswerState.PAUSE,
}
#: How long to wait where a code says nothing of it.
_PATIENCE: Final = {45011: MINUTE, 43108: 5 * SECOND}
_OPENID: Final = re.compile(r"\bo[\w-]{20,40}\b")


def reaction(code: int) -> AnswerState:
    """Return what a code means; one that nobody knows refuses this message only."""
    return AnswerState.ACCEPTED if code in TAKEN else _REACTIONS.get(code, AnswerState.REJECTED)


def patience(code: int, now: int) -> int:
    """Return how long to wait after a code, in microseconds; 0 = it does not say."""
    return until_midnight(now) if code == 45028 else _PATIENCE.get(code, 0)


def said(code: int, words: str) -> str:
    """Return code and words for an operator, without anything that names a person."""
    return _OPENID.sub("…", without_numbers(f"{code} {words}".strip()))


def until_midnight(now: int) -> int:
    """Return how long it is until the day ends in China, when quotas begin anew."""
    here = datetime.fromtimestamp(now // SECOND, CHINA)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return int(midnight.timestamp()) * SECOND - now
