"""Providers of payments, one a file; reached through the table only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from huiliu.kernel.registry import Registry
from huiliu.payments.alipay import AlipayPayment
from huiliu.payments.desk import Desk
from huiliu.payments.trial import TrialPayment
from huiliu.payments.wechat_pay import WechatPayment
from huiliu.ports.payment import Payment

__all__ = ["PAYMENTS", "Desk", "make_payments"]

#: Name -> how one is made with what it may use.
PAYMENTS: Final[Mapping[str, Callable[[Desk], Payment]]] = {
    "wechat_pay": WechatPayment,
    "alipay": AlipayPayment,
    "trial": TrialPayment,
}


def make_payments(desk: Desk) -> Registry[Payment]:
    """Return every provider by name."""
    return Registry(make(desk) for make in PAYMENTS.values())
