"""`message`: what became of messages to the profile, and what the profile did with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import ibis

from huiliu.conditions.filters import NO_FILTERS, Filters
from huiliu.conditions.form import Field
from huiliu.conditions.node import Condition, Mentions
from huiliu.conditions.operators.did import DID, Did
from huiliu.conditions.operators.operator import Child, Operator
from huiliu.conditions.population import Tables
from huiliu.conditions.reading import Reading
from huiliu.conditions.window import WINDOW_FORM, WINDOW_KEYS
from huiliu.kernel.facts import Facts
from huiliu.kernel.texts import Text, text

__all__ = ["MESSAGE", "Message"]

#: Word of the YAML form -> the event that tells of it.
_EVENTS: Final[Mapping[str, str]] = {
    "sent": "Message Sent", "delivered": "Message Delivered", "failed": "Message Failed",
    "not_sent": "Message Not Sent", "opened": "Message Opened", "clicked": "Message Clicked",
    "replied": "Message Replied",
}  # fmt: skip
#: Which messages are meant: keys of the YAML form that are properties of those events.
_ABOUT: Final = ("channel", "template", "journey")
#: What is left to `did`.
_COUNTED: Final = frozenset({"at_least", "at_most", "exactly"}) | WINDOW_KEYS
_KNOWN = frozenset({"message", "where", *_ABOUT}) | _COUNTED


@dataclass(frozen=True, slots=True)
class Message:
    """Holds when the number of such events about such messages lies between two bounds."""

    #: What happened, as the YAML form says it.
    kind: str
    #: Key of the YAML form -> which are meant; any where the key is absent.
    about: tuple[tuple[str, tuple[str, ...]], ...]
    #: The filters that the author wrote.
    where: Filters
    #: The same as a count of events.
    did: Did

    @property
    def mentions(self) -> Mentions:
        """Return the event and how far back it matters."""
        return self.did.mentions

    def holds(self, facts: Facts, now: int) -> bool:
        """Say whether the number lies within the bounds."""
        return self.did.holds(facts, now)

    def among(self, tables: Tables, now: int) -> ibis.Value:
        """Return the expression of `holds`."""
        return self.did.among(tables, now)

    def look(self, facts: Facts, now: int) -> tuple[bool, int | None]:
        """Return whether it holds, and when events that leave the window may change that."""
        return self.did.look(facts, now)

    def next_change(self, facts: Facts, now: int) -> int | None:
        """Return when events that leave the window bring the number over a bound."""
        return self.did.next_change(facts, now)

    def sentence(self) -> Text:
        """Return the operator in words."""
        what = text(f"conditions.message.kind.{self.kind}")
        for key, names in self.about:
            what = text(f"conditions.message.{key}", inner=what, names=", ".join(names))
        counted = replace(self.did, where=NO_FILTERS).sentence()
        manner = counted.key.removeprefix("conditions.did.")
        said = text(f"conditions.message.{manner}", what=what, **_without(counted, "event"))
        if not self.where.each:
            return said
        return text("conditions.where", inner=said, where=self.where.sentence())

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree."""
        tree: dict[str, object] = {"message": self.kind}
        for key, names in self.about:
            tree[key] = names[0] if len(names) == 1 else list(names)
        counted = self.did.tree()
        tree |= {key: value for key, value in counted.items() if key in _COUNTED}
        if self.where.each:
            tree["where"] = self.where.tree()
        return tree


def _without(said: Text, name: str) -> dict[str, object]:
    """Return the arguments of a text but one."""
    return {key: value for key, value in said.arguments.items() if key != name}


def _parse(
    raw: Mapping[str, object], path: str, reading: Reading, child: Child
) -> Condition | None:
    """Return the condition of `{message: opened, channel: email, at_least: 2, within: 30d}`."""
    reading.refuse_unknown(raw, _KNOWN, path)
    kind = raw["message"]
    if not isinstance(kind, str) or kind not in _EVENTS:
        reading.fault(f"{path}.message", "want_message", known=", ".join(_EVENTS))
        return None
    about = tuple((key, _names(raw[key], f"{path}.{key}", reading)) for key in _ABOUT if key in raw)
    meant = [{"property": key, "in": list(names)} for key, names in about if names]
    counted = {key: value for key, value in raw.items() if key in _COUNTED}
    written = raw.get("where")
    # The author's own filters stand first, so that problems point at them; what is no list is
    # handed on as it is, to be refused.
    own = list(written) if isinstance(written, list | tuple) else []
    where = own + meant if own or written is None else written
    did = DID.parse(
        counted | {"did": _EVENTS[kind]} | ({"where": where} if where else {}),
        path, reading, child,
    )  # fmt: skip
    if not isinstance(did, Did):
        return None
    return Message(kind, about, Filters(did.where.each[: len(own)]), did)


def _names(raw: object, path: str, reading: Reading) -> tuple[str, ...]:
    """Return one name or a list of names."""
    names = tuple(raw) if isinstance(raw, list | tuple) else (raw,)
    if not names or not all(isinstance(name, str) and name for name in names):
        reading.fault(path, "want_names")
        return ()
    return tuple(map(str, names))


MESSAGE = Operator(
    "message",
    _parse,
    form=(
        Field("message", "choice", needed=True, start="opened", options=tuple(_EVENTS)),
        Field("channel", "channel"),
        Field("template", "template"),
        Field("journey", "journey"),
        Field("at_least", "whole", instead_of=("exactly",)),
        Field("at_most", "whole", instead_of=("exactly",)),
        Field("exactly", "whole", instead_of=("at_least", "at_most")),
        *WINDOW_FORM,
        Field("where", "filters"),
    ),
    takes=frozenset({"journey"}),
)
