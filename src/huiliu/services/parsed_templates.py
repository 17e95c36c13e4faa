"""Parsed templates by version: parsing one for each batch would cost more than sending it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping
from threading import Lock
from typing import Final
from weakref import WeakKeyDictionary

from huiliu.kernel.errors import BadInput, NotFound
from huiliu.messages.template import Template, parse_template
from huiliu.ports.store import Store, Tx

__all__ = ["read_templates"]

#: Parsed templates kept in memory; a version never changes, so none is ever stale.
_MAX_TEMPLATES: Final = 1_000


class _Templates:
    """The parsed templates of one store; safe between threads."""

    def __init__(self) -> None:
        self._parsed: OrderedDict[tuple[int, str, int], Template] = OrderedDict()
        self._lock = Lock()

    def get(self, tx: Tx, brand_id: int, slug: str, version: int) -> Template | None:
        """Return a version of a template, or None where there is no usable one."""
        key = brand_id, slug, version
        with self._lock:
            if key in self._parsed:
                self._parsed.move_to_end(key)
                return self._parsed[key]
        try:
            document = tx.documents.version(brand_id, "template", slug, version)
            parsed = parse_template(document.source)
        except (NotFound, BadInput):
            return None
        with self._lock:
            self._parsed[key] = parsed
            while len(self._parsed) > _MAX_TEMPLATES:
                self._parsed.popitem(last=False)
        return parsed


#: Versions are numbered anew in every database, so each store has its own.
_TEMPLATES: Final[WeakKeyDictionary[Store, _Templates]] = WeakKeyDictionary()


def read_templates(
    tx: Tx, store: Store, brand_id: int, wanted: Collection[tuple[str, int]]
) -> Mapping[tuple[str, int], Template | None]:
    """Return versions of templates by (slug, version); None where there is no usable one."""
    known = _TEMPLATES.setdefault(store, _Templates())
    return {key: known.get(tx, brand_id, *key) for key in wanted}
