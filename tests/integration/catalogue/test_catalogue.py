"""A changed product reaches those who care, once; what is recommended is what they could buy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from tests.integration.journeys import rows
from tests.integration.outbox import (
    Recorder,
    did,
    internal_events,
    put_template,
    queue,
    someone,
    with_providers,
)
from tests.integration.people import BRAND, NOW, event, log, project_all
from tests.integration.test_segments_killed import Killed, _DeadlyStore
from tests.integration.warehouses import settle, with_warehouse

from huiliu.catalogue.product import Draft
from huiliu.kernel.recommend import Recommend
from huiliu.kernel.times import DAY
from huiliu.ports.shops import ShopConnection, ShopProduct
from huiliu.ports.world import Tracking, World
from huiliu.services.apply_template import apply_template
from huiliu.services.dispatch import dispatch
from huiliu.services.import_products import import_products, preview_products
from huiliu.services.put_products import put_products
from huiliu.services.recommend import Wish, recommend
from huiliu.services.refresh_products import refresh_products, refresh_products_due
from huiliu.services.take_products import take_products
from huiliu.services.tell_products import interested_people, tell_products

SHEET = """\
商品编号,名称,售价,库存,分类,链接
cream,面霜,128.00,10,护肤 > 面霜,https://shop.example/cream
soap,香皂,19.90,10,护肤,https://shop.example/soap
scent,香水,399,0,香氛,
lip,口红,89,,彩妆,
bad,坏行,abc,1,,
"""


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Iterator[World]:
    """Give a brand with four products and a warehouse."""
    with with_warehouse(world, tmp_path) as opened:
        import_products(opened, BRAND, SHEET.encode(), currency="CNY")
        yield opened


def told(world: World) -> list[tuple[str, Mapping[str, object]]]:
    """Tell all that is to be told, and return the events of products."""
    while tell_products(world, 2):
        pass
    names = {"Price Changed", "Stock Changed", "Back In Stock"}
    return [one for one in internal_events(world) if one[0] in names]


def people_told(world: World, name: str) -> list[int]:
    """Return who got an event, in the log's order."""
    written = rows(
        world,
        "select (convert_from(body, 'utf-8')::jsonb ->> 'profile_id')::bigint from event_log "
        f"where name = '{name}' order by log_offset",
    )
    return [int(str(profile)) for (profile,) in written]


def put(world: World, product_id: str, **said: object) -> None:
    """Change a product."""
    put_products(world, BRAND, [Draft(product_id, **said)], "api")  # type: ignore[arg-type] # by name


def test_a_file_can_be_imported_again_and_changes_nothing(shop: World):
    """Bad rows are listed with their lines; the preview writes nothing; replace hides the rest."""
    seen = preview_products(shop, BRAND, SHEET.encode(), currency="CNY")
    again = import_products(shop, BRAND, SHEET.encode(), currency="CNY")

    assert [one.line for one in again.sheet.problems] == [6]
    assert (seen.done.n_same, again.done.n_same, again.done.n_changed) == (4, 4, 0)
    less = SHEET.replace("lip,口红,89,,彩妆,\n", "").replace("128.00", "99.00")
    less = less.replace("bad,坏行,abc,1,,\n", "")
    ahead = preview_products(shop, BRAND, less.encode(), currency="CNY")
    done = import_products(shop, BRAND, less.encode(), currency="CNY", replace=True)
    assert (ahead.done.n_hidden, ahead.done.n_changed, ahead.done.n_news) == (1, 1, 1)
    assert (done.done.n_hidden, done.done.n_changed, done.done.n_news) == (1, 1, 1)
    with shop.store.system() as tx:
        history = tx.products.history(BRAND, "cream", 10)
        counted = tx.products.count(BRAND)
    assert [(one.change.what, one.change.old, one.change.new) for one in history] == [
        ("price", 12800, 9900), ("added", None, 12800),
    ]  # fmt: skip
    assert counted == {"live": 3, "hidden": 1, "sold_out": 1}


def test_those_who_care_are_told_of_a_price_and_nobody_else(shop: World):
    """Seen, kept or carted lately, and not bought since."""
    viewer, buyer, former, again, other, wisher = (someone(shop) for _ in range(6))
    did(shop, viewer, "Product Viewed", product_id="cream")
    for one in (buyer, again):
        did(shop, one, "Product Added", NOW - 3 * DAY, product_id="cream")
        did(shop, one, "Order Paid", NOW - 2 * DAY, order_id=f"o{one}",
            products=[{"product_id": "cream"}])  # fmt: skip
    did(shop, again, "Product Viewed", NOW - DAY, product_id="cream")
    did(shop, former, "Product Viewed", NOW - 40 * DAY, product_id="cream")
    did(shop, other, "Product Viewed", product_id="soap")
    did(shop, wisher, "Product Added to Wishlist", NOW - 40 * DAY, product_id="cream")
    settle(shop)

    put(shop, "cream", price=9600)

    events = told(shop)
    assert set(people_told(shop, "Price Changed")) == {viewer, again, wisher}
    assert {k: v for k, v in events[0][1].items() if not k.startswith("interest")} == {
        "product_id": "cream", "from": 128, "to": 96, "currency": "CNY", "percent": -25.0,
    }  # fmt: skip
    assert {one["interest"] for _, one in events} == {"viewed", "favourited", "carted"}
    assert [one.profile_id for one in interested_people(shop, BRAND, "cream", 2)] == [viewer, again]


