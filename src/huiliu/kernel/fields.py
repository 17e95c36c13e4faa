"""Reads the fields of a document: every problem with its path and line, never the first."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from huiliu.kernel.documents import Loaded, join_path
from huiliu.kernel.errors import Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import is_slug
from huiliu.kernel.texts import text

__all__ = ["CHANNEL", "Fields", "Price"]

#: How events and messages name a channel.
CHANNEL: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_LONGEST: Final = 2_000
_MOST: Final = 1e12


@dataclass(frozen=True, slots=True)
class Price:
    """What something costs, finer than money is paid: a message may cost a tenth of a fen."""

    #: In major units.
    amount: Decimal
    currency: str


@dataclass(slots=True)
class Fields:
    """A document, or a part of it, being read."""

    loaded: Loaded
    tree: Mapping[str, Value]
    #: Of this part; "" = the whole document.
    path: str = ""
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, name: str, key: str, /, **arguments: object) -> None:
        """Note a problem of a field."""
        path = join_path(self.path, name) if name else self.path
        self.problems.append(self.loaded.problem(path, text(key, **arguments)))

    def only(self, known: Collection[str]) -> None:
        """Note fields that nobody understands."""
        for name in self.tree:
            if name not in known:
                self.wrong(str(name), "plans.unknown_field", name=name)

    def part(self, name: str, tree: Mapping[str, Value], *more: object) -> Fields:
        """Return a part of the document, which notes its problems here."""
        path = join_path(self.path, name)
        for one in more:
            path = join_path(path, one)
        return Fields(self.loaded, tree, path, self.problems)

    def parts(self, name: str, most: int) -> list[Fields] | None:
        """Return the maps of a list; None where there is no such field."""
        found = self.tree.get(name)
        if found is None:
            return None
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            self.wrong(name, "plans.want_maps")
            return []
        if not 1 <= len(found) <= most:
            self.wrong(name, "plans.want_count", most=most)
            return []
        return [self.part(name, one, nth) for nth, one in enumerate(found) if isinstance(one, dict)]

    def below(self, name: str) -> Fields | None:
        """Return a map that is a field; None where there is none."""
        found = self.tree.get(name)
        if found is None:
            return None
        if not isinstance(found, dict):
            self.wrong(name, "plans.want_map")
            return None
        return self.part(name, found)

    def word(self, name: str, *, is_needed: bool = False, most: int = 200) -> str:
        """Return a text; "" where there is none."""
        found = self.tree.get(name)
        if found is None and not is_needed:
            return ""
        if not isinstance(found, str) or not found.strip() or len(found) > min(most, _LONGEST):
            self.wrong(name, "plans.want_word", most=most)
            return ""
        return found.strip()

    def slug(self, name: str) -> str:
        """Return the slug of another document; "" where there is none."""
        found = self.tree.get(name)
        if found is None:
            return ""
        if not isinstance(found, str) or not is_slug(found):
            self.wrong(name, "plans.want_slug")
            return ""
        return found

    def slugs(self, name: str, *, is_needed: bool = False) -> tuple[str, ...]:
        """Return a list of slugs."""
        found = self.tree.get(name)
        if found is None and not is_needed:
            return ()
        if (
            not isinstance(found, list)
            or (is_needed and not found)
            or not all(isinstance(one, str) and is_slug(one) for one in found)
        ):
            self.wrong(name, "plans.want_slugs")
            return ()
        return tuple(dict.fromkeys(str(one) for one in found))

    def channels(self, name: str) -> tuple[str, ...]:
        """Return a list of channels as events and messages name them; () where there is none."""
        found = self.tree.get(name)
        if found is None:
            return ()
        if not isinstance(found, list) or not all(
            isinstance(one, str) and CHANNEL.fullmatch(one) for one in found
        ):
            self.wrong(name, "plans.want_channels")
            return ()
        return tuple(dict.fromkeys(str(one) for one in found))

    def choice(self, name: str, choices: Sequence[str], default: str = "") -> str:
        """Return one of several words; without a default it is needed."""
        found = self.tree.get(name, default or None)
        if isinstance(found, str) and found in choices:
            return found
        self.wrong(name, "plans.want_choice", choices=", ".join(choices))
        return default or choices[0]

    def choices(self, name: str, known: Sequence[str]) -> tuple[str, ...]:
        """Return a list of such words, in the order in which they are known."""
        found = self.tree.get(name)
        if found is None:
            return ()
        if not isinstance(found, list) or not all(one in known for one in found):
            self.wrong(name, "plans.want_choices", choices=", ".join(known))
            return ()
        return tuple(one for one in known if one in found)

    def number(self, name: str, least: float, most: float) -> float | None:
        """Return a number in a range; None where there is none."""
        found = self.tree.get(name)
        if found is None:
            return None
        is_number = isinstance(found, int | float) and not isinstance(found, bool)
        if not is_number or not least <= found <= most:  # type: ignore[operator] # is_number says so
            self.wrong(name, "plans.want_number", least=f"{least:g}", most=f"{most:g}")
            return None
        return float(found)  # type: ignore[arg-type] # is_number says so

    def whole(self, name: str, least: int, most: int) -> int | None:
        """Return a whole number in a range; None where there is none."""
        found = self.number(name, least, most)
        if found is not None and found != int(found):
            self.wrong(name, "plans.want_whole", least=least, most=most)
            return None
        return None if found is None else int(found)

    def day(self, name: str, *, is_needed: bool = False) -> dt.date | None:
        """Return a day; None where there is none."""
        found = self.tree.get(name)
        if found is None and not is_needed:
            return None
        try:
            return dt.date.fromisoformat(found if isinstance(found, str) else "")
        except ValueError:
            self.wrong(name, "plans.want_day")
            return None

    def currency(self, name: str = "currency", *, is_needed: bool = False) -> str:
        """Return the code of a currency; "" where there is none."""
        found = self.tree.get(name)
        if found is None and not is_needed:
            return ""
        if not isinstance(found, str) or not _CURRENCY.fullmatch(found):
            self.wrong(name, "plans.want_currency")
            return ""
        return found

    def price(self, name: str) -> Price | None:
        """Return `{amount: 0.05, currency: CNY}`; None where there is none."""
        inner = self.below(name)
        if inner is None:
            return None
        inner.only({"amount", "currency"})
        currency = inner.currency(is_needed=True)
        amount = inner.number("amount", 0, _MOST)
        if "amount" not in inner.tree:
            inner.wrong("amount", "plans.want_number", least=0, most=f"{_MOST:g}")
        return None if amount is None or not currency else Price(Decimal(str(amount)), currency)
