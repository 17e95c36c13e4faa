"""Writes a quarter's white paper: a section a file, in the order of the table below."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from huiliu.kernel.texts import Text, text
from huiliu.ports.world import World
from huiliu.reports.paper import Block, Paper, Section, data_version
from huiliu.reports.paper_numbers import number
from huiliu.reports.quarter import Quarter
from huiliu.services.paper_attribution import attribution, paths
from huiliu.services.paper_channels import channels
from huiliu.services.paper_desk import Desk, open_desk
from huiliu.services.paper_experiments import experiments
from huiliu.services.paper_incidents import incidents
from huiliu.services.paper_journeys import journeys
from huiliu.services.paper_limits import limits
from huiliu.services.paper_method import method
from huiliu.services.paper_parts import Ground, Write
from huiliu.services.paper_people import people
from huiliu.services.paper_rewards import rewards
from huiliu.services.paper_summary import summary, write_summary
from huiliu.services.paper_targets import targets

__all__ = ["SECTIONS", "white_paper"]

#: Name -> who writes it; the title is `paper.section.<name>`. The first one is the summary.
SECTIONS: Final[Mapping[str, Write]] = MappingProxyType({
    "summary": summary, "channels": channels, "targets": targets, "people": people,
    "journeys": journeys, "experiments": experiments, "rewards": rewards,
    "attribution": attribution, "paths": paths, "limits": limits, "incidents": incidents,
    "method": method,
})  # fmt: skip
#: Fixed words of the layout.
_WORDS: Final = (
    "figure",
    "table",
    "query",
    "method",
    "version",
    "days",
    "page",
    "contents",
    "snapshot",
)


def white_paper(world: World, brand_id: int, quarter: Quarter, locale: str) -> Paper:
    """Return a quarter's white paper, ready to be printed; the same data is the same paper.

    A quarter that is not over is told up to the last event.

    Raises:
        Unavailable, EngineFailed: the warehouse cannot answer.
    """
    with open_desk(world, brand_id, quarter, locale) as desk:
        return _written(desk)


def _written(desk: Desk) -> Paper:
    """Return what is written at a desk."""
    ground = Ground(desk)
    drafts = {name: write(ground) for name, write in SECTIONS.items()}
    findings = [one for draft in drafts.values() for one in draft.findings]
    sections = []
    for name, draft in drafts.items():
        blocks: list[Block] = list(draft.blocks)
        if name == "summary":
            blocks = list(write_summary(draft, findings))
            if not desk.is_over:
                blocks.insert(0, desk.warning(text("paper.not_over", last=desk.last.isoformat())))
        title = desk.say(text("paper.title_of", title=Text(f"paper.section.{name}")))
        sections.append(Section(name, title, blocks, draft.lead))
    snapshot = desk.say(text("paper.snapshot", n=number(desk.n_events),
                             position=number(desk.position)))  # fmt: skip
    return Paper(
        desk.say(text("paper.title")), desk.brand, desk.quarter.name, desk.locale, desk.days,
        snapshot, data_version(sections, f"{snapshot} {desk.quarter.name} {desk.locale}"),
        sections, _words(desk),
    )  # fmt: skip


def _words(desk: Desk) -> Mapping[str, str]:
    """Return the words of the layout and of the cover."""
    found = {name: desk.word(f"paper.word.{name}", name) for name in _WORDS}
    quarter = text("paper.quarter", year=desk.quarter.year, number=desk.quarter.number)
    return {
        **found, "quarter": desk.say(quarter), "zone": desk.world.zone,
        "zone-label": desk.say(text("paper.word.zone")),
        "currency-label": desk.say(text("paper.word.currency")),
        "currency": desk.currency or desk.say(text("paper.no_currency")),
    }  # fmt: skip
