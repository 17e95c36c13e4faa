"""What an operator is: the key that names it in a document, and its parser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from huiliu.conditions.form import Field
from huiliu.conditions.node import Condition
from huiliu.conditions.reading import Reading
from huiliu.kernel.documents import join_path

__all__ = ["Child", "Operator", "read_children"]

#: Parses a tree at a path below the operator: (raw, path) -> condition, or None after a problem.
Child: TypeAlias = Callable[[object, str], Condition | None]


@dataclass(frozen=True, slots=True)
class Operator:
    """One row of the table of operators."""

    #: The key of the YAML form.
    name: str
    #: (mapping, path, reading, child) -> condition, or None after noting problems.
    parse: Callable[[Mapping[str, object], str, Reading, Child], Condition | None]
    #: What a builder asks for; without it the builder shows the YAML. The name in words is the
    #: text `conditions.operator.<name>`.
    form: tuple[Field, ...] = ()
    #: Keys of its own that are names of operators too: beside this one they are its keys.
    takes: frozenset[str] = frozenset()


def read_children(
    raw: Mapping[str, object], name: str, path: str, reading: Reading, child: Child
) -> tuple[Condition, ...] | None:
    """Return the conditions in an operator's list of at least one."""
    reading.refuse_unknown(raw, frozenset({name}), path)
    listed = raw[name]
    if not isinstance(listed, list | tuple) or not listed:
        reading.fault(f"{path}.{name}", "want_conditions", name=name)
        return None
    found = [child(one, join_path(f"{path}.{name}", at)) for at, one in enumerate(listed)]
    known = tuple(one for one in found if one is not None)
    return known if len(known) == len(listed) else None
