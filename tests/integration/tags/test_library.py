"""Documents of tags are read in full or refused in full, and the shipped ones are good."""

from __future__ import annotations

import pytest
from tests.integration.tags.shop import draw_shop, opened, source

from huiliu.kernel.errors import BadInput
from huiliu.tags import CATEGORIES, Tag, library, parse_tag, parsed
from huiliu.tags.recipes import RECIPES

LIBRARY = {slug: parsed(written) for slug, written in library().items()}


@pytest.mark.parametrize("slug", LIBRARY)
def test_a_shipped_tag_is_canonical_and_named_in_both_languages(slug: str):
    """Its file is what its document writes, so a copy differs only where somebody changed it."""
    tag = LIBRARY[slug]
    assert tag.slug == slug
    assert tag.source() == library()[slug]
    assert parse_tag(tag.source()) == tag
    assert list(tag.name) == list(tag.definition) == ["zh-CN", "en"]
    assert all(len(words) > 8 for words in tag.definition.values())
    assert tag.category in CATEGORIES
    assert tag.lineage.tags <= set(LIBRARY)


def test_the_library_has_what_the_issue_of_a_brand_needs():
    """At least thirty, over every shelf that can be filled without a survey."""
    assert len(LIBRARY) >= 30
    assert {tag.category for tag in LIBRARY.values()} >= {
        "purchase", "rfm", "life_cycle", "value", "preference", "engagement",
    }  # fmt: skip


def test_no_tag_waits_for_itself_by_way_of_another():
    """Only `steady` reads its own last value."""
    order: list[str] = []
    waiting = dict(LIBRARY)
    while waiting:
        ready = [slug for slug, tag in waiting.items() if tag.lineage.tags - {slug} <= set(order)]
        assert ready
        order += ready
        for slug in ready:
            del waiting[slug]
    assert [slug for slug, tag in LIBRARY.items() if slug in tag.lineage.tags] == ["tier"]


def test_every_tag_of_the_library_computes_on_a_small_shop_and_on_an_empty_one():
    """Values are of the tag's type; nobody has two; an empty shop gives nobody anything."""
    python = {"number": (int, float), "text": (str,), "list": (list,), "flag": (bool,)}
    for happenings in (draw_shop(21, 150), []):
        with opened(happenings) as shop:
            for slug in ("orders", "revenue", "customer-days", "p-alive", "clv", "tier-candidate"):
                shop.tags[slug] = shop.compute(LIBRARY[slug])
            shop.tags["tier"] = {}
            for slug, tag in LIBRARY.items():
                found = shop.compute(tag)
                assert not found or happenings, slug
                if tag.type in python:
                    assert all(isinstance(one, python[tag.type]) for one in found.values()), slug


def test_a_bad_document_lists_all_its_problems_with_paths_and_lines():
    """In one go, not one after the other."""
    found = parse_tag("""\
huiliu: 1
kind: tag
slug: Bad Slug
name: {en: x}
definition: {fr: x}
type: word
refresh: 5s
colour: red
value:
  sum:
    of: parcels
    property: total
    within: soon
    where: [{property: weight, above: 1}]
""")
    assert isinstance(found, tuple)
    told = {(one.path, one.text.key, one.line) for one in found}
    assert told >= {
        ("slug", "documents.slug", 3),
        ("definition", "tags.want_definition", 5),
        ("type", "tags.want_choice", 6),
        ("refresh", "tags.want_refresh", 7),
        ("colour", "tags.unknown_key", 8),
        ("value.sum.of", "tags.want_rows", 11),
        ("value.sum.within", "conditions.want_duration", 13),
        ("value.sum.where[0].property", "tags.unknown_column", 14),
    }


