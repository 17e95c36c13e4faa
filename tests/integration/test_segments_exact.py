"""Random histories, random definitions, clock moves, merges and unmerges: four ways, one answer.

The kept memberships, the Python reader over the store's facts, the warehouse and an oracle that
starts from the raw log each time must agree after every step, and just before every timer.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from tests.integration.histories import Raw, people_of, read_raw, turns
from tests.integration.people import BRAND, NOW, event, identifier, identify, log, person
from tests.integration.warehouses import rows, with_warehouse
from tests.property import trees
from tests.property.oracle import says

from huiliu.conditions import Surroundings, parse
from huiliu.kernel.documents import dump
from huiliu.kernel.events import Flag, NewEvent
from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.documents import Document
from huiliu.ports.world import World
from huiliu.services import audience
from huiliu.services.apply_segment import apply_segment
from huiliu.services.apply_tag import apply_tag
from huiliu.services.expire import expire
from huiliu.services.project import project
from huiliu.services.refresh_tags import refresh_tags
from huiliu.services.suppress import restore, suppress
from huiliu.services.unmerge import unmerge
from huiliu.stores.clock import SimulatedClock

T = TypeVar("T")

#: Identifiers that events carry together: people are met, merged, and told apart again.
_NAMES = (
    ("user_id:a",), ("user_id:b",), ("user_id:c",), ("anonymous_id:1",), ("anonymous_id:2",),
    ("user_id:a", "anonymous_id:1"), ("user_id:b", "anonymous_id:2"), ("user_id:b", "phone:1"),
    ("phone:1", "anonymous_id:3"), ("user_id:c", "email:1"), ("email:1", "anonymous_id:2"),
)  # fmt: skip
_CONTEXTS: tuple[dict[str, Any], ...] = (
    {}, {}, {"channel": "app"}, {"channel": "douyin", "os": {"name": "iOS"}},
    {"device": {"type": "phone"}, "app": {"version": "1.2"}}, {"os": {"version": "7"}},
)  # fmt: skip
_TOUCHES: tuple[dict[str, Any], ...] = (
    {"first_channel": "app"}, {"last_channel": {"not_in": ["douyin", "web"]}},
    {"device": "os", "is": "iOS"}, {"device": "type", "not_set": True},
    {"reachable": "email"}, {"reachable": "sms", "for": "service"},
    {"tag": "views", "at_least": 2}, {"tag": "most", "not_set": True},
    {"all": [{"tag": "most", "at_least": 1}, {"tag": "views", "below": 3}]},
)  # fmt: skip
#: Tags that live for a while, so that time takes them away again.
_TAGS = (
    ("views", "number", {"count": {"event": "Product Viewed"}}, "36h"),
    ("most", "number", {"max": {"event": "Order Paid", "property": "total"}}, "5d"),
)
_TRAITS = ("city", "age", "born", "vip", "address", "城市", "zone", "timezone")


def draw(strategy: st.SearchStrategy[T], number: int, n: int) -> list[T]:
    """Return n values that hypothesis makes up from a number, always the same."""
    found: list[T] = []

    @seed(number)
    @settings(
        max_examples=n, phases=[Phase.generate], database=None, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def collect(one: T) -> None:
        """Keep what is made up."""
        found.append(one)

    collect()
    return found


@dataclass
class Story:
    """One run of made-up days."""

    world: World
    clock: SimulatedClock
    database_url: str
    dice: random.Random
    #: Slug -> tree of every live segment.
    trees: dict[str, Any]
    #: Trees that no segment has yet.
    others: list[Any]
    happenings: list[tuple[str, int, dict[str, Any]]]
    values: list[Any]

    def step(self) -> None:
        """Let something happen and time pass, and hold that all agree."""
        log(self.world, *(self.anything() for _ in range(self.dice.randint(1, 5))))
        self.project()
        if self.dice.random() < 0.3:
            self.part()
        if self.dice.random() < 0.4:
            self.bar()
        if self.dice.random() < 0.4:
            self.redefine()
        if self.dice.random() < 0.5:
            refresh_tags(self.world, BRAND)
            self.project()
        self.agree()
        for _ in range(self.dice.randint(0, 3)):
            self.move()
            self.agree(n_asked=1)

    def project(self) -> None:
        """Project the log in batches of some size."""
        limit = self.dice.choice((1, 3, 2_000))
        while project(self.world, limit):
            pass
        with self.world.store.system() as tx:
            refused = list(tx.log.refused(BRAND, 500))
        # Consents that say nothing clear are made up too; nothing else may be set aside.
        assert [one for one in refused if one.reason != "project.consent"] == []

    def move(self) -> None:
        """Move the clock: to just before the next timer, onto it, or anywhere."""
        with self.world.store.system() as tx:
            due = tx.segments.next_due()
        now = self.clock.now()
        if due is not None and due - 1 > now and self.dice.random() < 0.7:
            self.clock.set(due - 1)
            # Nothing is due, so nothing was done: whoever is in has to be in still.
            assert expire(self.world) == 0
            self.agree(n_asked=0)
            self.clock.set(due)
        else:
            self.clock.advance(self.dice.choice((1, HOUR, 13 * HOUR, DAY, 9 * DAY)))
        while expire(self.world):
            pass
        # What it told has to be projected before the warehouse hears of it.
        self.project()

    def part(self) -> None:
        """Undo one merge, if there is one."""
        with self.world.store.system() as tx:
            people = {person(self.world, one) for one in ("user_id:a", "user_id:b", "user_id:c")}
            merged = [one for one in sorted(people - {0}) if tx.people.merges(BRAND, one)]
        if merged:
            unmerge(self.world, BRAND, self.dice.choice(merged))
            self.project()

    def redefine(self) -> None:
        """Apply another definition of a segment that may be named by others."""
        slug = self.dice.choice([one for one in self.trees if one.startswith("s-")])
        tree = self.others.pop()
        apply_segment(self.world, BRAND, _segment(slug, tree), "test")
        self.trees[slug] = tree
        self.project()

    def bar(self) -> None:
        """Put an address on the list of those that must not be written to, or take it off."""
        key, now = identifier(self.dice.choice(("email:1", "phone:1"))).key, self.clock.now()
        with self.world.store.system() as tx:
            change = self.dice.choice((suppress, restore))
            tx.log.append(change(tx, BRAND, [key], "test", now))
        self.project()

    def anything(self) -> NewEvent:
        """Return an event of somebody: late, of the present instant, or a little ahead."""
        names = self.dice.choice(_NAMES)
        name, at, properties = self.dice.choice(self.happenings)
        now = self.clock.now()
        at = min(now + at - NOW, now + 1)
        flags = Flag.HISTORICAL if self.dice.random() < 0.2 else 0
        if self.dice.random() < 0.3:
            traits = {
                self.dice.choice(_TRAITS): self.dice.choice(self.values)
                for _ in range(self.dice.randint(1, 3))
            }
            if self.dice.random() < 0.5:
                traits[self.dice.choice(("zone", "timezone"))] = self.dice.choice(
                    ("Asia/Shanghai", "America/New_York", "Pacific/Kiritimati", "Mars/Base")
                )
            made = identify(*names, at=at, **traits)
        else:
            context = self.dice.choice(_CONTEXTS)
            made = event(*names, name=name, at=at, properties=properties, context=context)
        return msgspec.structs.replace(made, received_at=now, flags=int(flags))

    def agree(self, n_asked: int = 2) -> None:
        """Hold that memberships are what the oracle says, and that some questions agree, too."""
        now, raw = self.clock.now(), read_raw(self.world, self.database_url, BRAND)
        people = people_of(raw)
        zone = self.world.zone
        for slug, tree in self.trees.items():
            expected = {
                who for who, one in people.items() if says(tree, one, now, self.trees, zone)
            }
            kept = {who for who, _ in audience.members(self.world, BRAND, slug, 10_000)}
            assert kept == expected, (slug, tree, now, [people.get(n) for n in kept ^ expected])
        if n_asked:
            self.world.warehouse.catch_up(30)
        for slug in self.dice.sample(sorted(self.trees), n_asked):
            self.asked(slug, raw, now, None)
            # Tags as of a moment are those of the refreshes until then, which is not in the log.
            if "'tag'" not in str(self.trees[slug]):
                self.asked(slug, raw, now - self.dice.choice((1, HOUR, 2 * DAY)), now)
        if n_asked:
            self.told(raw)

    def asked(self, slug: str, raw: Raw, at: int, now: int | None) -> None:
        """Hold that the warehouse says what the oracle says, now or as of an instant."""
        tree, zone = self.trees[slug], self.world.zone
        condition = parse(tree, "where", Surroundings(resolver=self.trees.get, zone=zone))
        assert not isinstance(condition, tuple)
        people = people_of(raw, None if now is None else at)
        expected = {who for who, one in people.items() if says(tree, one, at, self.trees, zone)}
        found = audience.who(self.world, BRAND, condition, None if now is None else at)
        assert set(found) == expected, (slug, tree, at, [people.get(n) for n in expected])

    def n_told(self) -> int:
        """Return how often people entered and left: where nobody moves, nothing is proved."""
        raw = read_raw(self.world, self.database_url, BRAND)
        return sum(one.name in {"Segment Entered", "Segment Exited"} for one in raw.events)

    def told(self, raw: Raw) -> None:
        """Hold that the warehouse's memberships are those that are kept, and said once each."""
        seen: dict[str, set[Any]] = defaultdict(set)
        for one in rows(self.world, "select segment, profile_id from memberships"):
            seen[str(one["segment"])].add(one["profile_id"])
        for slug in self.trees:
            kept = {who for who, _ in audience.members(self.world, BRAND, slug, 10_000)}
            assert seen[slug] == kept, slug
        said = turns(raw)
        for slug in self.trees:
            assert {who for segment, who in said if segment == slug} == seen[slug], slug


