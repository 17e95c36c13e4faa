"""`huiliu plan`: what applying a folder of documents would change, in words and in people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say
from huiliu.cli.people_in_flight import MapFile, Way, question_lines, read_ways
from huiliu.kernel.texts import Text, text
from huiliu.services.plan_folder import DocumentPlan, FolderPlan, Members, plan_folder
from huiliu.services.read_folder import read_folder

__all__ = ["plan", "plan_json", "plan_lines"]

_BRAND = 1


def plan(
    folder: Path,
    /,
    *,
    in_flight: Way = "",
    map_file: MapFile = None,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print what applying a folder would change; nothing is written."""
    ways = read_ways(in_flight, map_file)
    files = read_folder(folder)
    with open_instance(instance) as house:
        house.catch_up()
        found = plan_folder(house.world, _BRAND, files, ways)
    if json:
        emit(plan_json(found))
        return
    for line in plan_lines(found):
        say(line)


def plan_lines(found: FolderPlan) -> Iterator[Text | str]:
    """Yield a plan line by line."""
    for one in found.changed:
        yield text(
            f"folder.{one.state}", kind=_kind(one.kind), slug=one.slug, version=one.version,
            file=one.file,
        )  # fmt: skip
        for change in one.changes:
            yield text("folder.change", change=change.sentence())
        if one.members is not None:
            yield _members(one.members)
        for line in question_lines(one.in_flight) if one.in_flight is not None else ():
            yield text("folder.change", change=line)
    for other in found.dependents:
        if other.n_entering or other.n_leaving:
            yield text("folder.dependent", slug=other.slug)
            yield _members(other)
    if found.only_here:
        names = ", ".join(f"{kind} {slug}" for kind, slug in found.only_here)
        yield text("folder.only_here", n=len(found.only_here), names=names)
    if found.changed:
        n_same = len(found.documents) - len(found.changed)
        yield text("folder.summary", changed=len(found.changed), same=n_same)
    else:
        yield text("folder.no_change", n=len(found.documents))


def _kind(kind: str) -> Text:
    """Return what a kind of document is called."""
    return text(f"folder.kind.{kind}")


def _members(members: Members) -> Text:
    """Return in words who enters and leaves a segment."""
    return text(
        "folder.members", before=members.n_before, after=members.n_after,
        entering=members.n_entering, leaving=members.n_leaving,
    )  # fmt: skip


def plan_json(found: FolderPlan) -> Mapping[str, object]:
    """Return a plan as data."""
    return {
        "changed": bool(found.changed),
        "documents": [_document_json(one) for one in found.documents],
        "only_here": [{"kind": kind, "slug": slug} for kind, slug in found.only_here],
        "dependents": [_members_json(one) for one in found.dependents],
    }


def _document_json(one: DocumentPlan) -> Mapping[str, object]:
    """Return what would become of one document as data."""
    return {
        "kind": one.kind,
        "slug": one.slug,
        "file": one.file,
        "state": one.state,
        "version": one.version,
        "digest": one.digest,
        "changes": [
            {"path": change.path, "what": change.what, "words": sentence(change.sentence())}
            for change in one.changes
        ],
        "in_flight": one.in_flight.plain(sentence) if one.in_flight is not None else None,
        "members": _members_json(one.members) if one.members is not None else None,
    }


def _members_json(one: Members) -> Mapping[str, object]:
    """Return who enters and leaves a segment as data."""
    return {
        "slug": one.slug, "before": one.n_before, "after": one.n_after,
        "entering": one.n_entering, "leaving": one.n_leaving,
    }  # fmt: skip
