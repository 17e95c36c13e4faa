"""The reports that can be asked for: a report a line."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from huiliu.reports.channel_matrix import CHANNEL_MATRIX
from huiliu.reports.clv import CLV_REPORT
from huiliu.reports.cohort_retention import COHORT_RETENTION
from huiliu.reports.coupons import COUPONS
from huiliu.reports.experiment_lines import EXPERIMENTS
from huiliu.reports.fatigue import FATIGUE
from huiliu.reports.funnels import FUNNELS
from huiliu.reports.points_flow import POINTS_FLOW
from huiliu.reports.report import ReportKind
from huiliu.reports.repurchase_curve import REPURCHASE_CURVE
from huiliu.reports.rfm_groups import RFM_GROUPS

__all__ = ["REPORTS"]

_KINDS: Final = (
    FUNNELS,
    CHANNEL_MATRIX,
    EXPERIMENTS,
    COHORT_RETENTION,
    REPURCHASE_CURVE,
    RFM_GROUPS,
    CLV_REPORT,
    POINTS_FLOW,
    COUPONS,
    FATIGUE,
)

#: Name -> report, in the order of the list.
REPORTS: Final[Mapping[str, ReportKind]] = MappingProxyType({one.name: one for one in _KINDS})
