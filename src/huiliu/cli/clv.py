"""`huiliu clv FILE`: what buyers in a file will still spend, by a model that can be believed."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from huiliu.cli.analysed_buyers import Purchases, Until, read_purchases
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.services.analyse_buyers import clv_of

__all__ = ["clv"]


def clv(
    file: Purchases,
    /,
    *,
    until: Until = "",
    months: Annotated[int, Parameter(help=sentence("cli.clv.months"))] = 12,
    discount: Annotated[float, Parameter(help=sentence("cli.clv.discount"))] = 0.1,
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Print the model that was believed, why others were not, and every buyer's value."""
    if not 1 <= months <= 120:
        raise BadInput((Problem("--months", text("analysis.months")),))
    if not 0 <= discount < 10:
        raise BadInput((Problem("--discount", text("analysis.discount")),))
    found = clv_of(*read_purchases(file, until), months, discount)
    if json:
        emit(found)
        return
    say(text("analysis.clv_model", model=found["model"], n=found["n_customers"]))
    for name, why in found["refused"].items():
        say(text("analysis.clv_refused", model=name, why=text(f"analysis.clv.{why}")))
    words = ("customer", "repeat_purchases", "p_alive", "expected_purchases", "clv")
    table(
        [text(f"analysis.column.{word}") for word in words],
        (tuple("-" if one[word] is None else one[word] for word in words)
         for one in found["customers"]),
    )  # fmt: skip