def begin(world: World, clock: SimulatedClock, database_url: str, number: int, n: int) -> Story:
    """Return a story with n live segments that a number decides."""
    dice = random.Random(number)
    drawn = draw(trees.trees, number, 4 * n)[n:]
    named = {f"s-{nth}": tree for nth, tree in enumerate(dice.sample(drawn, n))}
    named |= {f"t-{nth}": tree for nth, tree in enumerate(_TOUCHES)}
    named["u"] = {"all": [{"not": {"in_segment": "s-0"}}, {"in_segment": "t-3"}]}
    named["v"] = {"any": [{"in_segment": "u"}, {"in_segment": "s-1"}]}
    for slug, type_, value, ttl in _TAGS:
        tag = {"huiliu": 1, "kind": "tag", "slug": slug, "name": {"en": slug}, "type": type_,
               "definition": {"en": "?"}, "category": "purchase", "owner": "crm", "ttl": ttl,
               "value": value}  # fmt: skip
        apply_tag(world, BRAND, dump(tag), "test")
    # Tags travel from the first document on that is applied and asks for them; the rest is only
    # stored, as nobody is there yet who could be let in.
    tagged = {slug: tree for slug, tree in named.items() if "'tag'" in str(tree)}
    with world.store.system() as tx:
        for slug in sorted(named.keys() - tagged):
            source = _segment(slug, named[slug])
            tx.documents.put(Document(BRAND, "segment", slug, 0, "live", source, NOW, "test"))
    for slug, tree in tagged.items():
        apply_segment(world, BRAND, _segment(slug, tree), "test")
    happenings = draw(trees.happenings, number, 300)
    values = draw(trees.values.filter(_can_be_stored), number, 100)
    return Story(world, clock, database_url, dice, named, drawn, happenings, values)