@pytest.mark.parametrize(
    ("type_", "value", "path", "key"),
    [
        ("number", {"sum": {"of": "purchases"}}, "value.sum.property", "tags.missing"),
        ("number", {"sum": 3}, "value.sum", "tags.want_mapping"),
        ("number", {"sum": {"property": "category"}}, "value.sum.property", "tags.wrong_column"),
        ("text", {"sum": {"property": "total"}}, "type", "tags.wrong_type"),
        ("number", {"magic": {}}, "value.magic", "tags.unknown_recipe"),
        ("number", {"sum": {}, "count": {}}, "value", "tags.want_recipe"),
        ("number", {"count": {"event": "A", "of": "lines"}}, "value.count.of", "tags.event_or_of"),
        ("number", {"count": {"event": []}}, "value.count.event", "conditions.want_list"),
        ("number", {"quantile": {"tag": "No Tag"}}, "value.quantile.tag", "tags.want_tag"),
        ("number", {"quantile": {"tag": "a", "scores": 1}}, "value.quantile.scores",
         "tags.want_whole"),
        ("text", {"when": {"cases": []}}, "value.when.cases", "tags.want_cases"),
        ("number", {"when": {"cases": [{"if": {"did": "A"}, "then": "x"}]}},
         "value.when.cases[0].then", "tags.want_value"),
        ("text", {"when": {"cases": [{"if": {"dit": "A"}, "then": "x"}]}},
         "value.when.cases[0].if", "conditions.unknown_operator"),
        ("number", {"rfm": {"give": "cell"}}, "type", "tags.wrong_type"),
        ("text", {"rfm": {"give": "all"}}, "value.rfm.give", "tags.want_choice"),
        ("text", {"touch": {"give": "shoe"}}, "value.touch.give", "tags.want_choice"),
        ("text", {"steady": {"tag": "a"}}, "value.steady.own", "tags.missing"),
        ("text", {"survey": {"survey": "", "question": "q"}}, "value.survey.survey",
         "conditions.want_text"),
        ("number", {"clv": {"months": 0}}, "value.clv.months", "tags.want_whole"),
        ("number", {"p_alive": {"x": 1}}, "value.p_alive.x", "conditions.unknown_key"),
        ("text", {"life_cycle": {"new_within": "36h"}}, "value.life_cycle.new_within",
         "tags.want_days"),
        ("text", {"tier": {"articles": [""]}}, "value.tier.articles", "conditions.want_text"),
        ("number", {"share": {"part": "discount"}}, "value.share.whole", "tags.missing"),
    ],
)  # fmt: skip
def test_each_fault_is_named_where_it_is(type_: str, value: object, path: str, key: str):
    """The path is that of the value at fault."""
    assert isinstance(value, dict)
    found = parse_tag(source(type_, value))
    assert isinstance(found, tuple)
    assert (path, key) in {(one.path, one.text.key) for one in found}
    with pytest.raises(BadInput):
        parsed(source(type_, value))


@pytest.mark.parametrize(
    ("formula", "key"),
    [
        ("a +", "tags.formula_broken"),
        ("b * 2", "tags.formula_name"),
        ("__import__('os')", "tags.formula_function"),
        ("a.real", "tags.formula_part"),
        ("a ** 9", "tags.formula_part"),
        ("a if a else 1", "tags.formula_part"),
        ("'x'", "tags.formula_part"),
        ("min(a)", "tags.formula_arguments"),
        ("(" * 60 + "a" + ")" * 60 + "+" * 3, "tags.formula_broken"),
        ("-" * 100 + "a", "tags.formula_broken"),
        ("a + " * 200 + "a", "tags.formula_long"),
        ("1e300 * a", "tags.formula_part"),
    ],
)
def test_a_formula_can_say_nothing_but_numbers(formula: str, key: str):
    """Whatever else it says is named."""
    value = {"expression": {"formula": formula, "tags": {"a": "orders"}}}
    found = parse_tag(source("number", value))
    assert isinstance(found, tuple)
    assert [one.text.key for one in found] == [key]


def test_every_recipe_is_read_back_as_it_was_written():
    """The canonical form of each recipe of the library parses to an equal tag."""
    used = {tag.method for tag in LIBRARY.values()}
    rest = {
        "min": ("number", {"property": "total"}),
        "given": ("text", {"tag": "skin-club"}),
        "survey": ("text", {"survey": "s", "question": "q"}),
    }
    assert used | set(rest) == set(RECIPES)
    for method, (type_, below) in rest.items():
        made = parse_tag(source(type_, {method: below}))
        assert isinstance(made, Tag)
        assert parse_tag(made.source()) == made
