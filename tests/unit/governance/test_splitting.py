"""Splitting: personal values leave, tokens stay."""

from __future__ import annotations

import hashlib

import pytest

from huiliu.governance.dictionary import Place
from huiliu.governance.splitting import Split, TooDeep, split
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.facts import Value


def token(field: str, normal: str) -> bytes:
    """Return a token that needs no key."""
    return hashlib.blake2b(f"{field}:{normal}".encode(), digest_size=16).digest()


def shown(field: str, normal: str) -> str:
    """Return a token as it stands in a body."""
    return f"vlt_{token(field, normal).hex()}"


def traits(**values: Value) -> Split:
    """Split the traits of an identify call."""
    return split(Place.TRAITS, values, token, "CN", identify=True)


def properties(**values: Value) -> Split:
    """Split the properties of a track call."""
    return split(Place.PROPERTIES, values, token, "CN", identify=False)


def test_identifiers_in_traits_name_the_person() -> None:
    """Phone and e-mail become identifiers, tokens and derived values."""
    found = traits(email="Lin@Example.com", phone=13812345678)

    assert found.values == {
        "email_domain": "example.com",
        "email": shown("email", "lin@example.com"),
        "phone_country": "CN",
        "phone": shown("phone", "+8613812345678"),
    }
    assert found.identifiers == [
        (IdentifierType.EMAIL, "lin@example.com", "Lin@Example.com"),
        (IdentifierType.PHONE, "+8613812345678", "13812345678"),
    ]
    assert {one.raw for one in found.found} == {"Lin@Example.com", "13812345678"}


def test_equal_values_have_equal_tokens_under_any_name() -> None:
    """A phone is the same phone wherever it stands."""
    one = properties(receiver_phone="138 1234 5678").values["receiver_phone"]
    other = properties(anything="13812345678").values["anything"]

    assert one == other == shown("phone", "+8613812345678")


def test_a_receivers_phone_does_not_name_the_sender() -> None:
    """Only the top level of traits says who someone is."""
    assert properties(phone="13812345678").identifiers == []
    assert traits(company={"phone": "13812345678"}).identifiers == []


def test_personal_values_are_found_in_lists_and_objects() -> None:
    """Depth hides nothing; a product's name is kept, a receiver's is not."""
    found = properties(
        products=[{"name": "Serum", "for": "lin@example.com"}],
        receiver={"name": "林伟", "city": "上海"},
    )

    assert found.values["products"] == [{"name": "Serum", "for": shown("email", "lin@example.com")}]
    assert found.values["receiver"] == {"name": shown("name", "林伟"), "city": "上海"}


def test_a_sentence_that_holds_an_address_is_vaulted_whole() -> None:
    """The rest of a sentence could tell as much."""
    sentence = "call 13812345678 after six"

    assert properties(wish=sentence).values["wish"] == shown("text", sentence)


def test_a_personal_name_of_a_property_is_vaulted() -> None:
    """People use addresses as keys of objects."""
    found = properties(**{"lin@example.com": 3})

    assert found.values == {shown("text", "lin@example.com"): 3}


def test_a_phone_that_a_table_wrote_as_a_fraction_is_a_phone() -> None:
    """A column with an empty cell is a column of floats: 13812345678.0 is still a phone."""
    phone = shown("phone", "+8613812345678")

    found = traits(phone=13812345678.0)

    assert found.values["phone"] == phone
    assert [normal for _, normal, _ in found.identifiers] == ["+8613812345678"]
    assert properties(anything=13812345678.0, prices=[19.0, 19.5]).values == {
        "anything": phone, "prices": [19.0, 19.5],
    }  # fmt: skip
    (token_,) = properties(anything="13812345678.0").values.values()
    assert str(token_).startswith("vlt_")


def test_a_personal_name_inside_a_personal_value_is_vaulted() -> None:
    """Names are looked at wherever they stand, also below `phone`."""
    found = properties(phone={"13812345678": True})

    assert found.values == {"phone": {shown("text", "13812345678"): True}}


def test_prices_flags_and_order_ids_stay() -> None:
    """`shipping` is a cost, `email` can be a yes, an order id has digits."""
    kept: dict[str, Value] = {"shipping": 12.5, "email": True, "order_id": "13812345678"}

    assert properties(**kept).values == kept


def test_ip_addresses_and_passwords_are_nowhere() -> None:
    """They are neither kept nor vaulted."""
    found = properties(ip="203.0.113.9", password="secret", ok=1)

    assert found.values == {"ok": 1}
    assert found.found == []


def test_a_trait_that_is_unset_stays_null() -> None:
    """Null removes a trait, so it must arrive."""
    assert traits(email=None).values == {"email": None}


def test_nul_and_numbers_that_no_column_holds_are_mended() -> None:
    """PostgreSQL's jsonb takes no NUL, columns no number past 63 bits."""
    assert properties(a="x\0y", b=10**30).values == {"a": "xy", "b": "1" + "0" * 30}


def test_nesting_has_an_end() -> None:
    """33 levels are refused."""
    value: Value = 1
    for _ in range(40):
        value = [value]

    with pytest.raises(TooDeep):
        properties(a=value)
