"""What the canvas is told of node types: all of them, in words of both languages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from huiliu.conditions.form import KINDS
from huiliu.journeys import NODES
from huiliu.journeys.entries import ENTRIES
from huiliu.kernel.texts import LOCALES
from huiliu.web.canvas import describe_canvas, picture_of, tone_of


def fields(form: list[dict[str, Any]], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every field of a form with its path, those inside of others too."""
    for field in form:
        here = f"{path}.{field['key']}"
        yield here, field
        yield from fields(field["fields"], here)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_node_type_and_entry_is_told_in_words(locale: str) -> None:
    """No palette and no inspector shows a bare key."""
    told = describe_canvas(locale)

    assert [one["name"] for one in told["types"]] == list(NODES)
    assert [one["name"] for one in told["entries"]] == list(ENTRIES)
    bare = [one["name"] for one in (*told["types"], *told["entries"]) if not one["words"]]
    every = [
        found
        for one in (*told["types"], *told["entries"])
        for found in fields(one["form"], one["name"])
    ] + list(fields(told["journey"], "journey"))
    bare += [path for path, field in every if field["label"] == field["key"]]
    assert bare == []
    assert {field["kind"] for _, field in every} <= KINDS


def test_every_node_type_has_a_group_and_a_picture() -> None:
    """One that names none is shown among those that steer, with their picture."""
    assert {tone_of(name) for name in NODES} <= {"talk", "time", "choose", "data", "flow"}
    assert (tone_of("teleport"), picture_of("teleport")) == ("flow", "route")
