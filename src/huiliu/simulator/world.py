"""The document `kind: world`: the parameters of everything that the simulator can draw.

What is not written keeps the value that the shipped worlds have, so a file says only what is
different in it. Every number has its bounds here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Final, TypeVar

from huiliu.kernel.documents import HEADER, dump, load, read_header
from huiliu.kernel.errors import BadInput
from huiliu.kernel.fields import CHANNEL, Fields
from huiliu.kernel.times import as_duration, show_duration
from huiliu.simulator.buyer_world import BuyerWorld
from huiliu.simulator.channel_world import CELLS, FAULTS, STAGES, CellWorld, ChannelWorld, Fault
from huiliu.simulator.experiment_world import ExperimentWorld, TrueVariant
from huiliu.simulator.model import MODEL, Model
from huiliu.simulator.path_world import PathWorld, TouchChannel

__all__ = ["KIND", "Fall", "World", "parse_world"]

KIND: Final = "world"
_PARTS: Final = ("people", "days", "cells", "faults", "experiments", "paths", "buyers")
_MOST: Final = 200
_Known = TypeVar("_Known", Model, ChannelWorld, CellWorld, ExperimentWorld, PathWorld, BuyerWorld)

#: Numbers that are no shares from 0 to 1: name -> the least and the most.
_BOUNDS: Final[Mapping[str, tuple[float, float]]] = {
    "visits_a_day": (0.0001, 50), "visits_shape": (0.05, 100), "buys_weight": (0.1, 1_000),
    "buys_back": (0, 20), "tiring": (0, 10), "gift_responds": (0, 20), "weekend": (0.01, 10),
    "channels": (2, 100),
    "least_visits": (10, 1e6), "most_visits": (10, 1e6), "overdispersion": (1, 1_000),
    "weekday": (0, 1), "common": (0, 1), "season": (0, 0.95), "fatigue": (0, 0.95),
    "least_rate": (1e-5, 0.9), "most_rate": (1e-5, 0.9), "evenness": (0.1, 1_000), "own": (0, 1),
    "before": (1_000, 1e8), "after": (100, 1e8), "seed": (0, 1e9), "days": (1, 730),
    "people_a_day": (2, 1e6), "rate": (1e-5, 0.95), "worth": (0.01, 1e6), "spread": (0, 3),
    "people": (10, 1e6), "r": (0.05, 50), "alpha": (0.05, 1_000), "a": (0.05, 100),
    "b": (0.05, 100), "p": (0.1, 100), "q": (1.1, 100), "gamma": (0.1, 1e5),
    "arriving": (0, 500), "weeks": (4, 500), "ahead": (1, 500), "leaves_path": (0.01, 0.99),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fall:
    """A channel, or all of them, that does worse from a day on."""

    #: `*` = every channel.
    channel: str
    #: Days since the first one.
    day: int
    factor: float


@dataclass(frozen=True, slots=True)
class World:
    """Everything that can be drawn, and from which seed."""

    slug: str = "shipped"
    seed: int = 7
    #: How people of the virtual brand live; what `huiliu demo --world` takes.
    people: Model = MODEL
    channels: ChannelWorld = field(default_factory=lambda: ChannelWorld(7))
    n_days: int = 118
    falls: Sequence[Fall] = (Fall("channel-3", 60, 0.7),)
    cells: CellWorld = CELLS
    faults: Sequence[Fault] = FAULTS
    experiments: Sequence[ExperimentWorld] = (ExperimentWorld(),)
    paths: PathWorld = field(default_factory=PathWorld)
    buyers: BuyerWorld = field(default_factory=BuyerWorld)

    def source(self) -> str:
        """Return the whole document, what was left out too."""
        people: dict[str, object] = {
            name: [show_duration(end) for end in value] if isinstance(value, tuple)
            else show_duration(value) if name in _SPANS else value
            for name, value in asdict(self.people).items()
        }  # fmt: skip
        days = {name: value for name, value in asdict(self.channels).items() if name != "seed"}
        return dump({
            "huiliu": 1, "kind": KIND, "slug": self.slug, "name": {"en": self.slug},
            "seed": self.seed, "people": people,
            "days": {
                "days": self.n_days, **days,
                "falls": [
                    {"channel": one.channel, "day": one.day, "factor": one.factor}
                    for one in self.falls
                ],
            },
            "cells": _lists(asdict(self.cells)),
            "faults": [
                {"name": one.name, "step": one.stage, "where": dict(one.where),
                 "factor": one.factor}
                for one in self.faults
            ],
            "experiments": [_lists(asdict(one)) for one in self.experiments],
            "paths": _lists(asdict(self.paths)), "buyers": asdict(self.buyers),
        })  # fmt: skip


def parse_world(source: str | bytes) -> World:
    """Return the world of a document.

    Raises:
        BadInput: with every problem, its path and line.
    """
    loaded = load(source)
    header, problems = read_header(loaded, KIND)
    reading = Fields(loaded, loaded.tree, problems=[*loaded.problems, *problems])
    if not loaded.problems:
        reading.only({*HEADER, "seed", *_PARTS})
        world = _read(reading, header.slug if header else "")
    if reading.problems:
        raise BadInput(tuple(reading.problems))
    return world


def _read(top: Fields, slug: str) -> World:
    """Return the world; its problems are noted."""
    plain = World()
    seed = top.whole("seed", 0, 1_000_000_000)
    seed = plain.seed if seed is None else seed
    days = top.below("days")
    cells = _cells(top.below("cells"))
    channels = _days(days, replace(plain.channels, seed=seed))
    return World(
        slug, seed, _people(top.below("people")), channels,
        _n_days(days, plain.n_days), _falls(days, channels, plain.falls),
        cells, _faults(top, cells), _experiments(top), _paths(top.below("paths")),
        _buyers(top.below("buyers")),
    )  # fmt: skip


def _numbers(part: Fields, known: _Known, leave: Sequence[str] = ()) -> _Known:
    """Return the parameters with the numbers that are written in place of those that are known."""
    written: dict[str, Any] = {}
    for one in fields(known):
        value = getattr(known, one.name)
        if one.name in leave or not isinstance(value, int | float):
            continue
        least, most = _BOUNDS.get(one.name, (0.0, 1.0))
        read = part.whole if isinstance(value, int) else part.number
        found = read(one.name, least, most)  # type: ignore[arg-type] # whole bounds are whole
        if found is not None:
            written[one.name] = found
    return replace(known, **written)


#: Fields of the model that are spans of time, one of each.
_SPANS: Final = ("unpaid_closes", "give_up_after", "promise")


def _people(part: Fields | None) -> Model:
    """Return how people live."""
    if part is None:
        return MODEL
    part.only({one.name for one in fields(MODEL)})
    spans: dict[str, Any] = {}
    for one in fields(MODEL):
        written = part.tree.get(one.name)
        if written is None:
            continue
        if one.name in _SPANS:
            spans[one.name] = _span(part, one.name, written)
        elif one.name.endswith("_span"):
            ends = written if isinstance(written, list) else []
            found = tuple(_span(part, one.name, end) for end in ends)
            if len(found) != 2 or found[0] > found[1]:
                part.wrong(one.name, "world.want_span")
            spans[one.name] = found
    return replace(_numbers(part, MODEL, _SPANS), **spans)


def _span(part: Fields, name: str, written: object) -> int:
    """Return a duration."""
    found = as_duration(written) if isinstance(written, str) else None
    if found is None:
        part.wrong(name, "world.want_duration")
    return found or 0


def _days(part: Fields | None, plain: ChannelWorld) -> ChannelWorld:
    """Return the days of channels."""
    if part is None:
        return plain
    part.only({"days", "falls", *(one.name for one in fields(plain))} - {"seed"})
    found = _numbers(part, plain, ("seed",))
    for least, most in (("least_visits", "most_visits"), ("least_rate", "most_rate")):
        if getattr(found, least) > getattr(found, most):
            part.wrong(least, "world.wrong_way_round", most=most)
    return found


def _n_days(part: Fields | None, plain: int) -> int:
    """Return how many days are drawn."""
    return (part.whole("days", 30, 3_650) if part else None) or plain


def _falls(part: Fields | None, world: ChannelWorld, plain: Sequence[Fall]) -> Sequence[Fall]:
    """Return what goes wrong with channels."""
    if part is None or "falls" not in part.tree:
        return plain
    if part.tree["falls"] == []:
        return ()
    names = {f"channel-{nth + 1}" for nth in range(world.channels)} | {"*"}
    found = []
    for one in part.parts("falls", _MOST) or ():
        one.only({"channel", "day", "factor"})
        channel = one.word("channel", is_needed=True)
        if channel and channel not in names:
            one.wrong("channel", "world.no_channel", n=world.channels)
        day = one.whole("day", 0, 3_650)
        factor = one.number("factor", 0, 10)
        _needed(one, day=day, factor=factor)
        found.append(Fall(channel, day or 0, 1.0 if factor is None else factor))
    return tuple(found)


def _cells(part: Fields | None) -> CellWorld:
    """Return how messages differ."""
    if part is None:
        return CELLS
    part.only({"dimensions", "base", "evenness", "own", "before", "after"})
    dimensions, base = CELLS.dimensions, CELLS.base
    inner = part.below("dimensions")
    if inner is not None:
        dimensions = {}
        for name, values in inner.tree.items():
            is_list = isinstance(values, list) and 2 <= len(values) <= 50
            if not is_list or len({str(one) for one in values}) != len(values):  # type: ignore[union-attr, arg-type] # is_list says so
                inner.wrong(name, "world.want_values")
                continue
            dimensions[name] = tuple(str(one) for one in values)  # type: ignore[union-attr] # as above
        if not 2 <= len(dimensions) <= 8:
            part.wrong("dimensions", "world.want_dimensions")
    inner = part.below("base")
    if inner is not None:
        inner.only(STAGES[1:])
        base = {**base, **{
            name: rate for name in STAGES[1:] if (rate := inner.number(name, 0.001, 1)) is not None
        }}  # fmt: skip
    return replace(_numbers(part, CELLS), dimensions=dimensions, base=base)


def _faults(top: Fields, cells: CellWorld) -> Sequence[Fault]:
    """Return what can go wrong for some people; faults of other dimensions are not shipped ones."""
    parts = top.parts("faults", _MOST)
    if parts is None:
        return tuple(
            one for one in FAULTS
            if all(value in cells.dimensions.get(name, ()) for name, value in one.where.items())
        )  # fmt: skip
    found = []
    for one in parts:
        one.only({"name", "step", "where", "factor"})
        name = one.word("name", is_needed=True, most=60)
        step = one.choice("step", STAGES[1:])
        factor = one.number("factor", 0, 1)
        _needed(one, factor=factor)
        where: dict[str, str] = {}
        inner = one.below("where")
        if inner is None:
            one.wrong("where", "world.want_where")
        for key, value in (inner.tree if inner else {}).items():
            if str(value) not in cells.dimensions.get(key, ()):
                (inner or one).wrong(key, "world.no_value")
            where[key] = str(value)
        found.append(Fault(name, step, where, factor or 0.0))
    return tuple(found)


def _experiments(top: Fields) -> Sequence[ExperimentWorld]:
    """Return the experiments."""
    parts = top.parts("experiments", _MOST)
    if parts is None:
        return World().experiments
    found: list[ExperimentWorld] = []
    for one in parts:
        plain = ExperimentWorld(seed=len(found))
        one.only({each.name for each in fields(plain)})
        name = one.word("name", is_needed=True, most=60)
        if name in {each.name for each in found}:
            one.wrong("name", "world.twice")
        variants = []
        for each in one.parts("variants", 20) or ():
            each.only({"name", "share", "lift", "lost"})
            share, lift = each.number("share", 0.001, 1e6), each.number("lift", -1, 10)
            variants.append(TrueVariant(
                each.word("name", is_needed=True, most=60), 1.0 if share is None else share,
                lift or 0.0, each.number("lost", 0, 1) or 0.0,
            ))  # fmt: skip
        if "variants" in one.tree and len({each.name for each in variants}) < max(2, len(variants)):
            one.wrong("variants", "world.want_variants")
        numbers = _numbers(one, plain)
        found.append(replace(numbers, name=name, variants=tuple(variants) or plain.variants))
    return tuple(found)


def _paths(part: Fields | None) -> PathWorld:
    """Return the paths."""
    plain = PathWorld()
    if part is None:
        return plain
    part.only({"people", "leaves", "worth", "channels"})
    channels = []
    for one in part.parts("channels", 40) or ():
        one.only({"name", "weight", "converts"})
        name = one.word("name", is_needed=True, most=40)
        if name and not CHANNEL.fullmatch(name):
            one.wrong("name", "plans.want_channels")
        weight, converts = one.number("weight", 0.001, 1e6), one.number("converts", 0, 1)
        _needed(one, weight=weight, converts=converts)
        channels.append(TouchChannel(name, weight or 1.0, converts or 0.0))
    if "channels" in part.tree and len({one.name for one in channels}) < max(2, len(channels)):
        part.wrong("channels", "world.want_variants")
    leaves = part.number("leaves", *_BOUNDS["leaves_path"])
    found = _numbers(part, plain, ("leaves",))
    return replace(
        found, leaves=plain.leaves if leaves is None else leaves,
        channels=tuple(channels) or plain.channels,
    )  # fmt: skip


def _buyers(part: Fields | None) -> BuyerWorld:
    """Return the buyers."""
    plain = BuyerWorld()
    if part is None:
        return plain
    part.only({one.name for one in fields(plain)})
    found = _numbers(part, plain)
    if found.arriving >= found.weeks:
        part.wrong("arriving", "world.wrong_way_round", most="weeks")
    return found


def _needed(part: Fields, **values: object) -> None:
    """Note what has to be written and is not."""
    for name, value in values.items():
        if value is None and name not in part.tree:
            part.wrong(name, "world.missing")


def _lists(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Return a map with lists in place of tuples, as a document has them."""
    return {
        name: list(value) if isinstance(value, tuple)
        else _lists(value) if isinstance(value, Mapping) else value
        for name, value in tree.items()
    }  # fmt: skip
