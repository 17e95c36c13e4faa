"""`huiliu rfm FILE`: recency, frequency and money of the buyers in a file."""

from __future__ import annotations

from huiliu.cli.analysed_buyers import Purchases, Until, read_purchases
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, table
from huiliu.kernel.texts import text
from huiliu.services.analyse_buyers import rfm_of

__all__ = ["rfm"]


def rfm(
    file: Purchases,
    /,
    *,
    until: Until = "",
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Print cut points and the scores of every buyer."""
    found = rfm_of(*read_purchases(file, until))
    if json:
        emit(found)
        return
    words = ("customer", "recency_days", "frequency", "monetary", "cell", "group")
    table(
        [text(f"analysis.column.{word}") for word in words],
        (tuple(one[word] for word in words) for one in found["customers"]),
    )
