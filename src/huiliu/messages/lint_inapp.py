"""What is wrong with an in-app message before anyone meets it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from huiliu.kernel.texts import Text, text
from huiliu.messages.inapp import KINDS, fault_of
from huiliu.messages.language import Piece
from huiliu.messages.lint_findings import BLOCK, HINT, WARN
from huiliu.messages.places import Place
from huiliu.messages.rendering import Template
from huiliu.messages.runs import BLANK, runs

__all__ = ["look_at_inapp"]

#: What decides where and when it is met is the same for everybody: a designer shows it.
_FIXED: Final = frozenset({"type", "slot", "trigger", "frequency", "priority"})
#: Of a pop-up nobody reads more than this, and a banner has no room for it.
_READ: Final = {"popup": 120, "banner": 60, "card": 120}


def look_at_inapp(template: Template, place: Place) -> Iterator[tuple[str, str, Text]]:
    """Yield (severity, what is written, what is wrong) of one part."""
    every = [run.strip() for run in runs(place.piece, {})]
    if place.part in _FIXED:
        if any(BLANK in run for run in every):
            yield BLOCK, "", text("lint.inapp_fixed")
            return
        if len(every) > 1:
            yield WARN, "", text("lint.inapp_varies")
    for run in every:
        if BLANK not in run and (fault := fault_of(place.part, run)) is not None:
            # A picture that cannot be shown is left out; everything else keeps a message back.
            yield (WARN if place.part == "image" else BLOCK), "", fault
    parts = template.variants.get(place.variant, template.locales)[place.locale]
    if place.part == "type":
        yield from _look_at_kind(every[0] if every else "", parts)
    elif place.part == "text" and "type" in parts:
        kinds = [run.strip() for run in runs(parts["type"], {})]
        longest = min((_READ[kind] for kind in kinds if kind in _READ), default=0)
        if longest and any(len(run) > longest for run in every):
            yield HINT, "", text("lint.inapp_long", n=longest)


def _look_at_kind(kind: str, parts: Mapping[str, Piece]) -> Iterator[tuple[str, str, Text]]:
    """Yield what a card of a kind lacks."""
    if kind == "card" and "slot" not in parts:
        yield HINT, "", text("lint.inapp_slot")
    if "url" in parts:
        return
    if "button" in parts:
        yield WARN, "", text("lint.inapp_button")
    elif kind in KINDS and kind != "inbox":
        yield HINT, "", text("lint.inapp_nowhere")
