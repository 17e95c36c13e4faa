"""The library of ready journeys, with the templates, segments and cases that belong to each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from huiliu.journeys.journey import Journey
from huiliu.journeys.parse import parsed
from huiliu.kernel.documents import load

__all__ = ["Pack", "library"]


@dataclass(frozen=True, slots=True)
class Pack:
    """One ready journey and everything that it needs to be switched on."""

    journey: Journey
    #: (kind, slug) -> source, in the order in which they go live: what is named comes first.
    documents: Mapping[tuple[str, str], str]

    @property
    def slug(self) -> str:
        """The journey's name."""
        return self.journey.slug


@cache
def library() -> Mapping[str, Pack]:
    """Return every ready journey by its slug, in the order of slugs.

    Package data is part of the program, so reading it here is not I/O in the sense of the laws.
    """
    sources = _sources()
    suites: dict[str, list[str]] = {}
    for (kind, slug), source in sources.items():
        if kind == "test":
            suites.setdefault(str(load(source).tree["journey"]), []).append(slug)
    packs: dict[str, Pack] = {}
    for (kind, slug), source in sorted(sources.items()):
        if kind == "journey":
            journey = parsed(source)
            named = [*journey.entry.names]
            named += [(one.kind, one.name) for node in journey.nodes.values() for one in node.names]
            named += [("journey", slug), *(("test", suite) for suite in suites.get(slug, ()))]
            documents = {each: sources[each] for each in dict.fromkeys(named) if each in sources}
            packs[slug] = Pack(journey, MappingProxyType(documents))
    return MappingProxyType(packs)


def _sources() -> dict[tuple[str, str], str]:
    """Return the documents of the package by kind and slug."""
    found = {}
    for one in (files("huiliu.journeys") / "library").iterdir():
        if one.name.endswith(".yaml"):
            source = one.read_text("utf-8")
            tree = load(source).tree
            found[str(tree["kind"]), str(tree["slug"])] = source
    return found
