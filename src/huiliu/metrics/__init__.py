"""The metric catalogue: one definition of each figure, for pages, targets, gates and reports.

A metric is one file, one line in the table, and its words `metrics.<name>` and
`metrics.<name>.what` in both catalogues.
"""

from __future__ import annotations

from typing import Final

from huiliu.kernel.registry import Registry
from huiliu.metrics.active_people import ACTIVE_PEOPLE
from huiliu.metrics.aov import AOV
from huiliu.metrics.attributed_share import ATTRIBUTED_SHARE
from huiliu.metrics.buyers import BUYERS
from huiliu.metrics.click_rate import CLICK_RATE
from huiliu.metrics.collected_events import COLLECTED_EVENTS
from huiliu.metrics.complaint_rate import COMPLAINT_RATE
from huiliu.metrics.conversion import CONVERSION
from huiliu.metrics.delivery_rate import DELIVERY_RATE
from huiliu.metrics.gmv import GMV
from huiliu.metrics.identified_share import IDENTIFIED_SHARE
from huiliu.metrics.messages_sent import MESSAGES_SENT
from huiliu.metrics.metric import Adds, Frame, Metric, Unit
from huiliu.metrics.monthly_active import MONTHLY_ACTIVE
from huiliu.metrics.new_customers import NEW_CUSTOMERS
from huiliu.metrics.new_people import NEW_PEOPLE
from huiliu.metrics.opt_out_rate import OPT_OUT_RATE
from huiliu.metrics.orders import ORDERS
from huiliu.metrics.reactivated import REACTIVATED
from huiliu.metrics.receipt_rate import RECEIPT_RATE
from huiliu.metrics.repurchase_rate import REPURCHASE_RATE

__all__ = ["METRICS", "Adds", "Frame", "Metric", "Unit"]

METRICS: Final[Registry[Metric]] = Registry((
    GMV, ORDERS, AOV, BUYERS, NEW_CUSTOMERS, REPURCHASE_RATE, REACTIVATED, CONVERSION,
    ACTIVE_PEOPLE, MONTHLY_ACTIVE, NEW_PEOPLE,
    MESSAGES_SENT, RECEIPT_RATE, DELIVERY_RATE, CLICK_RATE, OPT_OUT_RATE, COMPLAINT_RATE,
    COLLECTED_EVENTS, IDENTIFIED_SHARE, ATTRIBUTED_SHARE,
))  # fmt: skip
