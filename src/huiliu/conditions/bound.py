"""Values that an expression names more than once, computed once.

Engines put a column's expression in at every place that names it, so what is dug out of JSON would
be dug out again and again.
"""

from __future__ import annotations

from collections.abc import Callable

import ibis

__all__ = ["bound"]


def bound(value: ibis.Value, make: Callable[[ibis.Value], ibis.Value]) -> ibis.Value:
    """Return what is made of a value that is computed once: a list of one, mapped."""
    return ibis.array([value]).map(make)[0]
