"""What a journey refers to outside itself, and whether it is there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from huiliu.journeys.journey import Journey
from huiliu.journeys.nodes import Name, Node
from huiliu.kernel.documents import Loaded, join_path, load
from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import Text, text

__all__ = ["Face", "Known", "check_known"]


@dataclass(frozen=True, slots=True)
class Face:
    """What a journey needs to know of a template."""

    channel: str
    #: marketing or service.
    message_class: str


@dataclass(frozen=True, slots=True)
class Known:
    """What there is for journeys to name; None = whoever asks need not know.

    Segments and tags are looked up when the document is read, as conditions name them too.
    """

    templates: Mapping[str, Face] = field(default_factory=lambda: MappingProxyType({}))
    lists: Collection[str] | None = None
    #: Audiences at ad platforms.
    audiences: Collection[str] | None = None
    #: Pools of coupons.
    coupons: Collection[str] | None = None
    #: The tags whose values are given by journeys; all others are computed.
    given_tags: Collection[str] | None = None
    #: Slug -> the kind of its entry: only those whose entry is `api` can be called.
    journeys: Mapping[str, str] | None = None
    #: The address of a server -> why it may not be called, or "".
    refused: Callable[[str], str] | None = None


_UNKNOWN: Final = {
    "ad_audience": "journeys.unknown_audience", "coupon": "journeys.unknown_coupon",
}  # fmt: skip


def check_known(
    journey: Journey, source: str | bytes, known: Known | Mapping[str, Face]
) -> tuple[Problem, ...]:
    """Return a problem for everything that is missing or is not as the journey wants it.

    Args:
        journey: what was read.
        source: its document, for the lines.
        known: what there is; a plain map of templates = only those are looked up.
    """
    there = known if isinstance(known, Known) else Known(known)
    loaded = load(source)
    problems = [
        loaded.problem("entry", text("journeys.unknown_list", name=slug))
        for kind, slug in journey.entry.names
        if kind == "list" and there.lists is not None and slug not in there.lists
    ]
    for name, node in journey.nodes.items():
        path = join_path("nodes", name)
        for named in node.names:
            said = _missing(named, there)
            if said is not None:
                problems.append(loaded.problem(f"{path}.{named.field}", said))
            elif named.kind == "template":
                problems += _other_face(loaded, path, node, named, there.templates)
    return tuple(problems)


def _missing(named: Name, known: Known) -> Text | None:
    """Return what is wrong with a name, if anything is."""
    if named.kind == "template" and named.name not in known.templates:
        return text("journeys.unknown_template", name=named.name)
    if named.kind == "list" and known.lists is not None and named.name not in known.lists:
        return text("journeys.unknown_list", name=named.name)
    for kind, there in (("ad_audience", known.audiences), ("coupon", known.coupons)):
        if named.kind == kind and there is not None and named.name not in there:
            return text(_UNKNOWN[kind], name=named.name)
    if named.kind == "tag" and known.given_tags is not None and named.name not in known.given_tags:
        return text("journeys.computed_tag", name=named.name)
    if named.kind == "journey" and known.journeys is not None:
        entry = known.journeys.get(named.name)
        if entry is None:
            return text("journeys.unknown_journey", name=named.name)
        if entry != "api":
            return text("journeys.not_callable", name=named.name)
    if named.kind == "url" and known.refused is not None:
        why = known.refused(named.name)
        return text("journeys.refused_url", why=why) if why else None
    return None


def _other_face(
    loaded: Loaded, path: str, node: Node, named: Name, templates: Mapping[str, Face]
) -> list[Problem]:
    """Return where a template is of another channel or class than its node says."""
    face = templates[named.name]
    beside = named.field.removesuffix("template")
    problems = []
    for at, wanted, found, key in (
        (f"{beside}channel", _channel(node, named), face.channel, "journeys.other_channel"),
        ("class", getattr(node, "message_class", ""), face.message_class, "journeys.other_class"),
    ):
        if wanted and wanted != found:
            problems.append(loaded.problem(f"{path}.{at}", text(key, found=found)))
    return problems


def _channel(node: Node, named: Name) -> str:
    """Return the channel that a node wants of a template; "" = it does not say."""
    for option in getattr(node, "options", ()):
        if option.template == named.name:
            return str(option.channel)
    return str(getattr(node, "channel", ""))
