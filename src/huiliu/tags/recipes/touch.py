"""`touch`: where people come from: first and last channel, details of the device used last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from huiliu.conditions.touches import DEVICE_PATHS
from huiliu.tags.reading import TagReading
from huiliu.tags.recipe import Computed, Ground, Lineage, RecipeKind, Steps

__all__ = ["TOUCH", "Touch"]

_CHANNELS: Final = ("first_channel", "last_channel")


@dataclass(frozen=True, slots=True)
class Touch:
    """What a person's own events told of it."""

    give: str

    @property
    def lineage(self) -> Lineage:
        """What the value hangs on: the context of every event, none by name."""
        return Lineage()

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree below the recipe's name."""
        return {"give": self.give}

    def compute(self, ground: Ground, now: int) -> Steps:
        """Read everybody's touches."""
        yield from ()
        del now
        rows = ground.tables.touches
        if self.give in _CHANNELS:
            value = rows[self.give]
        else:
            value = ground.tables.cell(rows.device, DEVICE_PATHS[self.give]).text()
        found = rows.select("profile_id", value=value)
        return Computed(found.filter(found.value.notnull()))


def _parse(raw: object, path: str, reading: TagReading, type_: str) -> Touch | None:
    """Return the recipe of `{give: os}`."""
    del type_
    given = reading.mapping(raw, path, frozenset({"give"}), ("give",))
    give, known = given.get("give"), (*_CHANNELS, *DEVICE_PATHS)
    if give not in known:
        reading.wrong(f"{path}.give", "want_choice", found=give, known=", ".join(known))
        return None
    return Touch(str(give))


TOUCH = RecipeKind("touch", frozenset({"text"}), _parse)
