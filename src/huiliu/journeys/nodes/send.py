"""`send`: a message is put into the outbox, and the run goes on at once.

Of several variants each person always gets the same one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from huiliu.conditions.form import Field
from huiliu.experiments.standing import Standing
from huiliu.journeys.matchers import Cancel, Matcher
from huiliu.journeys.nodes.base import Effect, Go, Name, Node, Outcome, Passage, Quiet, Way
from huiliu.journeys.nodes.sending import FIELDS, FORM, Manner, read_manner
from huiliu.journeys.nodes.trying import trial_of, viewed
from huiliu.journeys.nodes.weights import MOST, pick
from huiliu.journeys.reading import Fields
from huiliu.kernel.texts import Text, text

__all__ = ["TYPE", "Send", "Variant"]


@dataclass(frozen=True, slots=True)
class Variant:
    """One of several messages, and how many people get it."""

    name: str
    template: str
    weight: int

    def tree(self) -> dict[str, object]:
        """Return the variant as it is written."""
        return {"variant": self.name, "template": self.template, "weight": self.weight}


@dataclass(frozen=True, slots=True)
class Send(Quiet):
    """Puts one message into the outbox at each visit."""

    #: "" where there are variants.
    template: str
    variants: tuple[Variant, ...]
    #: "" = the template's own.
    channel: str
    manner: Manner
    next: str
    #: The journey, of which variants are drawn apart.
    journey: str
    #: The trace's details without variants, the same for every run.
    details: bytes = field(init=False, repr=False, compare=False, default=b"{}")

    type = "send"

    def __post_init__(self) -> None:
        """Write the details once and not at every step."""
        details = msgspec.json.encode({"template": self.template, "to": self.next})
        object.__setattr__(self, "details", details)

    @property
    def cancel(self) -> Cancel:
        """What cancels a message while it waits."""
        return self.manner.cancel

    @property
    def message_class(self) -> str:
        """What the message is for; "" = the template says it."""
        return self.manner.message_class

    @property
    def names(self) -> Sequence[Name]:  # type: ignore[override] # of most nodes it is a constant
        """The templates."""
        if self.template:
            return (Name("template", "template", self.template),)
        each = enumerate(self.variants)
        return [Name("template", f"variants[{nth}].template", one.template) for nth, one in each]

    @property
    def ways(self) -> Sequence[Way]:
        """The one way out."""
        return (Way("next", self.next),)

    def step(self, passage: Passage, memory: bytes) -> Outcome:  # noqa: ARG002 - the protocol's signature
        """Return the message and the way on."""
        if not self.variants:
            message = self.manner.queue(passage, self.template, self.channel)
            return Go(self.next, "sent", self.details, (message,))
        met = f"{self.journey} {passage.node}"
        standing = trial_of(passage, met, {one.name for one in self.variants})
        if standing is not None:
            return self._tried(passage, standing)
        salt = f"variant {met}"
        nth, at = pick(salt, passage.profile_id, [one.weight for one in self.variants])
        variant = self.variants[nth]
        details = {
            "template": variant.template, "to": self.next, "variant": variant.name, "bucket": at,
        }  # fmt: skip
        message = self.manner.queue(passage, variant.template, self.channel)
        return Go(self.next, "sent", msgspec.json.encode(details), (message,))

    def _tried(self, passage: Passage, standing: Standing) -> Outcome:
        """Return the message of the arm that an experiment's document gives the person."""
        drawn = standing.draw(passage.profile_id)
        variant = next(one for one in self.variants if one.name == drawn.arm)
        details = {
            "template": variant.template, "to": self.next, "variant": variant.name,
            "experiment": standing.slug,
        }  # fmt: skip
        message = self.manner.queue(passage, variant.template, self.channel)
        effects: tuple[Effect, ...] = (message, *viewed(standing, drawn))
        return Go(self.next, "sent", msgspec.json.encode(details), effects)

    def told(self, what: str, details: Mapping[str, object]) -> Text | None:  # noqa: ARG002 - the protocol's signature
        """Return which variant was sent, where there are several."""
        if not details.get("variant"):
            return None
        said = {"template": details.get("template", ""), "variant": details["variant"]}
        return text("journeys.did.sent_variant", **said)

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        tree: dict[str, object] = {}
        if self.channel:
            tree["channel"] = self.channel
        if self.variants:
            tree["variants"] = [one.tree() for one in self.variants]
        else:
            tree["template"] = self.template
        return tree | self.manner.tree() | {"next": self.next}


class _SendType:
    """Reads `send` nodes."""

    name = "send"
    group = "talk"
    fields = ("channel", "template", "variants", *FIELDS, "next")
    form = (
        Field("template", "template", instead_of=("variants",)),
        Field(
            "variants", "rows", instead_of=("template",),
            fields=(
                Field("variant", "text", needed=True, start="a"),
                Field("template", "template", needed=True),
                Field("weight", "whole", needed=True, start=50),
            ),
        ),
        Field("channel", "channel"),
        *FORM,
        Field("next", "way", needed=True),
    )  # fmt: skip

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:
        """Return the send of a document's map."""
        variants: list[Variant] = []
        for path, item in fields.items("variants"):
            inner = fields.reading.fields(item, path, ("variant", "template", "weight"))
            name = inner.word("variant")
            if name in {one.name for one in variants}:
                inner.wrong("variant", "journeys.variant_twice", name=name)
            variants.append(Variant(name, inner.word("template"), inner.whole("weight", (1, MOST))))
        if len(variants) == 1:
            fields.wrong("variants", "journeys.want_two_ways")
        if variants and fields.has("template"):
            fields.wrong("template", "journeys.template_beside_variants")
        return Send(
            "" if variants else fields.word("template"),
            tuple(variants),
            fields.word("channel", default=""),
            read_manner(fields, ends),
            fields.word("next"),
            str(fields.reading.loaded.tree.get("slug")),
        )


TYPE = _SendType()
