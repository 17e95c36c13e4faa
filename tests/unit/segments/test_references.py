"""Segments that name other segments: where a name leads, and who names whom."""

from __future__ import annotations

from huiliu.conditions import Surroundings
from huiliu.kernel.documents import dump
from huiliu.kernel.errors import Problem
from huiliu.segments import Referenced, Segment, parse_segment, parsed, used_by


def source(slug: str, where: object = None, **more: object) -> str:
    """Return a segment's YAML."""
    tree: dict[str, object] = {"huiliu": 1, "kind": "segment", "slug": slug, "name": {"en": slug}}
    return dump(tree | more | ({"where": where} if where is not None else {}))


def brand(*sources: str) -> dict[str, Segment]:
    """Return the live segments of a brand by slug."""
    named = {parsed(one).slug: one for one in sources}
    around = Surroundings(resolver=Referenced(named))
    return {slug: parsed(one, around) for slug, one in named.items()}


def test_who_uses_a_segment_is_known_however_long_the_way():
    """Directly or through others; a segment does not use itself."""
    found = brand(
        source("everybody"),
        source("buyers", {"did": "Order Paid"}),
        source("quiet", {"all": [{"in_segment": "buyers"}, {"not": {"in_segment": "everybody"}}]}),
        source("wake-up", {"any": [{"in_segment": "quiet"}, {"trait": "vip", "is": True}]}),
    )
    assert used_by(found, "buyers") == ("quiet", "wake-up")
    assert used_by(found, "quiet") == ("wake-up",)
    assert used_by(found, "wake-up") == ()


def test_a_segment_must_not_hold_itself():
    """The segment that is read is the beginning of the way, though it is not yet stored."""
    around = Surroundings(resolver=Referenced({"b": source("b", {"in_segment": "a"})}))
    found = parse_segment(source("a", {"in_segment": "b"}), around)
    assert isinstance(found, tuple)
    [problem] = found
    assert isinstance(problem, Problem)
    assert str(problem.text) == "A segment must not hold itself: a → b → a."
    assert (problem.path, problem.line) == ("where.in_segment", 7)


def test_the_owner_is_kept_and_is_one_text():
    """Who answers for a segment stands in its canonical form; nobody is nobody."""
    owned = parsed(source("a", owner="CRM 团队"))
    assert (owned.owner, parsed(owned.source())) == ("CRM 团队", owned)
    assert "owner" not in parsed(source("a")).source()
    for wrong in (7, ["x"], "x" * 201):
        found = parse_segment(source("a", owner=wrong))
        assert isinstance(found, tuple)
        assert [one.path for one in found] == ["owner"]
