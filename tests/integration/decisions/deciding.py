"""A brand whose departments decide together, for the tests of deciding."""

from __future__ import annotations

from huiliu.kernel.documents import dump
from huiliu.ports.accounts import User
from huiliu.ports.world import World
from huiliu.services.publish import publish

BRAND = 1
PASSWORD = "correct horse battery"


def person(world: World, name: str, department: str = "", role: str = "marketer") -> User:
    """Store a user of the house and return it."""
    user = User(
        BRAND, 0, f"{name}@example.com", name.title(), "-", role, "en", world.clock.now(),
        department,
    )  # fmt: skip
    with world.store.transaction(BRAND) as tx:
        return tx.accounts.put_user(user)


def house(world: World) -> dict[str, User]:
    """Store somebody for each department, and one who speaks for none."""
    people = {
        name: person(world, name, name)
        for name in ("marketing", "technology", "operations", "legal")
    }
    return people | {"author": person(world, "author")}


def approvals(**more: object) -> str:
    """Return a document by which the classes medium and high wait for one and two departments."""
    tree: dict[str, object] = {
        "huiliu": 1, "kind": "approvals", "slug": "default", "name": {"en": "Together"},
        "medium": {"departments": ["marketing", "legal"], "need": 1, "days": 3},
        "high": {"departments": ["marketing", "technology", "operations", "legal"], "need": 2},
    }  # fmt: skip
    return dump(tree | more)


def decide_together(world: World, **more: object) -> dict[str, User]:
    """Let the brand decide together; return who is there."""
    people = house(world)
    publish(world, BRAND, approvals(**more), "cli")
    return people


def policy(most: int = 4) -> str:
    """Return a policy: a rule for everybody, that costs nothing."""
    return dump(
        {"huiliu": 1, "kind": "policy", "slug": "default", "name": {"en": "Policy"},
         "caps": {"week": {"most": most, "within": "7d"}}}
    )  # fmt: skip


def note(words: str = "one") -> str:
    """Return a list: a document of the lowest class."""
    return dump({"huiliu": 1, "kind": "list", "slug": "vip", "name": {"en": words}})


def segment(slug: str, where: dict[str, object]) -> str:
    """Return a segment."""
    return dump(
        {"huiliu": 1, "kind": "segment", "slug": slug, "name": {"en": slug}, "where": where}
    )
