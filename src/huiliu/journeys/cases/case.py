"""A test of a journey as values: what is given, what happens, what is expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from huiliu.kernel.documents import Header, dump
from huiliu.kernel.facts import Value
from huiliu.messages.rules import Rules

__all__ = ["CHANNELS", "Case", "Earlier", "Expected", "Given", "Mark", "Step", "Suite"]

#: Channels that a person of a test can be reached by, and the identifier that each address is.
CHANNELS: Final[Mapping[str, str]] = {
    "sms": "phone", "email": "email", "push": "device_token", "wechat": "wechat_openid",
    "mini_program": "wechat_openid", "wecom": "wecom_userid", "douyin": "douyin_openid",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Earlier:
    """An event before the case begins: a fact that triggers nothing."""

    event: str
    at: int
    properties: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Given:
    """How things stand when a case begins."""

    at: int
    zone: str
    traits: Mapping[str, Value]
    #: (channel, purpose) -> granted, withdrawn or unknown; marketing is granted where nothing
    #: is said, service was never withdrawn.
    consents: Mapping[tuple[str, str], str]
    reach: tuple[str, ...]
    segments: tuple[str, ...]
    lists: tuple[str, ...]
    tags: Mapping[str, Value]
    #: Messages sent before are among them.
    events: tuple[Earlier, ...]
    rules: Rules
    #: Node -> where it leads, whatever it would decide.
    choose: Mapping[str, str]
    held_out: bool
    #: Other journeys that live at the same time.
    beside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens, or only time that passes."""

    at: int
    #: event, traits, consent, list, segment, tag, message, answer, task, call; "" = time passes.
    deed: str
    #: The event, channel, list, segment, tag, kind of reaction, or node.
    name: str = ""
    #: granted, entered, the outcome of a task, the node of a message ...
    word: str = ""
    value: Value = None
    properties: Mapping[str, Value] = field(default_factory=dict)
    #: How much earlier it happened than it arrives.
    late: int = 0
    path: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """What is expected of a message or an event; what is None is not compared."""

    path: str
    template: str | None = None
    channel: str | None = None
    node: str | None = None
    at: int | None = None
    reason: str | None = None
    until: int | None = None
    event: str | None = None
    properties: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expected:
    """What has to be true when time ends; what is None is not compared."""

    #: Exactly these, in order.
    messages: Sequence[Mark] | None = None
    sent: Sequence[Mark] = ()
    not_sent: Sequence[Mark] = ()
    shifted: Sequence[Mark] = ()
    emitted: Sequence[Mark] = ()
    runs: int | None = None
    stands: str | None = None
    ended: str | None = None
    ended_at: int | None = None
    visited: tuple[str, ...] = ()
    not_visited: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    traits: Mapping[str, Value] = field(default_factory=dict)
    carried: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """One case: given, when, then."""

    name: str
    path: str
    line: int
    given: Given
    steps: tuple[Step, ...]
    expected: Expected

    @property
    def pinned(self) -> frozenset[str]:
        """Segments whose members this case names."""
        told = {step.name for step in self.steps if step.deed == "segment"}
        return frozenset(told.union(self.given.segments))


@dataclass(frozen=True, slots=True)
class Suite:
    """The cases of one document."""

    header: Header
    #: The slug of the journey that they try.
    journey: str
    cases: tuple[Case, ...]
    #: What stands in the document.
    tree: Mapping[str, Value]

    @property
    def slug(self) -> str:
        """The document's name for ever."""
        return self.header.slug

    @property
    def pinned(self) -> frozenset[str]:
        """Segments whose members cases name, so that their own conditions are not asked."""
        return frozenset().union(*(case.pinned for case in self.cases))

    def source(self) -> str:
        """Return the canonical YAML."""
        order = ("journey", "given", "cases")
        rest = {name: self.tree[name] for name in order if name in self.tree}
        head = {name: value for name, value in self.tree.items() if name not in order}
        return dump(head | rest)
