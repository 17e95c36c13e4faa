"""Whether people fell into the arms as was planned; where not, no read-out can be believed.

Source: Fabijan et al., "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments", KDD
2019; Pearson's chi-square.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scipy.special import chdtrc

__all__ = ["BLOCKED", "sample_ratio_p"]

#: Below this the read-out is blocked.
BLOCKED: Final = 0.0005


def sample_ratio_p(counts: Sequence[float], shares: Sequence[float]) -> float:
    """Return how likely so unequal counts are at the planned shares; 1 where one arm only counts.

    Args:
        counts: people in each arm.
        shares: planned shares in any unit; arms of share 0 are left out.
    """
    planned = [(count, share) for count, share in zip(counts, shares, strict=True) if share > 0]
    n = sum(count for count, _ in planned)
    whole = sum(share for _, share in planned)
    if len(planned) < 2 or not n:
        return 1.0
    seen = sum((count - n * share / whole) ** 2 / (n * share / whole) for count, share in planned)
    return float(chdtrc(len(planned) - 1, seen))
