"""The white paper's sections on attribution, and on the paths that people take with advice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huiliu.kernel.texts import text
from huiliu.reports.charts import bars, flow
from huiliu.reports.paper import Block, Cell, Chart, Column, Table
from huiliu.reports.paper_numbers import NOTHING, ends, money, number, share, times
from huiliu.reports.path_counts import BOUGHT, EXIT
from huiliu.services.advice import TOLD, Advice, advise
from huiliu.services.attribute import Attributed
from huiliu.services.funnels import FunnelFigures, read_funnel
from huiliu.services.paper_desk import Desk
from huiliu.services.paper_parts import Draft, Ground
from huiliu.services.paper_worth import caused
from huiliu.services.paths import PathFigures, read_paths

__all__ = ["attribution", "paths"]

_CHANNELS = 6
#: Models whose money stands in the table; the picture has the channels of most.
_SHOWN = ("last", "first", "linear", "time_decay", "position", "markov", "shapley")
#: Steps of the picture of ways, and how few people a band of it shows.
_STEPS = 4
_THIN = 0.012
_ADVICE = 8


def attribution(ground: Ground) -> Draft:
    """Write what seven models ascribe, beside what holdouts measured."""
    desk = ground.desk
    found = ground.ascribed
    if not found.n:
        return Draft([desk.unknown(text("paper.attribution.no_orders"))])
    if not found.channels:
        return Draft([desk.unknown(text("paper.attribution.no_touches", n=number(found.n)))])
    blocks: list[Block] = [*_sampled(desk), _models(desk, found)]
    blocks += [
        desk.warning(text("paper.channels.doubtful", channel=desk.channel(one),
                          ratio=times(found.ratios[one])))
        for one in found.warned
    ]  # fmt: skip
    blocks.append(_spread(desk, found))
    said = text("paper.attribution.reading", n=number(found.n), untouched=number(found.n_untouched),
                nulls=number(found.n_nulls))  # fmt: skip
    blocks.append(desk.note(said))
    return Draft(blocks)


def _sampled(desk: Desk) -> list[Block]:
    """Return the words on how many people are followed, where it is not all."""
    return [desk.note(text("paper.sampled", one_in=desk.one_in))] if desk.one_in > 1 else []


def _models(desk: Desk, found: Attributed) -> Table:
    """Return the money that each model ascribes, with its interval, and the measured one."""
    names = found.channels[:_CHANNELS]
    rows: list[list[Cell | str]] = []
    for model in _SHOWN:
        line: list[Cell | str] = [desk.word(f"analysis.model.{model}", model)]
        for channel in names:
            one = found.models[model][channel]
            low, high = (max(0.0, end) for end in one.value_interval)
            line.append(Cell(money(one.value, found.currency), ends(number(low), number(high))))
        rows.append(line)
    caused_line: list[Cell | str] = [desk.say(text("paper.column.incremental"))]
    caused_line += [caused(desk, found.measured[one]) for one in names]
    rows.append(caused_line)
    columns = [Column(desk.say(text("paper.column.model")), False, 1.2),
               *(Column(desk.channel(one)) for one in names)]  # fmt: skip
    query = f"huiliu attribution --value {desk.span}"
    origin = desk.origin(query, text("paper.method.attribution"), found.n)
    title = desk.say(text("paper.table.models", currency=found.currency or NOTHING))
    return Table(title, columns, rows, origin, has_total=True)


def _spread(desk: Desk, found: Attributed) -> Chart:
    """Return the picture of three models side by side: what opens, what closes, what lacks."""
    names = found.channels[:6]
    series = {
        desk.word(f"analysis.model.{model}", model): [
            round(found.models[model][one].value, 2) for one in names
        ]
        for model in ("first", "last", "markov")
    }
    query = f"huiliu attribution --value {desk.span}"
    origin = desk.origin(query, text("paper.method.attribution"), found.n)
    option = bars([desk.channel(one) for one in names], series)
    return Chart(desk.say(text("paper.chart.models")), option, origin, 0.12 + 0.07 * len(names))


def paths(ground: Ground) -> Draft:
    """Write the way to the purchase, and what to change about it, each with its evidence."""
    desk = ground.desk
    if not desk.n_events:
        return Draft([desk.unknown(text("paper.paths.none"))])
    world, brand, first, last = desk.sample(), desk.brand_id, desk.first, desk.last
    blocks: list[Block] = _sampled(desk)
    # Told apart as the advice needs it, so that people are followed once.
    funnel = read_funnel(world, brand, "purchase", first, last, by="channel")
    if funnel.n:
        blocks.append(_funnel(desk, funnel))
    blocks += _ways(desk, read_paths(world, brand, first, last, of="channels"))
    told = advise(world, brand, first, last, ascribed=ground.ascribed)[:_ADVICE]
    blocks += _advice(desk, told)
    if not blocks:
        blocks.append(desk.unknown(text("paper.paths.none")))
    best = [one for one in told if one.verdict == TOLD][:1]
    return Draft(blocks, [(45, desk.say(one.said)) for one in best])


def _funnel(desk: Desk, found: FunnelFigures) -> Table:
    """Return the steps to the purchase, with what was lost at each."""
    rows: list[list[Cell | str]] = []
    for place, one in enumerate(found.steps):
        rows.append([
            desk.name(one.name, str(place + 1)), number(one.n),
            _share(one.of_first, one.of_first_interval),
            _share(one.of_before, one.of_before_interval) if place else NOTHING,
            share(one.lost) if place else NOTHING,
        ])  # fmt: skip
    labels = (text("paper.column.people"), text("paper.column.of_first"),
              text("paper.column.of_before"), text("paper.column.lost"))  # fmt: skip
    columns = [Column(desk.say(text("paper.column.step")), False, 1.6),
               *(Column(desk.say(one)) for one in labels)]  # fmt: skip
    origin = desk.origin(f"huiliu funnel show purchase {desk.span}", text("paper.method.funnel"),
                         found.n)  # fmt: skip
    return Table(desk.say(text("paper.table.funnel")), columns, rows, origin)


def _share(value: float | None, interval: tuple[float, float]) -> Cell:
    """Return a share with its interval."""
    if value is None:
        return Cell(NOTHING)
    return Cell(share(value), ends(share(interval[0]), share(interval[1])))


def _ways(desk: Desk, found: PathFigures) -> list[Block]:
    """Return the picture of the channels that follow each other before a purchase."""
    links: dict[tuple[str, str], float] = {}
    for one in found.links:
        if one.step > _STEPS or one.n < _THIN * max(1, found.n):
            continue
        source = f"{one.step} {_place(desk, one.source)}"
        target = f"{one.step + 1} {_place(desk, one.target)}"
        links[source, target] = links.get((source, target), 0.0) + one.n
    links = _from_the_start(links)
    if not links:
        return []
    origin = desk.origin(f"huiliu paths show {desk.span} --of channels", text("paper.method.paths"),
                         found.n)  # fmt: skip
    return [Chart(desk.say(text("paper.chart.paths")), flow(links), origin, 0.46)]


def _from_the_start(links: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    """Return the bands that hang together from the first step on.

    What led to a step may be too thin to draw; the step would stand among the first ones.
    """
    kept: dict[tuple[str, str], float] = {}
    reached: set[str] = set()
    for source, target in sorted(links, key=lambda one: int(one[0].split(" ", 1)[0])):
        if source.startswith("1 ") or source in reached:
            kept[source, target] = links[source, target]
            reached.add(target)
    return kept


def _place(desk: Desk, name: str) -> str:
    """Return what readers call a step of a way of channels."""
    if name == EXIT:
        return desk.say(text("paper.paths.exit"))
    if name == BOUGHT:
        return desk.say(text("paper.paths.bought"))
    return desk.channel(name)


def _advice(desk: Desk, told: Sequence[Advice]) -> list[Block]:
    """Return the table of advice."""
    if not told:
        return []
    rows: list[list[Cell | str]] = [
        [Cell(desk.say(one.said), "", "" if one.verdict == TOLD else "even"),
         Cell(desk.say(one.evidence), desk.say(one.method)), number(one.n),
         Cell(desk.say(text("paper.advice.told")) if one.verdict == TOLD
              else desk.say(text("paper.cannot_tell")), "",
              "good" if one.verdict == TOLD else "warn")]
        for one in told
    ]  # fmt: skip
    columns = [Column(desk.say(text("paper.column.advice")), False, 2.6),
               Column(desk.say(text("paper.column.evidence")), False, 3),
               Column(desk.say(text("paper.column.n")), True, 0.7),
               Column(desk.say(text("paper.column.verdict")), False, 0.9)]  # fmt: skip
    origin = desk.origin(f"huiliu paths advice {desk.span}", text("paper.method.advice"))
    return [Table(desk.say(text("paper.table.advice")), columns, rows, origin)]
