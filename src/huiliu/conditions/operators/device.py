"""`device`: a detail of the device, system or app that the person used last."""

from __future__ import annotations

from collections.abc import Mapping

from huiliu.conditions.filters import read_tests
from huiliu.conditions.form import Field
from huiliu.conditions.node import Condition
from huiliu.conditions.operators.operator import Child, Operator
from huiliu.conditions.reading import Reading
from huiliu.conditions.touches import DEVICE_PATHS, Touched

__all__ = ["DEVICE"]


def _parse(
    raw: Mapping[str, object],
    path: str,
    reading: Reading,
    child: Child,  # noqa: ARG001 - a leaf
) -> Condition | None:
    """Return the condition of `{device: os, is: iOS}`."""
    detail = raw["device"]
    rest = {name: value for name, value in raw.items() if name != "device"}
    tests = read_tests(("device", str(detail)), rest, path, reading)
    if not isinstance(detail, str) or detail not in DEVICE_PATHS:
        reading.fault(f"{path}.device", "want_device", known=", ".join(DEVICE_PATHS))
        return None
    return Touched("device", detail, tests) if tests else None


DEVICE = Operator(
    "device",
    _parse,
    form=(
        Field("device", "choice", needed=True, start="os", options=tuple(DEVICE_PATHS)),
        Field("", "tests", needed=True),
    ),
)
