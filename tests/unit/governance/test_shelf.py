"""The packs on the shelf are read fast, and never anything else than their YAML."""

from __future__ import annotations

import msgspec
import pytest

from huiliu.governance.packs import parse_pack, shelf
from huiliu.governance.packs.shelf import READY, ready_shelf, shipped_packs


def test_what_stands_ready_is_what_the_packs_say() -> None:
    """`make shelf` writes it anew after a pack was changed."""
    assert (shelf._SHELF / READY).read_bytes() == ready_shelf()


def test_a_pack_that_stood_ready_is_the_pack_of_its_yaml() -> None:
    """Rule by rule, read either way."""
    read = {pack.slug: pack for pack in (parse_pack(raw) for _, raw in shelf._written())}

    assert {slug: pack.source for slug, pack in shipped_packs().items()} == {
        slug: pack.source for slug, pack in read.items()
    }
    for slug, pack in read.items():
        assert [rule.name for rule in shipped_packs()[slug].rules] == [
            rule.name for rule in pack.rules
        ]


def test_a_pack_that_was_changed_since_is_read_from_its_yaml(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What stands ready counts for the bytes that it was made of only."""
    name, raw = next(iter(shelf._written()))
    changed = raw.replace(b"\nowner:", b"\nowner: somebody else #", 1)
    stale = msgspec.json.decode(ready_shelf(), type=dict[str, shelf._Ready])

    pack = shelf._pack(name, changed, stale)

    assert pack.owner == "somebody else"
