"""The builder's forms: every operator and comparison says what it asks for, in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from huiliu.conditions import parse
from huiliu.conditions.comparisons import COMPARISONS
from huiliu.conditions.form import KINDS, Field
from huiliu.conditions.operators import OPERATORS
from huiliu.kernel.texts import LOCALES, catalogue, text
from huiliu.web.builder import describe
from huiliu.web.i18n import say_sealed

#: What a person fills into a fresh field that begins empty.
FILLED = {
    "event": "Order Paid", "trait": "city", "property": "total", "segment": "vip", "list": "vip",
    "tag": "orders", "journey": "welcome", "node": "wait", "template": "hello",
    "channel": "email", "text": "word", "number": 1, "whole": 1, "scalar": "x", "ordered": 1,
    "moment": "2026-11-22", "duration": "30d", "pattern": "a", "true": True, "flag": True,
    "texts": ["x"], "scalars": ["x"], "between": [1, 2],
    "points": [[121.0, 31.0], [122.0, 31.0], [122.0, 32.0]],
}  # fmt: skip


def every_field(fields: tuple[Field, ...]) -> Iterator[Field]:
    """Yield each field with all below it."""
    for one in fields:
        yield one
        yield from every_field(one.fields)


def fresh(fields: tuple[Field, ...]) -> dict[str, object]:
    """Return what a person makes of a new row: what must be there, and what it begins with."""
    found: dict[str, object] = {}
    for one in fields:
        if not one.key and one.needed:
            found |= one.start if isinstance(one.start, dict) else {"is": "x"}
        elif one.key and (one.needed or one.start is not None):
            found[one.key] = filled(one)
    return found


def filled(one: Field) -> object:
    """Return a value of a field's kind."""
    if one.kind == "choice":
        return one.start or one.options[0]
    if one.kind == "map":
        return fresh(one.fields)
    if one.kind == "rows":
        return [fresh(one.fields), fresh(one.fields)]
    if one.kind == "tests":
        return {"is": "x"}
    if one.kind in {"condition", "conditions"}:
        below = {"did": "Order Paid"}
        return below if one.kind == "condition" else [below]
    return one.start if one.start is not None else FILLED[one.kind]


@pytest.mark.parametrize("name", OPERATORS)
def test_what_a_fresh_row_holds_is_a_condition(name: str) -> None:
    """A form asks for everything without which there is no such condition."""
    operator = OPERATORS[name]

    found = parse(fresh(operator.form), "where")

    assert not isinstance(found, tuple), [str(one.text) for one in found]


@pytest.mark.parametrize("name", COMPARISONS)
def test_a_comparison_takes_what_its_form_makes(name: str) -> None:
    """The kind of the form is the kind of the constant."""
    tree = {"trait": "place", name: filled(COMPARISONS[name].form)}

    found = parse(tree, "where")

    assert not isinstance(found, tuple), [str(one.text) for one in found]


def test_every_word_of_the_forms_is_said_in_both_languages() -> None:
    """Nobody meets a bare key in the builder."""
    keys = {f"conditions.operator.{name}" for name in OPERATORS}
    keys |= {f"conditions.comparison.{name}" for name in COMPARISONS}
    for operator in OPERATORS.values():
        for one in every_field(operator.form):
            if one.key and one.key not in OPERATORS:
                keys.add(f"conditions.field.{one.key}")
            if one.kind == "choice":
                keys |= {f"conditions.option.{one.key}.{word}" for word in one.options}

    for locale in LOCALES:
        assert sorted(key for key in keys if key not in catalogue(locale)) == []


def test_every_form_is_of_known_kinds_and_offers_known_comparisons() -> None:
    """A builder knows how to draw each of them."""
    forms = [one.form for one in OPERATORS.values()]
    fields = [field for form in forms for field in every_field(form)]

    assert {one.kind for one in fields} <= KINDS
    offered = {word for one in fields if one.kind == "tests" for word in one.options}
    assert offered <= set(COMPARISONS)


def test_the_forms_are_told_in_the_readers_language() -> None:
    """The first field of an operator is called as the operator, the others as themselves."""
    told = describe("zh-CN")

    did = next(one for one in told["operators"] if one["name"] == "did")
    assert did["label"] == did["form"][0]["label"] == "做过"
    within = next(one for one in did["form"] if one["key"] == "within")
    assert (within["kind"], within["label"]) == ("duration", "最近")
    assert "since" in within["insteadOf"]


def test_a_sentence_says_events_in_words_and_hides_what_is_sealed() -> None:
    """Readers see no vault token, and no brackets around the whole."""
    token = "vlt_" + "0" * 32
    found = parse({"all": [{"trait": "email", "is": token}, {"did": "Order Paid"}]}, "where")
    assert not isinstance(found, tuple)

    said = say_sealed("zh-CN", found.sentence())

    assert token not in said
    assert "••••••" in said
    assert "订单已支付" in said
    assert not said.startswith("（")
    assert say_sealed("en", text("conditions.always")) == "everyone"