def _segment(slug: str, tree: object) -> str:
    """Return a segment's YAML."""
    return dump({"huiliu": 1, "kind": "segment", "slug": slug, "name": {"en": slug}, "where": tree})


def _can_be_stored(value: object) -> bool:
    """Say whether PostgreSQL and JSON decoders take a value."""
    return len(str(value)) < 60


@pytest.fixture
def asked(world: World, tmp_path: Path) -> Iterator[World]:
    """Give a world with a warehouse."""
    with with_warehouse(world, tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("number", range(2))
def test_a_made_up_story_agrees_with_the_oracle_at_every_step(
    asked: World, clock: SimulatedClock, database_url: str, number: int
):
    """Whatever comes, in whatever order: kept, asked and told memberships are the oracle's."""
    story = begin(asked, clock, database_url, number, 10)
    for _ in range(5):
        story.step()
    assert story.n_told() > 10


@pytest.mark.trial
@pytest.mark.parametrize("number", range(100, 160))
def test_many_made_up_stories_agree_with_the_oracle_at_every_step(
    asked: World, clock: SimulatedClock, database_url: str, number: int
):
    """The same with more segments, for longer, and many times."""
    story = begin(asked, clock, database_url, number, 20)
    for _ in range(15):
        story.step()
    assert story.n_told() > 50
