"""The metric catalogue: one definition of each figure, for pages, targets, gates and reports.

A metric is one file, one line in the table, and its words `metrics.<name>`, `metrics.<name>.what`,
`metrics.<name>.top` and, where it is a ratio, `metrics.<name>.bottom` in both catalogues.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from huiliu.kernel.registry import Registry
from huiliu.metrics.active_people import ACTIVE_PEOPLE
from huiliu.metrics.aov import AOV
from huiliu.metrics.attributed_share import ATTRIBUTED_SHARE
from huiliu.metrics.buyers import BUYERS
from huiliu.metrics.cac import CAC
from huiliu.metrics.click_rate import CLICK_RATE
from huiliu.metrics.click_to_open_rate import CLICK_TO_OPEN_RATE
from huiliu.metrics.collected_events import COLLECTED_EVENTS
from huiliu.metrics.complaint_rate import COMPLAINT_RATE
from huiliu.metrics.conversion import CONVERSION
from huiliu.metrics.coupon_cost import COUPON_COST
from huiliu.metrics.delivery_rate import DELIVERY_RATE
from huiliu.metrics.gmv import GMV
from huiliu.metrics.gmv_paid import GMV_PAID
from huiliu.metrics.gmv_placed import GMV_PLACED
from huiliu.metrics.goods_return_rate import GOODS_RETURN_RATE
from huiliu.metrics.identified_share import IDENTIFIED_SHARE
from huiliu.metrics.ltv import LTV
from huiliu.metrics.message_conversion import MESSAGE_CONVERSION
from huiliu.metrics.messages_clicked import MESSAGES_CLICKED
from huiliu.metrics.messages_converted import MESSAGES_CONVERTED
from huiliu.metrics.messages_delivered import MESSAGES_DELIVERED
from huiliu.metrics.messages_opened import MESSAGES_OPENED
from huiliu.metrics.messages_sent import MESSAGES_SENT
from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.monthly_active import MONTHLY_ACTIVE
from huiliu.metrics.net_revenue import NET_REVENUE
from huiliu.metrics.new_customers import NEW_CUSTOMERS
from huiliu.metrics.new_people import NEW_PEOPLE
from huiliu.metrics.open_rate import OPEN_RATE
from huiliu.metrics.opt_out_rate import OPT_OUT_RATE
from huiliu.metrics.opt_outs import OPT_OUTS
from huiliu.metrics.orders import ORDERS
from huiliu.metrics.period_repurchase_rate import PERIOD_REPURCHASE_RATE
from huiliu.metrics.points_burnt import POINTS_BURNT
from huiliu.metrics.points_earned import POINTS_EARNED
from huiliu.metrics.points_expired import POINTS_EXPIRED
from huiliu.metrics.reactivated import REACTIVATED
from huiliu.metrics.receipt_rate import RECEIPT_RATE
from huiliu.metrics.repeat_buyer_rate import REPEAT_BUYER_RATE
from huiliu.metrics.repurchase_cycle import REPURCHASE_CYCLE
from huiliu.metrics.repurchase_rate import REPURCHASE_RATE
from huiliu.metrics.retention_7 import RETENTION_7
from huiliu.metrics.retention_30 import RETENTION_30
from huiliu.metrics.return_visit_rate import RETURN_VISIT_RATE
from huiliu.metrics.revenue_per_buyer import REVENUE_PER_BUYER
from huiliu.metrics.roas import ROAS
from huiliu.metrics.roi import ROI
from huiliu.metrics.total_cost import TOTAL_COST

__all__ = ["GROUPS", "METRICS", "Adds", "Frame", "Metric", "Unit"]

METRICS: Final[Registry[Metric]] = Registry((
    GMV, GMV_PLACED, GMV_PAID, NET_REVENUE, ORDERS, AOV, REVENUE_PER_BUYER, BUYERS, NEW_CUSTOMERS,
    LTV, REPURCHASE_RATE, REPEAT_BUYER_RATE, PERIOD_REPURCHASE_RATE, REPURCHASE_CYCLE,
    REACTIVATED, GOODS_RETURN_RATE, CONVERSION, ACTIVE_PEOPLE, MONTHLY_ACTIVE, NEW_PEOPLE,
    RETURN_VISIT_RATE, RETENTION_7, RETENTION_30, MESSAGES_SENT, MESSAGES_DELIVERED,
    MESSAGES_OPENED, MESSAGES_CLICKED, MESSAGES_CONVERTED, RECEIPT_RATE, DELIVERY_RATE, OPEN_RATE,
    CLICK_RATE, CLICK_TO_OPEN_RATE, MESSAGE_CONVERSION, OPT_OUT_RATE, COMPLAINT_RATE, OPT_OUTS,
    COUPON_COST, POINTS_EARNED, POINTS_BURNT, POINTS_EXPIRED, TOTAL_COST, ROAS, ROI, CAC,
    COLLECTED_EVENTS, IDENTIFIED_SHARE, ATTRIBUTED_SHARE,
))  # fmt: skip

#: How the catalogue is read: a group -> its metrics in their order.
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "sales": (
        "gmv", "gmv_placed", "gmv_paid", "net_revenue", "orders", "aov", "revenue_per_buyer",
        "buyers", "conversion", "goods_return_rate",
    ),
    "loyalty": (
        "new_customers", "repurchase_rate", "repeat_buyer_rate", "period_repurchase_rate",
        "repurchase_cycle", "reactivated", "ltv",
    ),
    "people": (
        "active_people", "monthly_active", "new_people", "return_visit_rate", "retention_7",
        "retention_30",
    ),
    "messages": (
        "messages_sent", "messages_delivered", "messages_opened", "messages_clicked",
        "messages_converted", "receipt_rate", "delivery_rate", "open_rate", "click_rate",
        "click_to_open_rate", "message_conversion", "opt_out_rate", "complaint_rate", "opt_outs",
    ),
    "costs": (
        "total_cost", "roas", "roi", "cac", "coupon_cost", "points_earned", "points_burnt",
        "points_expired",
    ),
    "data": ("collected_events", "identified_share", "attributed_share"),
}  # fmt: skip
