"""A till sells: quoted, committed once a receipt, undone, and told to the log."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.integration.people import BRAND, person, project_all
from tests.integration.rewards.coupons import promotion, put
from tests.integration.rewards.selling import (
    CREAM,
    PHONE,
    POINTS,
    SALE,
    member,
    promoted,
    shop,
    till,
)

from huiliu.kernel.ids import show_profile_id
from huiliu.ports.world import World
from huiliu.services.create_key import create_key
from huiliu.services.earn_points import follow_points
from huiliu.services.member_codes import member_code
from huiliu.services.points_balance import balance


def _orders(world: World) -> list[tuple[str, dict[str, Any]]]:
    """Return the events of orders in the log, with their bodies."""
    with world.store.system() as tx:
        found = [(one.name, json.loads(one.body)) for one in tx.log.read(0, 0, 1_000)]
    return [one for one in found if one[0].startswith("Order ")]


def _points(world: World, who: int) -> str:
    """Return what somebody can spend."""
    with world.store.system() as tx:
        return str(balance(tx, world, BRAND, who).available)


def _known(world: World) -> int:
    """Return the member's profile, all that was said of them projected and earned."""
    project_all(world)
    while follow_points(world, 1_000):
        pass
    with world.store.system() as tx:
        [row] = [one for one in tx.people.recent(BRAND, 10) if "phone" in one.traits]
    return row.profile_id


def test_a_sale_is_quoted_committed_and_told_once(world: World, tmp_path: Path) -> None:
    """Barcodes become lines with prices and reasons; a repeat gets the first answer."""
    shop(world)
    promoted(world)
    with till(world, tmp_path) as client:
        quoted = client.post("/v1/pos/quote", json={**SALE, "locale": "en"})
        first = client.post("/v1/pos/commit", json={**SALE, "locale": "en"})
        again = client.post("/v1/pos/commit", json={**SALE, "locale": "en"})
        other = client.post("/v1/pos/commit", json={**SALE, "codes": ["HELLO40"]})

    assert quoted.status_code == 200, quoted.text
    told = quoted.json()
    assert (told["subtotal"], told["discount"], told["total"]) == (32_000, 4_000, 28_000)
    assert [line["sku"] for line in told["lines"]] == ["cream", "soap"]
    assert told["lines"][0]["why"][0]["because"] == "40 CNY off from 300 CNY"
    assert first.status_code == 200, first.text
    assert first.json() == again.json()
    assert first.json()["order_id"] == "pos:S01:T1:2026-11-22:0001"
    assert first.json()["text"] == ["Forty off: -40 CNY", "You saved 40 CNY"]
    assert (other.status_code, other.json()) == (409, {"reason": "receipt_reused"})
    [(name, body)] = _orders(world)
    assert (name, body["properties"]["total"], body["context"]) == (
        "Order Paid", 280, {"channel": "store"},
    )  # fmt: skip


def test_a_member_earns_and_burns_at_the_till_and_a_void_undoes_all(
    world: World, tmp_path: Path
) -> None:
    """Coupon, points and receipt stand together; whoever hears of the order books nothing twice."""
    shop(world)
    promoted(world)
    put(world, POINTS)
    member(world, points=1_000)
    who = _known(world)
    sale = {**SALE, "phone": PHONE, "codes": ["HELLO40"], "points": "1000", "locale": "en"}
    with till(world, tmp_path) as client:
        seen = client.post("/v1/pos/identify", json={"phone": f"+86 {PHONE}"}).json()
        quoted = client.post("/v1/pos/quote", json=sale).json()
        done = client.post("/v1/pos/commit", json=sale)
        project_all(world)
        while follow_points(world, 1_000):
            pass
        after = _points(world, who)
        body = {name: SALE[name] for name in ("store", "terminal", "business_date", "receipt")}
        void = client.post("/v1/pos/void", json={**body, "reason": "wrong size"})
        once_more = client.post("/v1/pos/void", json=body)
        project_all(world)
        while follow_points(world, 1_000):
            pass
        freed = client.post("/v1/pos/commit", json={**sale, "receipt": "0002", "points": 0})

    assert seen["points"]["available"] == "1000"
    # 320 less 40, less 20 by the code, less ten yuan of points: 250; 1.5 points for each two.
    assert (quoted["total"], quoted["points"]["would_earn"]) == (25_000, "187.5")
    assert done.status_code == 200, done.text
    assert done.json()["points"] == {"burnt": "1000", "worth": 1_000, "earned": "187.5"}
    assert after == "187.50"
    assert (void.json()["state"], once_more.json()) == ("voided", void.json())
    assert _points(world, who) == "1195.00"
    assert freed.json()["total"] == 26_000
    assert [name for name, _ in _orders(world)] == ["Order Paid", "Order Refunded", "Order Paid"]


