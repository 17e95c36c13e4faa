"""Runs the recipes of tags: what they yield is asked of the warehouse, on one ground for all."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from itertools import count
from types import TracebackType
from typing import Final, Self

import ibis
import pyarrow as pa

from huiliu.conditions.population import moment_literal
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.metrics.purchases import line_rows, purchase_rows
from huiliu.ports.tags import TagWriting
from huiliu.ports.world import World
from huiliu.tags import Computed, Ground, Keep, Tag
from huiliu.tags.recipe import Published

__all__ = ["Cooked", "Kitchen", "in_order"]

#: Distinguishes the rows that computations of one process hold at the same time.
_NUMBERS = count(1)
#: Answers of more rows are not kept: they are asked once, by one recipe.
_REMEMBERED: Final = 200_000
#: Tables that recipes made are kept for the next ones, so many of them.
_SHARED: Final = 4
#: Facts that change while tags are computed.
_WRITTEN: Final = frozenset({"latest_tags", "tag_values"})


@dataclass(frozen=True, slots=True)
class Cooked:
    """The values of one tag, still in the warehouse, and what was found on the way."""

    writing: TagWriting
    #: profile_id, value (JSON), expires_at.
    values: ibis.Table
    published: Published


class Kitchen:
    """Computes tags of one brand as of one moment; what it held goes when its block ends."""

    def __init__(self, world: World, brand_id: int, now: int, at: int | None = None) -> None:
        """Compute as of `now`; with `at`, from what the log's replay had met by then."""
        self._world = world
        self._brand_id = brand_id
        self._now = now
        self._tables = world.warehouse.population(brand_id, at)
        self._mark = f"{brand_id}-{os.getpid()}-{next(_NUMBERS)}"
        self._held: dict[str, ibis.Table] = {}
        #: Values of tags that this computation made, which stand before those that are stored.
        self._made: dict[str, ibis.Table] = {}
        self._currency = ""
        bought = purchase_rows(self._tables)
        #: What recipes may ask for; held from the first use on.
        self._bought = {"purchases": bought, "lines": line_rows(self._tables, bought)}
        #: What was kept or asked already, by its expression: recipes ask for the same things.
        self._kept: dict[object, str] = {}
        self._asked: dict[object, pa.Table] = {}

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let everything go."""
        self._world.warehouse.let_go([self._name(name) for name in self._held])

    def cook(self, tag: Tag) -> Cooked:
        """Compute one tag.

        Raises:
            EngineFailed: the warehouse cannot answer what the recipe asks.
        """
        steps = tag.recipe.compute(self._ground(tag.lineage.needs), self._now)
        answer: object = None
        first = True
        while True:
            try:
                wish = next(steps) if first else steps.send(answer)
            except StopIteration as done:
                made = done.value
                break
            first = False
            answer = self._answer(tag, wish)
        return self._cooked(tag, made)

    def _cooked(self, tag: Tag, made: Computed) -> Cooked:
        """Return the values as they are stored; the tags that follow read these."""
        values = made.values
        if isinstance(values, pa.Table):
            values = self._keep(f"{tag.slug} brought", values)
        # A value is renewed when it would run out before the second refresh from here.
        writing = TagWriting(
            self._brand_id, tag.slug, tag.type, self._now, tag.ttl, self._now + 2 * tag.refresh,
            "at" in values.columns,
        )  # fmt: skip
        name = f"{tag.slug} values"
        stored = self._world.warehouse.keep_values(self._name(name), writing, values)
        self._held[name] = stored
        self._made[tag.slug] = stored.mutate(set_at=moment_literal(self._now))
        return Cooked(writing, stored, made.published)

    def let_go(self, slug: str, *, stored: bool) -> None:
        """Forget a tag's values once they are stored, and what recipes kept some time ago."""
        gone = [name for name in self._held if name.startswith(f"{slug} ")]
        shared = [name for name in self._kept.values() if name in self._held]
        gone = [name for name in gone if name not in shared] + shared[:-_SHARED]
        if stored:
            self._made.pop(slug, None)
        elif f"{slug} values" in gone:
            gone.remove(f"{slug} values")
        self._world.warehouse.let_go([self._name(name) for name in gone])
        for name in gone:
            del self._held[name]

    def _answer(self, tag: Tag, wish: ibis.Table | tuple[ibis.Table, ...] | Keep) -> object:
        """Return what a recipe wished for."""
        if isinstance(wish, Keep):
            return self._share(f"{tag.slug} {wish.name}", wish.rows)
        if isinstance(wish, tuple):
            return tuple(self._run(one) for one in wish)
        return self._run(wish)

    def _share(self, name: str, rows: ibis.Table | pa.Table) -> ibis.Table:
        """Hold rows under a name; those that another recipe had held already are held once."""
        if isinstance(rows, pa.Table) or not _stands(rows):
            return self._keep(name, rows)
        known = self._kept.get(rows.op(), "")
        if known in self._held:
            return self._held[known]
        self._kept[rows.op()] = name
        return self._keep(name, rows)

    def _run(self, wish: ibis.Table) -> pa.Table:
        """Return rows, asked for once."""
        key = wish.op()
        if key not in self._asked:
            found = self._world.warehouse.run(wish)
            if found.num_rows > _REMEMBERED or not _stands(wish):
                return found
            self._asked[key] = found
        return self._asked[key]

    def _ground(self, needs: Collection[str]) -> Ground:
        """Return what recipes read; purchases and their lines are found once."""
        tables = replace(self._tables, tag=self._tag)
        if needs and "purchases" not in self._held:
            self._bought["purchases"] = self._keep("purchases", self._bought["purchases"])
            self._bought["lines"] = line_rows(self._tables, self._bought["purchases"])
        if "lines" in needs and "lines" not in self._held:
            self._bought["lines"] = self._keep("lines", self._bought["lines"])
        currency = self._money(self._bought["purchases"]) if needs else ""
        return Ground(
            tables, self._bought["purchases"], self._bought["lines"], self._world.zone, currency
        )

    def _money(self, bought: ibis.Table) -> str:
        """Return the currency that most orders were paid in: the one that money is told in."""
        if not self._currency:
            counted = bought.group_by("currency").agg(n=bought.count())
            rows = self._world.warehouse.run(counted).to_pylist()
            known = [(-row["n"], row["currency"]) for row in rows if row["currency"]]
            self._currency = min(known)[1] if known else ""
        return self._currency

    def _tag(self, slug: str) -> ibis.Table:
        """Return the values of another tag: those made here, else those that are stored."""
        return self._made[slug] if slug in self._made else self._tables.tag(slug)

    def _keep(self, name: str, rows: ibis.Table | pa.Table) -> ibis.Table:
        """Hold rows under a name of this computation."""
        self._held[name] = self._world.warehouse.keep(self._name(name), rows)
        return self._held[name]

    def _name(self, name: str) -> str:
        """Return a name that no other computation holds rows under."""
        return f"{self._mark} {name}"


def _stands(rows: ibis.Table) -> bool:
    """Say whether rows stay the same while tags are written: they read none that are stored."""
    read = {each.name for each in rows.op().find(ibis.expr.operations.UnboundTable)}
    return not read & _WRITTEN


def in_order(tags: Mapping[str, Tag]) -> Sequence[Tag]:
    """Return tags so that each comes after those that it reads; a tag may read its own past.

    Raises:
        BadInput: tags read each other in a circle; says which.
    """
    reads = {
        slug: sorted(one for one in tag.lineage.tags if one in tags and one != slug)
        for slug, tag in sorted(tags.items())
    }
    try:
        return [tags[slug] for slug in TopologicalSorter(reads).static_order()]
    except CycleError as fault:
        path = " → ".join(reversed(fault.args[1]))
        raise BadInput((Problem("value", text("tags.circle", path=path)),)) from fault
