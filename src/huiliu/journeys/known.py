"""What a journey refers to outside itself, and whether it is there."""

from __future__ import annotations

from collections.abc import Mapping

from huiliu.journeys.journey import Journey
from huiliu.journeys.nodes.send import Send
from huiliu.kernel.documents import join_path, load
from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import Text, text

__all__ = ["Face", "check_known"]

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Face:
    """What a journey needs to know of a template."""

    channel: str
    #: marketing or service.
    message_class: str


def check_known(
    journey: Journey, source: str | bytes, templates: Mapping[str, Face]
) -> tuple[Problem, ...]:
    """Return a problem for every template that is missing or is of another channel or class."""
    loaded = load(source)
    problems: list[Problem] = []

    def wrong(path: str, said: Text) -> None:
        problems.append(loaded.problem(path, said))

    for name, node in journey.nodes.items():
        if not isinstance(node, Send):
            continue
        path = join_path("nodes", name)
        face = templates.get(node.template)
        if face is None:
            wrong(f"{path}.template", text("journeys.unknown_template", name=node.template))
            continue
        if node.channel and node.channel != face.channel:
            wrong(f"{path}.channel", text("journeys.other_channel", found=face.channel))
        if node.message_class and node.message_class != face.message_class:
            wrong(f"{path}.class", text("journeys.other_class", found=face.message_class))
    return tuple(problems)
