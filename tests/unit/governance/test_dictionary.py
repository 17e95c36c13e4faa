"""The data dictionary: names say what is personal."""

from __future__ import annotations

import pytest

from huiliu.governance.dictionary import FIELDS, Class, Place, are_kept, rule_of


@pytest.mark.parametrize(
    "name", ["receiverPhone", "receiver_phone", "Receiver Phone", "RECEIVER-PHONE", "phone2"]
)
def test_a_name_is_read_word_by_word(name: str) -> None:
    """Every spelling of a name gets one rule."""
    rule = rule_of(Place.PROPERTIES, name)

    assert rule is not None
    assert rule.field == "phone"


def test_a_name_is_a_persons_in_traits_and_a_products_in_properties() -> None:
    """`name` is vaulted in traits only; `first_name` and 姓名 everywhere."""
    assert rule_of(Place.TRAITS, "name") is not None
    assert rule_of(Place.PROPERTIES, "name") is None
    assert rule_of(Place.PROPERTIES, "first_name") is not None
    assert rule_of(Place.PROPERTIES, "姓名") is not None


@pytest.mark.parametrize("name", ["headphone", "category_name", "product_name", "city", "total"])
def test_ordinary_names_are_kept(name: str) -> None:
    """Words that only contain a personal word are not personal."""
    assert rule_of(Place.PROPERTIES, name) is None


@pytest.mark.parametrize("name", ["review_title", "review_text", "remark", "gift_note", "留言"])
def test_free_texts_are_personal(name: str) -> None:
    """Nobody knows what people write into them."""
    rule = rule_of(Place.PROPERTIES, name)

    assert rule is not None
    assert rule.class_ is Class.SENSITIVE


@pytest.mark.parametrize("name", ["ip", "client_ip", "password", "cvv"])
def test_what_nobody_needs_is_dropped(name: str) -> None:
    """IP addresses and passwords are not stored anywhere."""
    rule = rule_of(Place.PROPERTIES, name)

    assert rule is not None
    assert rule.class_ is Class.DROPPED


def test_order_ids_are_kept_whatever_their_digits() -> None:
    """An order number with the digits of a phone stays an order number."""
    rule = rule_of(Place.PROPERTIES, "order_id")

    assert rule is not None
    assert rule.class_ is Class.PSEUDONYMOUS


def test_one_personal_name_is_enough_for_a_closer_look() -> None:
    """An event's names are kept only if none of them is personal."""
    assert are_kept(("order_id", "total", "name"))
    assert not are_kept(("order_id", "total", "receiver_name"))


def test_every_name_of_the_table_is_found_in_camel_and_snake_case() -> None:
    """The table holds folded names only."""
    for name in FIELDS:
        assert name == name.lower().replace("_", "").replace(" ", "")
        assert rule_of(Place.TRAITS, name) is not None