def test_a_change_that_was_changed_again_before_it_was_told_is_told_once(shop: World):
    """As it stands: people do not care how often somebody typed."""
    ada = someone(shop)
    did(shop, ada, "Product Viewed", product_id="cream")
    settle(shop)

    put(shop, "cream", price=9600)
    put(shop, "cream", price=9000)

    assert [one["to"] for _, one in told(shop)] == [90]


def test_sold_out_and_back_are_told(shop: World):
    """Both sides of an empty shelf."""
    ada = someone(shop)
    did(shop, ada, "Product Viewed", product_id="scent")
    did(shop, ada, "Product Viewed", product_id="cream")
    settle(shop)

    put(shop, "scent", stock=8)
    put(shop, "cream", stock=9)
    put(shop, "cream", stock=0)

    assert sorted((name, one["product_id"], one["stock"]) for name, one in told(shop)) == [
        ("Back In Stock", "scent", 8), ("Stock Changed", "cream", 0), ("Stock Changed", "scent", 8),
    ]  # fmt: skip


def test_each_is_told_once_wherever_the_process_dies(shop: World):
    """Killed before every call of the looking up and of the telling, and before every commit."""
    people = [someone(shop) for _ in range(3)]
    for one in people:
        did(shop, one, "Product Viewed", product_id="cream")
    settle(shop)
    put(shop, "cream", price=9600)

    points = killed_everywhere(shop) | killed_everywhere(shop)
    assert {"products.counted", "products.take_news", "log.append", "commit"} <= points

    assert len(told(shop)) == 3
    assert sorted(people_told(shop, "Price Changed")) == sorted(people)


def test_two_ids_that_became_one_person_are_told_once(shop: World):
    """A person who signs in between the looking up and the telling is one person."""
    log(shop, event("user_id:ada", properties={"product_id": "cream"}),
        event("anonymous_id:a", properties={"product_id": "cream"}))  # fmt: skip
    settle(shop)
    put(shop, "cream", price=9600)
    assert tell_products(shop) == 1
    log(shop, event("user_id:ada", "anonymous_id:a"))
    project_all(shop)

    assert len(told(shop)) == 1


def killed_everywhere(world: World) -> set[str]:
    """Tell, killed at every call in turn, until it comes through; return where it was killed."""
    points: set[str] = set()
    for at in count(1):
        store = _DeadlyStore(world.store, at)
        try:
            tell_products(replace(world, store=store), 2)
        except Killed:
            points.add(store.labels[-1])
        else:
            return points
    raise AssertionError("unreachable")


def orders(world: World) -> None:
    """Let people buy cream with soap, and once cream with lip."""
    for number, basket in enumerate((("cream", "soap"),) * 3 + (("cream", "lip"), ("lip",)) * 2):
        buyer = someone(world)
        did(world, buyer, "Order Created", NOW - DAY, order_id=f"o{number}",
            products=[{"product_id": one} for one in basket])  # fmt: skip
        did(world, buyer, "Order Paid", NOW - DAY, order_id=f"o{number}")
    settle(world)


def test_what_was_bought_together_is_found_and_what_chance_explains_is_not(shop: World):
    """Cream and soap go together; lip is bought without cream as often."""
    orders(shop)
    refresh_products(shop, BRAND)

    with shop.store.system() as tx:
        pairs = tx.products.pairs(BRAND, ["cream", "soap", "lip"])
        ranks = tx.products.ranks(BRAND, [(), ("护肤",)])
        state = tx.products.state(BRAND)
    assert {one: [row.other_id for row in of] for one, of in pairs.items()} == {
        "cream": ["soap"], "soap": ["cream"],
    }  # fmt: skip
    assert pairs["soap"][0].n_orders == 3
    # Three of seven orders hold soap, five hold cream, three hold both.
    assert pairs["soap"][0].lift == pytest.approx(3 * 7 / (3 * 5))
    assert [row.product_id for row in ranks[()]] == ["cream", "lip", "soap"]
    assert [row.product_id for row in ranks["护肤",]] == ["cream", "soap"]
    assert state.n_pairs == 2
    assert refresh_products_due(shop) == 0


SHOWS = """\
huiliu: 1
kind: template
slug: shows
name: {en: Shows}
channel: email
class: service
recommend: {by: bought_together, n: 2, seed: event}
locales:
  zh-CN:
    subject: "{{ product.name }} {{ product.price | money: product.currency }}"
    text: >-
      {% if recommended.size > 0 %}{% for p in recommended %}[{{ p.name }} {{ p.link }}]{%
      endfor %}{% else %}无{% endif %}
"""


