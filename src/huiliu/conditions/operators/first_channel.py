"""`first_channel`: the channel of the first event of the person that named one."""

from __future__ import annotations

from collections.abc import Mapping

from huiliu.conditions.form import Field
from huiliu.conditions.node import Condition
from huiliu.conditions.operators.operator import Child, Operator
from huiliu.conditions.reading import Reading
from huiliu.conditions.touches import Touched, read_channel_tests

__all__ = ["FIRST_CHANNEL"]


def _parse(
    raw: Mapping[str, object],
    path: str,
    reading: Reading,
    child: Child,  # noqa: ARG001 - a leaf
) -> Condition | None:
    """Return the condition of `{first_channel: {in: [app, douyin]}}`."""
    tests = read_channel_tests(raw, "first_channel", path, reading)
    return Touched("first_channel", "", tests) if tests else None


FIRST_CHANNEL = Operator(
    "first_channel", _parse, form=(Field("first_channel", "tests", needed=True),)
)
