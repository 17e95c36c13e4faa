"""`content_task`: somebody is to make and post something where no program may.

People pass by the thousand and one post is enough for all of them: of those who pass in one period
the first plans it, the others are counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import msgspec

from huiliu.conditions.form import Field
from huiliu.journeys.matchers import Matcher
from huiliu.journeys.nodes.base import Go, Node, Outcome, Passage, Plan, Quiet, Way
from huiliu.journeys.reading import Fields
from huiliu.kernel.documents import join_path
from huiliu.kernel.times import show_duration
from huiliu.planning.pieces import read_piece

__all__ = ["TYPE", "ContentTask"]

#: How often a fresh piece is planned at most.
EVERY: Final = ("journey", "month", "week", "day")
#: Fields that the board asks for, as it names them; what they say is checked there, too.
_ASKED: Final = (
    "title", "platform", "account", "brief", "words", "audience", "assignee", "group", "target",
    "code",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ContentTask(Quiet):
    """Plans one piece of content a period, and goes on at once."""

    asked: Mapping[str, str]
    #: How soon it is to be out, in microseconds; 0 = no date.
    due: int
    every: str
    next: str

    type = "content_task"

    @property
    def ways(self) -> Sequence[Way]:
        """The one way on."""
        return (Way("next", self.next),)

    def step(self, passage: Passage, memory: bytes) -> Outcome:  # noqa: ARG002 - the protocol's signature
        """Return what is to be planned, and the way on."""
        details = {"title": self.asked["title"], "platform": self.asked["platform"]}
        return Go(
            self.next, "content_planned", msgspec.json.encode(details | {"to": self.next}),
            (Plan(tuple(self.asked.items()), self.due, self.every),),
        )  # fmt: skip

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        tree: dict[str, object] = dict(self.asked)
        if self.due:
            tree["due"] = show_duration(self.due)
        if self.every != EVERY[0]:
            tree["every"] = self.every
        return tree | {"next": self.next}


class _ContentTaskType:
    """Reads `content_task` nodes."""

    name = "content_task"
    group = "talk"
    fields = (*_ASKED, "due", "every", "next")
    form = (
        Field("title", "text", needed=True),
        Field("platform", "text", needed=True, start="xiaohongshu"),
        Field("assignee", "text"),
        Field("brief", "text"),
        Field("words", "text"),
        Field("audience", "text"),
        Field("account", "text"),
        Field("group", "text"),
        Field("target", "text"),
        Field("code", "text"),
        Field("due", "duration", start="2d"),
        Field("every", "choice", options=EVERY),
        Field("next", "way", needed=True),
    )

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:  # noqa: ARG002 - the table's signature
        """Return the node of a document's map."""
        needed = ("title", "platform")
        asked = {name: fields.word(name, default=None if name in needed else "") for name in _ASKED}
        said = {name: one for name, one in asked.items() if one}
        if all(asked[name] for name in needed):
            # Whether a brief, segment or community is there is seen when the piece is planned.
            found = read_piece(said, "UTC", lambda _kind, _slug: True)
            for problem in found if isinstance(found, tuple) else ():
                fields.reading.problems.append(
                    fields.reading.loaded.problem(
                        join_path(fields.path, problem.path), problem.text
                    )
                )
        every = fields.choice("every", EVERY, default=EVERY[0])
        return ContentTask(
            MappingProxyType(said),
            fields.duration("due", default=0), every, fields.word("next"),
        )  # fmt: skip


TYPE = _ContentTaskType()
