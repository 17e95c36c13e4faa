"""Identified share: of the people who were active, the share known by more than a device.

A name that other channels know too: a user id, a member card, a phone, an e-mail address or a
WeChat unionid. Only by such a name does a person of one channel meet themselves on another.
"""

from __future__ import annotations

from typing import Final

import ibis

from huiliu.kernel.events import IdentifierType
from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.rows import acts

__all__ = ["IDENTIFIED_SHARE"]

_NAMES: Final = [
    one.word
    for one in (
        IdentifierType.USER_ID, IdentifierType.MEMBER_CARD, IdentifierType.WECHAT_UNIONID,
        IdentifierType.PHONE, IdentifierType.EMAIL,
    )
]  # fmt: skip


def _read(frame: Frame) -> ibis.Table:
    """Count the people of each day, and those of them with such a name."""
    were = frame.place(acts(frame)).select("profile_id", "day", "channel").distinct()
    held = frame.tables.identifiers
    named = held.filter(held.type.isin(_NAMES)).select("profile_id").distinct()
    rows = were.mutate(is_named=were.profile_id.isin(named.profile_id))
    return frame.add_up(rows, rows.is_named.sum(), rows.count())


IDENTIFIED_SHARE: Final = Metric("identified_share", Unit.SHARE, Adds.RATIO, _read)