def test_a_rush_of_one_receipt_is_one_sale(world: World, tmp_path: Path) -> None:
    """A till that repeats itself from many threads sells once and hears the same each time."""
    shop(world)
    promoted(world)
    with till(world, tmp_path) as client, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.post("/v1/pos/commit", json=SALE), range(24)))

    assert {one.status_code for one in answers} == {200}
    assert len({one.text for one in answers}) == 1
    assert len(_orders(world)) == 1


def test_a_limit_holds_over_many_tills(world: World, tmp_path: Path) -> None:
    """Of 20 receipts that show one code five are sold with it, the others are told why not."""
    shop(world)
    put(
        world,
        promotion("five", "limits: {total: 5}\n"),
        "huiliu: 1\nkind: coupon\nslug: few\nname: {en: Few, zh-CN: 少}\npromotion: five\n"
        "code: FEW\n",
    )
    sales = [{**SALE, "receipt": str(nth), "codes": ["FEW"]} for nth in range(20)]
    with till(world, tmp_path) as client, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: client.post("/v1/pos/commit", json=one), sales))

    assert Counter(one.status_code for one in answers) == {200: 5, 409: 15}
    assert {one.json()["reason"] for one in answers if one.status_code == 409} == {"limit_total"}
    assert len(_orders(world)) == 5


def test_what_was_sold_without_a_connection_is_reconciled(world: World, tmp_path: Path) -> None:
    """It stands as it was sold, what we would not have given is noted, and is taken in once."""
    shop(world)
    promoted(world)
    offline = {"offline": True, "occurred_at": "2026-11-22T02:00:00Z"}
    queue = [
        {**SALE, **offline, "receipt": "1", "total": 28_000, "ref": "a"},
        {**SALE, **offline, "receipt": "2", "total": 27_000, "codes": ["GONE"], "ref": "b"},
        {**SALE, **offline, "receipt": "3", "lines": [{"barcode": "000"}], "total": 1},
        {"do": "void", **{name: SALE[name] for name in ("store", "terminal", "business_date")},
         "receipt": "1"},
        {"do": "void", "store": "S01", "receipt": "9"},
    ]  # fmt: skip
    with till(world, tmp_path) as client:
        first = client.post("/v1/pos/reconcile", json={"receipts": queue}).json()["receipts"]
        again = client.post("/v1/pos/reconcile", json={"receipts": queue}).json()["receipts"]

    assert [one["became"] for one in first] == [
        "committed", "committed", "wrong", "voided", "refused",
    ]  # fmt: skip
    assert first[0]["differences"] == []
    assert first[1]["differences"] == ["codes:code_unknown", "total:28000"]
    assert (first[1]["total"], first[1]["ref"]) == (27_000, "b")
    assert first[1]["occurred_at"] == "2026-11-22T02:00:00Z"
    assert first[4]["reason"] == "receipt_unknown"
    assert [one["became"] for one in again] == [
        "repeated", "repeated", "wrong", "repeated", "refused",
    ]  # fmt: skip
    assert len(_orders(world)) == 3


def test_a_phone_that_nobody_knows_becomes_a_person_with_an_order(
    world: World, tmp_path: Path
) -> None:
    """The sale introduces them: the number is in the vault, the log holds its hash."""
    shop(world)
    with till(world, tmp_path) as client:
        unknown = client.post("/v1/pos/identify", json={"phone": "13900139000"})
        client.post("/v1/pos/commit", json={**SALE, "phone": "13900139000"})
        project_all(world)
        known = client.post("/v1/pos/identify", json={"phone": "13900139000"})

    assert (unknown.status_code, known.status_code) == (404, 200)
    with world.store.system() as tx:
        bodies = b"".join(one.body for one in tx.log.read(0, 0, 100))
        sale = json.dumps(tx.pos.get(BRAND, "pos:S01:T1:2026-11-22:0001").sale)  # type: ignore[union-attr] # it was sold
    assert b"13900139000" not in bodies
    assert "13900139000" not in sale


