"""Raw personal values are in the vault only, and there they are sealed."""

from __future__ import annotations

from itertools import count

import psycopg
import pytest
from tests.integration.people import BRAND, NOW, project_all

from huiliu.kernel.errors import BadInput, NotFound
from huiliu.kernel.ids import show_profile_id
from huiliu.ports.world import World
from huiliu.services.find_profile import find_profile, find_profile_by
from huiliu.services.ingest import accept
from huiliu.services.list_conflicts import list_conflicts
from huiliu.services.show_profile import reveal_profile, show_profile
from huiliu.services.timeline import timeline
from huiliu.services.unmerge import unmerge

_numbers = count(1)
_RAW = ("ada@example.com", "13800138000", "Ada Lovelace", "拉芙蕾丝", "oAbC-openid-77")


def _collect(world: World, *calls: dict[str, object]) -> None:
    """Take calls in as an import does, and project them."""
    with world.store.system() as tx:
        accepted = accept(tx, world, BRAND, calls, received_at=NOW, historical=False)
        assert accepted.problems == []
    project_all(world)


def _call(kind: str, **words: object) -> dict[str, object]:
    """Return a Segment call."""
    return {"type": kind, "messageId": f"m{next(_numbers)}", **words}


def _ada(world: World) -> None:
    """Let Ada be known by everything there is."""
    traits = {
        "email": "Ada@Example.com", "phone": "+86 138 0013 8000", "name": "Ada Lovelace",
        "lastName": "拉芙蕾丝", "openid": "oAbC-openid-77", "city": "上海",
    }  # fmt: skip
    _collect(
        world,
        _call("identify", userId="ada", anonymousId="a1", traits=traits),
        _call("track", userId="ada", event="Order Paid",
              properties={"note": "call 13800138000", "email": "ada@example.com", "total": 3}),
        _call("track", userId="13800138000", event="Order Paid", properties={"total": 4}),
    )  # fmt: skip


def test_no_table_holds_a_raw_personal_value(world: World, database_url: str):
    """Everything is dumped as text and searched, the sealed vault too."""
    _ada(world)

    with psycopg.connect(database_url) as connection:
        tables = connection.execute(
            "select relname from pg_class"
            " where relkind = 'r' and relnamespace = 'public'::regnamespace"
        ).fetchall()
        for (table,) in tables:
            rows = connection.execute(f"select t::text from {table} t").fetchall()
            for (row,) in rows:
                hexed = row.replace("\\\\x", " ")
                for raw in _RAW:
                    assert raw.lower() not in row.lower(), table
                    assert raw.encode().hex() not in hexed, table


def test_a_profile_is_masked_until_it_is_revealed(world: World):
    """The vault gives values back to those who may see them."""
    _ada(world)
    ada = find_profile_by(world, BRAND, "email=ADA@example.com")

    masked, clear = show_profile(world, BRAND, ada), reveal_profile(world, BRAND, ada, 0)

    shown = {one.type.word: one.value for one in clear.identifiers}
    assert shown["email"].lower() == "ada@example.com"
    assert shown["phone"] == "+86 138 0013 8000"
    assert {one.name: one.value for one in clear.traits}["name"] == "Ada Lovelace"
    assert all(raw not in str(masked) for raw in _RAW)


def test_a_profile_is_found_by_id_number_and_any_identifier(world: World):
    """What cannot be an id or an identifier is said so."""
    _ada(world)
    ada = find_profile_by(world, BRAND, "userId=ada")

    assert find_profile(show_profile_id(ada)) == find_profile(str(ada)) == ada
    assert find_profile_by(world, BRAND, "phone=138 0013 8000") == ada
    assert find_profile_by(world, BRAND, "openid=oAbC-openid-77") == ada
    for wrong in ("p_x", "ada", "9" * 20, ""):
        with pytest.raises(BadInput):
            find_profile(wrong)
    for wrong in ("ada@example.com", "shoe=42", "email=no-address"):
        with pytest.raises(BadInput):
            find_profile_by(world, BRAND, wrong)
    with pytest.raises(NotFound):
        find_profile_by(world, BRAND, "email=bo@example.com")


def test_refused_merges_are_listed_with_masked_evidence(world: World):
    """An operator sees who, by what, why and how often."""
    _ada(world)
    bo = {"userId": "bo", "traits": {"phone": "13800138000"}}
    _collect(world, _call("identify", **bo), _call("identify", **bo))

    [conflict] = list_conflicts(world, BRAND)

    assert conflict.masked == "138****8000"
    assert conflict.row.limit_type is not None
    assert (conflict.row.limit_type.word, conflict.row.n_seen) == ("user_id", 2)
    assert list_conflicts(world, BRAND, conflict.row.other) == [conflict]
    assert list_conflicts(world, BRAND, 12345) == []


def test_a_wrong_merge_gives_the_sealed_values_back(world: World):
    """After unmerge each profile reveals its own values and no other's."""
    _collect(
        world,
        _call("identify", userId="ada", traits={"email": "ada@example.com"}),
        _call("identify", anonymousId="a1", traits={"phone": "13800138000"}),
        _call("track", userId="ada", anonymousId="a1", event="Order Paid"),
    )
    ada = find_profile_by(world, BRAND, "email=ada@example.com")
    assert find_profile_by(world, BRAND, "phone=13800138000") == ada

    found = unmerge(world, BRAND, ada)

    guest = find_profile_by(world, BRAND, "phone=13800138000")
    assert (found.restored, found.left) == (guest, ada)
    for who, value in ((ada, "ada@example.com"), (guest, "13800138000")):
        traits = [one for one in reveal_profile(world, BRAND, who, 0).traits if one.is_personal]
        assert [one.value for one in traits] == [value]


def test_a_time_line_is_read_page_by_page(world: World):
    """Newest position first, nothing twice, nothing missed, through merged ids too."""
    _collect(
        world,
        *(_call("track", userId="ada", event=f"e{n}") for n in range(5)),
        *(_call("track", anonymousId="a1", event=f"g{n}") for n in range(5)),
    )
    _collect(world, _call("track", userId="ada", anonymousId="a1", event="both"))
    ada = find_profile_by(world, BRAND, "userId=ada")

    names, before = [], None
    while True:
        page = timeline(world, BRAND, ada, before, limit=4)
        names += [each.name for each in page.happened]
        before = page.next
        if before is None:
            break

    order = ["$merge", "both", *(f"g{n}" for n in range(4, -1, -1))]
    assert names == [*order, *(f"e{n}" for n in range(4, -1, -1))]
    with pytest.raises(NotFound):
        timeline(world, BRAND, 12345)