def test_a_message_shows_the_product_and_what_goes_with_it(shop: World):
    """What the person bought is left out; who has nothing to be shown gets the other words."""
    orders(shop)
    refresh_products(shop, BRAND)
    apply_template(shop, BRAND, SHOWS, "test")
    email = Recorder()
    as_written = replace(shop, tracking=Tracking(links=False, opens=False))
    sending = with_providers(as_written, email)
    fresh, owner = someone(shop), someone(shop)
    for one in ("soap", "lip"):
        did(shop, owner, "Order Paid", order_id=f"own-{one}", products=[{"product_id": one}])
    settle(shop)
    entry = (
        b'{"event":{"name":"Price Changed","occurred_at":1,"properties":{"product_id":"cream"}}}'
    )

    for person in (fresh, owner):
        queue(sending, person, "shows", inputs=entry)
        assert dispatch(sending) == 1

    first, second = email.sent
    assert first.parts["subject"] == "面霜 128.00"
    assert first.parts["text"] == "[香皂 https://shop.example/soap][口红 ]"
    assert second.parts["text"] == "无"


def test_a_brand_without_data_recommends_nothing(world: World):
    """An empty answer, in order, for each who asked."""
    ada = someone(world)
    with world.store.system() as tx:
        wish = Wish(ada, Recommend("top"), {"product_id": "x"})
        assert recommend(tx, BRAND, [wish, wish], NOW) == [[], []]
        assert recommend(tx, BRAND, [], NOW) == []


def test_facts_are_kept_for_who_recommends_from_the_first_template_on(shop: World):
    """What happened before the template was there counts too."""
    ada = someone(shop)
    did(shop, ada, "Product Viewed", product_id="cream")
    settle(shop)
    put_template(shop, SHOWS.replace("recommend:", "note: x #").replace("recommended", "event"))
    with shop.store.system() as tx:
        assert tx.people.event_facts(BRAND, [ada], ["Product Viewed"], 0) == {}

    apply_template(shop, BRAND, SHOWS, "test")

    with shop.store.system() as tx:
        facts = tx.people.event_facts(BRAND, [ada], ["Product Viewed"], 0)
    assert [one.properties["product_id"] for one in facts[ada]["Product Viewed"]] == ["cream"]


def test_a_shops_variants_become_one_product(shop: World):
    """A poll that tells the same again changes nothing."""
    connection = ShopConnection(BRAND, "shopify", "main", {})
    variants = [
        ShopProduct("tee", size, "T-shirt", price, "USD", stock=stock, url="https://x.example/t",
                    category="Wear/Tops", images=("javascript:x", "https://x.example/t.jpg"))
        for size, price, stock in (("s", 1900, 2), ("l", 2100, 0))
    ]  # fmt: skip
    with shop.store.system() as tx:
        first = take_products(tx, shop, connection, variants)
        again = take_products(tx, shop, connection, variants)
        found = tx.products.get(BRAND, ["tee"])["tee"]

    assert (first.n_new, again.n_same) == (1, 1)
    assert (found.price, found.stock, found.names, found.source) == (
        1900, 2, {"und": "T-shirt"}, "shopify/main",
    )  # fmt: skip
    assert (found.category, found.images) == (("Wear", "Tops"), ("https://x.example/t.jpg",))


@pytest.mark.parametrize(
    ("changed", "late"), [((2, 1), (20, 10)), ((0, 0), (20, 10)), ((1, 1), (20, 10))]
)
def test_what_a_shop_said_earlier_and_comes_later_changes_nothing(
    shop: World, changed: tuple[int, int], late: tuple[int, int]
):
    """A page that was fetched before a notice writes no old price back, and nobody is told so."""
    connection = ShopConnection(BRAND, "shopify", "main", {})

    def take(price: int, changed_at: int, fetched_at: int, title: str) -> None:
        said = ShopProduct("tee", "s", title, price, "USD", stock=1, updated_at=changed_at)
        with shop.store.system() as tx:
            take_products(tx, shop, connection, [said], fetched_at)

    take(1900, 0 if not changed[0] else 1, 5, "Tee")
    take(1500, changed[0], late[0], "Tee, new")
    take(1900, changed[1], late[1], "Tee")
    take(1500, changed[0], late[0] + 10, "Tee, new")

    with shop.store.system() as tx:
        found = tx.products.get(BRAND, ["tee"])["tee"]
        past = [one.change.new for one in tx.products.history(BRAND, "tee", 10)
                if one.change.what == "price"]  # fmt: skip
    assert (found.price, found.names) == (1500, {"und": "Tee, new"})
    assert past == [1500]


def test_a_variant_that_is_older_than_another_still_counts_for_itself(shop: World):
    """Each variant has its own time; what they share is said by the newest."""
    connection = ShopConnection(BRAND, "shopify", "main", {})

    def take(variant: str, price: int, changed_at: int, title: str) -> None:
        said = ShopProduct("tee", variant, title, price, "USD", stock=1, updated_at=changed_at)
        with shop.store.system() as tx:
            take_products(tx, shop, connection, [said], 100)

    take("s", 1900, 1, "Tee")
    take("l", 2100, 5, "Tee, new")
    take("s", 1800, 3, "Tee")

    with shop.store.system() as tx:
        found = tx.products.get(BRAND, ["tee"])["tee"]
    assert (found.price, found.names) == (1800, {"und": "Tee, new"})
