"""The gates of channels, one a file; a channel without one asks nothing besides policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from huiliu.services.admission import Gate
from huiliu.services.push_gate import PUSH
from huiliu.services.subscription_gate import DOUYIN, MINI_PROGRAM
from huiliu.services.wechat_gate import WECHAT
from huiliu.services.wecom_gate import WECOM_GATE

__all__ = ["GATES"]

#: Channel -> its gate.
GATES: Final[Mapping[str, Gate]] = {
    "push": PUSH,
    "wechat": WECHAT,
    "wecom": WECOM_GATE,
    "mini_program": MINI_PROGRAM,
    "douyin": DOUYIN,
}
