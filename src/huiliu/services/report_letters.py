"""A scheduled report as a letter: what it is about, and the CSV file with it."""

from __future__ import annotations

from huiliu.kernel.texts import render, text
from huiliu.ports.notices import Delivery
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.system_mail import Letter

__all__ = ["file_name", "report_letter"]


def file_name(report: str, first: str, last: str) -> str:
    """Return the name of a report's file."""
    return f"{report}_{first}_{last}.csv"


def report_letter(tx: Tx, world: World, delivery: Delivery, locale: str) -> Letter:
    """Return the letter of one report that was made by schedule."""
    run = tx.report_schedules.run(delivery.brand_id, delivery.schedule, delivery.run_at)
    said = run.locale or locale
    first, last = run.first.isoformat(), run.last.isoformat()
    name = text(f"reports.{run.report}")
    return Letter(
        f"report/{delivery.schedule}/{delivery.run_at}",
        render(text("reports.letter.subject", report=name, first=first, last=last), said),
        (render(text("reports.letter.body", report=name, first=first, last=last,
                     zone=world.zone), said),),
        f"{world.public_url}/reports/{run.report}?from={first}&until={last}",
        render(text("notices.open"), said),
        render(text("reports.letter.foot", schedule=delivery.schedule), said),
        {file_name(run.report, first, last): run.content.decode("utf-8")},
    )  # fmt: skip