def test_a_members_code_is_good_for_minutes_and_for_their_brand(
    world: World, tmp_path: Path
) -> None:
    """It names its person until it is stale; a changed letter names nobody."""
    shop(world)
    member(world)
    who = _known(world)
    code = member_code(world, BRAND, who).code
    changed = code[:-1] + ("A" if code[-1] != "A" else "B")
    with till(world, tmp_path) as client:
        by_code = client.post("/v1/pos/identify", json={"member_code": code})
        by_qr = client.post("/v1/pos/identify", json={"qr": f"https://shop.example/me/{code}"})
        forged = client.post("/v1/pos/identify", json={"member_code": changed})
        world.clock.advance(301 * 1_000_000)  # type: ignore[attr-defined] # the tests' own clock
        stale = client.post("/v1/pos/identify", json={"member_code": code})

    assert by_code.json()["profile"] == by_qr.json()["profile"]
    assert (forged.status_code, stale.status_code) == (422, 422)


@pytest.mark.parametrize("scope", ["collect", "api"])
def test_only_a_tills_key_opens_the_till(world: World, tmp_path: Path, scope: str) -> None:
    """A key of another scope is forbidden, and a till's key opens nothing else."""
    _, key = create_key(world, BRAND, "other", scope)
    with till(world, tmp_path) as client:
        refused = client.post("/v1/pos/quote", json=SALE, auth=(key, ""))
        elsewhere = client.get("/v1/sales")

    assert (refused.status_code, elsewhere.status_code) == (403, 403)


def test_everything_that_is_wrong_with_a_sale_is_told_at_once(world: World, tmp_path: Path) -> None:
    """Every problem is named with its path, and nothing of a card can be sent."""
    body = {
        "store": "two words", "receipt": "", "lines": [{"barcode": CREAM, "quantity": 0}, {}],
        "points": "1.234", "tenders": [{"kind": "card", "amount": 1, "number": "4111"}],
        "surprise": 1,
    }  # fmt: skip
    with till(world, tmp_path) as client:
        answer = client.post("/v1/pos/commit", json=body)
        unpriced = client.post("/v1/pos/commit", json={**SALE, "lines": [{"sku": "new"}]})
        priced = client.post(
            "/v1/pos/commit", json={**SALE, "lines": [{"sku": "new", "unit_price": 500}]}
        )

    assert answer.status_code == 422
    assert {one["path"] for one in answer.json()["problems"]} == {
        "store", "receipt", "lines[0].quantity", "lines[1]", "points", "tenders[0]", "surprise",
    }  # fmt: skip
    assert [one["path"] for one in unpriced.json()["problems"]] == ["lines[0]"]
    assert priced.json()["total"] == 500
    assert person(world, "user_id:nobody") == 0


def test_a_buyer_is_named_as_everywhere_and_nothing_odd_crashes(
    world: World, tmp_path: Path
) -> None:
    """A profile or an identifier names them; any other type of any field is told as a problem."""
    shop(world)
    member(world)
    who = show_profile_id(_known(world))
    odd: list[Any] = [None, [], {}, 7, 1.5, True, "", "\x00", "\ud83d", ["\x00"], {"type": []}]
    with till(world, tmp_path) as client:
        named = [
            client.post("/v1/pos/identify", json=one)
            for one in ({"profile": who}, {"identifier": {"type": "phone", "value": PHONE}},
                        {"identifier": {"type": "user_id", "value": "ada"}})
        ]  # fmt: skip
        fields = [*SALE, "codes", "points", "total", "tenders", "phone", "identifier", "profile",
                  "member_code", "qr", "currency", "offline", "occurred_at", "basket"]  # fmt: skip
        statuses = {
            client.post(
                "/v1/pos/commit",
                content=json.dumps({**SALE, "receipt": f"{nth}", name: one}),
            ).status_code
            for name in fields
            for nth, one in enumerate(odd)
        }
        statuses |= {
            client.post("/v1/pos/void", content=json.dumps({**body, "reason": one})).status_code
            for one in odd
            for body in ({"store": "S01", "receipt": "1"}, {"store": one, "receipt": one})
        }

    assert {one.json()["profile"] for one in named} == {who}
    assert statuses <= {200, 400, 404, 409, 422}
