"""Names every point of a worker's way: before and after each word to the store, and the commit."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from huiliu.ports.store import Tx
from huiliu.stores.postgres import PostgresStore

__all__ = ["LabelledStore", "Points"]


class Points:
    """Counts the points that a worker passes, and kills it at one of them."""

    def __init__(self, label: str, nth: int) -> None:
        """Die at the nth passing of a label; "" = never."""
        self.passed: Counter[str] = Counter()
        self._label = label
        self._nth = nth

    def at(self, label: str) -> None:
        """Pass a point."""
        self.passed[label] += 1
        if label == self._label and self.passed[label] == self._nth:
            # As by an operator, by the kernel that needs memory, or by a power cut.
            os.kill(os.getpid(), signal.SIGKILL)


class _LabelledNoun:
    """One noun of a transaction, with a point before and after each of its words."""

    def __init__(self, noun: str, inner: object, points: Points) -> None:
        """Stand before a noun."""
        self._noun = noun
        self._inner = inner
        self._points = points

    def __getattr__(self, name: str) -> Any:
        """Return the word, with its points."""
        found = getattr(self._inner, name)
        if not callable(found):
            return found
        return self._labelled(f"{self._noun}.{name}", found)

    def _labelled(self, label: str, said: Callable[..., object]) -> Callable[..., object]:
        """Return a word that passes its points."""

        def say(*arguments: object, **named: object) -> object:
            self._points.at(f"before {label}")
            found = said(*arguments, **named)
            self._points.at(f"after {label}")
            return found

        return say


class _LabelledTx:
    """A transaction whose nouns have points."""

    def __init__(self, inner: Tx, points: Points) -> None:
        """Stand before a transaction."""
        self._inner = inner
        self._points = points

    def __getattr__(self, name: str) -> Any:
        """Return a noun, with its points."""
        return _LabelledNoun(name, getattr(self._inner, name), self._points)


class LabelledStore:
    """A store whose transactions have points, their commits among them."""

    def __init__(self, inner: PostgresStore, points: Points) -> None:
        """Stand before a store."""
        self._inner = inner
        self._points = points

    @contextmanager
    def system(self) -> Iterator[_LabelledTx]:
        """Open a transaction of the worker."""
        with self._inner.system() as tx:
            yield _LabelledTx(tx, self._points)
            self._points.at("before commit")
        self._points.at("after commit")

    @contextmanager
    def transaction(self, brand_id: int) -> Iterator[Tx]:
        """Open a transaction of a request; nothing is counted in it."""
        with self._inner.transaction(brand_id) as tx:
            yield tx
