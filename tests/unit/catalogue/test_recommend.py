"""Recommended is what can be bought and was not: the same for the same facts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huiliu.catalogue.product import Product
from huiliu.catalogue.recommend import Shelf, Taste, choose, taste_of
from huiliu.kernel.facts import EventFact
from huiliu.kernel.recommend import SEEDS, WAYS, Recommend, read_recommend


def fact(name: str, at: int, **properties: object) -> EventFact:
    """Return an event of a person."""
    return EventFact(name, at, at, properties)  # type: ignore[arg-type] # JSON


def product(product_id: str, *category: str, stock: int | None = None) -> Product:
    """Return a product of the shelf."""
    return Product(product_id, {"en": product_id}, stock=stock, category=category)


SHELF = Shelf(
    products={
        one.product_id: one
        for one in (
            product("a", "care", "cream"), product("b", "care", "cream"),
            product("c", "care", "soap"), product("d", "scent"), product("e", "care", stock=0),
        )
    },
    pairs={"a": [("d", 5), ("e", 4), ("b", 3)], "c": [("b", 4)]},
    ranks={
        (): ["e", "d", "a", "c", "b"], ("care",): ["a", "b", "c"], ("care", "cream"): ["b", "a"],
    },
)  # fmt: skip


def ids(wish: Recommend, taste: Taste) -> list[str]:
    """Return the ids of what is chosen."""
    return [one.product_id for one in choose(wish, taste, SHELF)]


def test_a_taste_is_read_from_what_people_did() -> None:
    """Lines in either event of an order, carts since the last order, views latest first."""
    taste = taste_of(
        {
            "Order Created": [
                fact("Order Created", 1, order_id="o", products=[{"product_id": "a"}])
            ],
            "Order Paid": [fact("Order Paid", 2, order_id="o")],
            "Product Viewed": [fact("Product Viewed", 3, product_id="b"),
                               fact("Product Viewed", 4, product_id=7)],
            "Product Added": [fact("Product Added", 1, product_id="x"),
                              fact("Product Added", 5, product_id="c")],
        },
        {"order_id": "o9", "products": [{"product_id": "d"}, {"sku": "?"}]},
    )  # fmt: skip

    assert taste.bought == {"a"}
    assert list(taste.viewed) == ["c", "7", "b", "x"]
    assert (list(taste.cart), list(taste.last_bought), list(taste.event)) == (["c"], ["a"], ["d"])
    assert list(taste.seeds("auto")) == ["d"]
    assert list(taste.seeds("viewed")) == ["c"]


def test_what_was_bought_together_comes_first_then_the_fallbacks() -> None:
    """Out of stock is left out; places left empty are filled by category, then by the top."""
    taste = Taste(event=("a",))

    assert ids(Recommend("bought_together", 2), taste) == ["d", "b"]
    assert ids(Recommend("bought_together", 4), taste) == ["d", "b", "c"]
    assert ids(Recommend("bought_together", 4, fallback=False), taste) == ["d", "b"]
    assert ids(Recommend("bought_together", 4), Taste(event=("a", "c"))) == ["b", "d"]


def test_what_was_bought_is_never_shown_again() -> None:
    """Whatever the way."""
    taste = Taste(viewed=("b", "a", "e"), bought=frozenset({"b"}), event=("a",))

    for way in WAYS:
        assert "b" not in ids(Recommend(way, 20), taste)
    assert ids(Recommend("viewed", 1), taste) == ["a"]


def test_without_data_the_answer_is_empty() -> None:
    """A brand without products, orders or views has nothing to say, and says so."""
    for way in WAYS:
        assert choose(Recommend(way), Taste(event=("a",)), Shelf()) == []


SOME = st.lists(st.sampled_from("abcde"), max_size=4, unique=True).map(tuple)


@settings(max_examples=150)
@given(
    by=st.sampled_from(WAYS), seed=st.sampled_from(SEEDS), n=st.integers(1, 6), viewed=SOME,
    cart=SOME, bought=SOME, event=SOME, fallback=st.booleans(),
)  # fmt: skip
def test_the_promises_hold_for_everybody(
    by: str, seed: str, n: int, viewed: tuple[str, ...], cart: tuple[str, ...],
    bought: tuple[str, ...], event: tuple[str, ...], fallback: bool,
) -> None:  # fmt: skip
    """At most n, each once, never bought, never sold out, and the same the second time."""
    taste = Taste(viewed, cart, bought[:1], frozenset(bought), event)
    wish = Recommend(by, n, seed, fallback)
    found = ids(wish, taste)

    assert len(found) == len(set(found)) <= n
    assert not {"e", *bought} & set(found)
    assert found == ids(wish, taste)


@pytest.mark.parametrize(
    ("given_", "paths"),
    [
        ("top", [""]), ({}, ["by"]), ({"by": "magic", "n": 0}, ["by", "n"]),
        ({"by": "top", "n": True, "seed": "x", "fallback": 1, "colour": 1},
         ["colour", "seed", "n", "fallback"]),
    ],
)  # fmt: skip
def test_a_wish_that_cannot_be_read_says_why(given_: object, paths: list[str]) -> None:
    """Every fault with its path."""
    found, problems = read_recommend(given_)  # type: ignore[arg-type] # anything may stand there

    assert found is None
    assert [path for path, _ in problems] == paths


def test_a_wish_is_written_as_it_was_read() -> None:
    """The defaults are said, so that a document reads on its own."""
    found, _ = read_recommend({"by": "top"})

    assert found is not None
    assert found.tree() == {"by": "top", "n": 4, "seed": "auto"}
