"""What a basket costs: every effect to the minor unit, what stands together, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiliu.kernel.times import as_instant
from huiliu.rewards.amounts import spread
from huiliu.rewards.basket import Basket, Line, read_basket
from huiliu.rewards.coupon import Coupon, normal_code, parse_coupon
from huiliu.rewards.pricing import Case, Pricing, Ticket, price
from huiliu.rewards.promotion import Promotion, parse_promotion
from huiliu.rewards.rule_index import RuleIndex

#: A Sunday noon in Shanghai.
NOW = as_instant("2026-11-22T04:00:00Z") or 0


def rule(slug: str, effect: str, more: str = "") -> Promotion:
    """Return a promotion that a document describes."""
    found = parse_promotion(
        f"huiliu: 1\nkind: promotion\nslug: {slug}\nname: {{en: {slug}}}\ncurrency: CNY\n"
        f"effect: {effect}\n{more}"
    )
    assert isinstance(found, Promotion), found
    return found


def basket(*lines: tuple[str, int, int], **more: Any) -> Basket:
    """Return a basket of (sku, quantity, minor units); the category stands before a colon."""
    made = [
        Line(sku.split(":")[-1], quantity, each, sku.rpartition(":")[0])
        for sku, quantity, each in lines
    ]
    return Basket("CNY", more.pop("channel", "app"), tuple(made), **more)


def priced(what: Basket, *rules: Promotion, tickets: Sequence[Ticket] = (), **more: Any) -> Pricing:
    """Return what a basket costs by these promotions."""
    index = RuleIndex({one.slug: one for one in rules})
    return price(what, index, Case(NOW, "Asia/Shanghai", tickets=tickets, **more))


STEPS = "{kind: steps, steps: [{spend: 300, amount: 40}, {spend: 500, amount: 80}]}"


@pytest.mark.parametrize(
    ("effect", "lines", "discounts"),
    [
        ("{kind: fixed, amount: 10}", [("A", 1, 2_000), ("B", 1, 1_000)], [667, 333]),
        ("{kind: fixed, amount: 99}", [("A", 1, 2_000)], [2_000]),
        ("{kind: fixed, amount: 3, per: unit}", [("A", 2, 2_000), ("B", 1, 200)], [600, 200]),
        ("{kind: percentage, percent: 15}", [("A", 3, 333)], [150]),
        ("{kind: percentage, percent: 12.5}", [("A", 1, 100)], [12]),
        ("{kind: percentage, percent: 50, most: 5}", [("A", 1, 2_000)], [500]),
        (STEPS, [("A", 1, 29_999)], [0]),
        (STEPS, [("A", 1, 30_000)], [4_000]),
        (STEPS, [("A", 2, 30_000)], [8_000]),
        ("{kind: steps, steps: [{spend: 100, amount: 10}], repeat: true}",
         [("A", 1, 35_000)], [3_000]),
        ("{kind: steps, steps: [{spend: 100, amount: 10}], repeat: true, most_times: 2}",
         [("A", 1, 35_000)], [2_000]),
        ("{kind: steps, steps: [{quantity: 2, percent: 10}, {quantity: 3, percent: 20}]}",
         [("A", 3, 1_000)], [600]),
        ("{kind: nth, nth: 2, percent: 50}", [("A", 1, 1_000), ("B", 1, 600)], [0, 300]),
        ("{kind: nth, nth: 2, percent: 50}", [("A", 3, 1_000), ("B", 2, 600)], [0, 600]),
        ("{kind: nth, nth: 2, percent: 100, among: product}",
         [("A", 2, 1_000), ("B", 1, 600)], [1_000, 0]),
        ("{kind: nth, nth: 2, percent: 100, most_times: 1}", [("A", 6, 1_000)], [1_000]),
        ("{kind: bundle, quantity: 3, price: 9.9}",
         [("A", 2, 500), ("B", 1, 400), ("C", 1, 100)], [293, 117, 0]),
        ("{kind: bundle, quantity: 3, price: 9.9}", [("A", 7, 500)], [1_020]),
        ("{kind: bundle, quantity: 3, price: 9.9}", [("A", 3, 300)], [0]),
        ("{kind: bundle, quantity: 2, price: 9, most_times: 1}",
         [("A", 1, 1_000), ("B", 3, 600)], [438, 262]),
    ],
)  # fmt: skip
def test_each_effect_takes_off_exactly_what_it_says(
    effect: str, lines: list[tuple[str, int, int]], discounts: list[int]
) -> None:
    """Worked by hand; the parts of the lines add up to the whole."""
    found = priced(basket(*lines), rule("r", effect))

    assert [line.discount for line in found.lines] == discounts
    assert found.discount == sum(discounts)


def test_shipping_is_free_once_and_gifts_come_along() -> None:
    """Two free shippings do not pay the customer; a gift names its promotion."""
    found = priced(
        basket(("A", 1, 10_000), shipping=1_200),
        rule("part", "{kind: free_shipping, most: 5}", "priority: 1\n"),
        rule("ship", "{kind: free_shipping}"),
        rule("gift", "{kind: gift, sku: MASK, quantity: 2}", "needs: {spend: 100}\n"),
    )

    assert (found.discount, found.shipping_discount) == (0, 1_200)
    assert [(gift.sku, gift.quantity, slug) for gift, slug in found.gifts] == [("MASK", 2, "gift")]


def test_what_a_basket_lacks_is_told_in_money_and_units() -> None:
    """The next benefit is named, whether the first one counts already or not."""
    short = priced(basket(("A", 1, 25_000)), rule("r", STEPS)).refused[0]
    reached = priced(basket(("A", 1, 31_000)), rule("r", STEPS)).applied[0]
    units = priced(basket(("A", 2, 500)), rule("r", "{kind: bundle, quantity: 3, price: 9.9}"))

    assert short.missing is not None
    assert (short.reason, short.missing.spend) == ("spend", 5_000)
    assert reached.next is not None
    assert reached.next.spend == 19_000
    assert units.refused[0].missing is not None
    assert units.refused[0].missing.quantity == 1


def test_line_promotions_come_first_and_orders_count_what_they_leave() -> None:
    """310 less 5 % is below 300; two of one stage do not take thresholds from each other."""
    line = rule("line", "{kind: percentage, percent: 5}", "products: {skus: [A]}\n")
    steps = rule("steps", STEPS)
    ten = rule("ten", "{kind: fixed, amount: 10}", "priority: 9\n")

    less = priced(basket(("A", 1, 31_000)), line, steps)
    both = priced(basket(("A", 1, 30_000)), ten, steps)

    assert [one.promotion.slug for one in less.applied] == ["line"]
    assert less.refused[0].missing is not None
    assert less.refused[0].missing.spend == 550
    assert both.discount == 5_000


def test_of_a_group_the_best_counts_and_the_other_says_so() -> None:
    """The order in which they are written does not matter."""
    small = rule("small", "{kind: fixed, amount: 5}", "stacking: {group: g}\npriority: 9\n")
    large = rule("large", "{kind: fixed, amount: 8}", "stacking: {group: g}\n")
    found = priced(basket(("A", 1, 10_000)), small, large)

    assert [one.promotion.slug for one in found.applied] == ["large"]
    assert [(one.promotion, one.reason) for one in found.refused] == [("small", "stacking")]


def test_one_that_stands_alone_counts_where_it_saves_more() -> None:
    """Either it or all the others; whoever loses is told by whom."""
    alone = rule("alone", "{kind: fixed, amount: 12}", "stacking: {alone: true}\n")
    one = rule("one", "{kind: fixed, amount: 7}")
    two = rule("two", "{kind: fixed, amount: 6}")

    together = priced(basket(("A", 1, 10_000)), alone, one, two)
    lonely = priced(basket(("A", 1, 10_000)), alone, one)

    assert [each.promotion.slug for each in together.applied] == ["one", "two"]
    assert [(each.promotion, each.reason) for each in together.refused] == [("alone", "stacking")]
    assert [each.promotion.slug for each in lonely.applied] == ["alone"]
    assert str(lonely.refused[0].why) == "“alone” stands alone and saves more."


def test_two_that_exclude_each_other_do_not_stand_together() -> None:
    """It is enough that one of them says so."""
    one = rule("one", "{kind: fixed, amount: 7}", "stacking: {not_with: [two]}\n")
    two = rule("two", "{kind: fixed, amount: 9}")

    assert priced(basket(("A", 1, 10_000)), one, two).discount == 700


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("channels: [store]\n", "channel"),
        ("stores: [S1]\n", "store"),
        ("from: 2026-11-23\n", "not_yet"),
        ("until: 2026-11-22T04:00\n", "over"),
        ("hours: [{days: [mon]}]\n", "hours"),
        ("hours: [{days: [sun], from: '13:00', until: '14:00'}]\n", "hours"),
        ("limits: {per_person: 1}\n", "person"),
        ("who: {did: Order Paid}\n", "person"),
    ],
)
def test_what_does_not_hold_here_and_now_says_why(more: str, reason: str) -> None:
    """Every gate has its word."""
    found = priced(basket(("A", 1, 10_000)), rule("r", "{kind: fixed, amount: 1}", more))

    assert [(one.reason, found.discount) for one in found.refused] == [(reason, 0)]


def test_hours_may_reach_into_the_next_day() -> None:
    """Saturday 20:00 to Sunday 13:00 holds on Sunday noon, in the promotion's own zone."""
    late = "hours: [{days: [sat], from: '20:00', until: '13:00'}]\n"
    effect = "{kind: fixed, amount: 1}"

    assert priced(basket(("A", 1, 10_000)), rule("r", effect, late)).discount == 100
    away = rule("r", effect, late + "zone: America/New_York\n")
    assert priced(basket(("A", 1, 10_000)), away).discount == 100
    assert priced(basket(("A", 1, 10_000)), rule("r", effect, late + "zone: Asia/Tokyo\n")).refused


def test_products_are_named_by_sku_category_and_brand_and_left_out_again() -> None:
    """A category holds those below it; what is left out is out however it came in."""
    one = rule(
        "r", "{kind: percentage, percent: 10}",
        "products: {categories: [care], skus: [X], except: {skus: [B], categories: [care/sun]}}\n",
    )  # fmt: skip
    found = priced(
        basket(("care/face:A", 1, 1_000), ("care:B", 1, 1_000), ("care/sun:C", 1, 1_000),
               ("X", 1, 1_000), ("careful:D", 1, 1_000)),
        one,
    )  # fmt: skip

    assert [line.discount for line in found.lines] == [100, 0, 0, 100, 0]


def test_promotions_about_nothing_in_the_basket_cost_nothing() -> None:
    """Of ten thousand promotions only the one that could match is looked at or mentioned."""
    rules = [
        rule(f"r-{nth}", "{kind: percentage, percent: 10}", f"products: {{skus: [P{nth}]}}\n")
        for nth in range(50)
    ]
    index = RuleIndex({one.slug: one for one in rules})

    assert index.matches(basket(("P7", 1, 100), ("Q", 1, 100))) == {"r-7": [0]}


def _pool(more: str = "", of: str = "r") -> Coupon:
    """Return a pool."""
    found = parse_coupon(
        f"huiliu: 1\nkind: coupon\nslug: c\nname: {{en: C}}\npromotion: {of}\n{more}"
    )
    assert isinstance(found, Coupon), found
    return found


def test_codes_count_by_their_pool_and_one_order_takes_so_many() -> None:
    """Two codes of a pool that takes two count twice; the third says why not."""
    one = rule("r", "{kind: fixed, amount: 10}", "by: code\n")
    pool = _pool("limits: {per_order: 2}\n")
    tickets = [Ticket(code, pool) for code in ("AAA", "BBB", "CCC")]
    found = priced(basket(("A", 1, 10_000)), one, tickets=tickets)

    assert [(each.code, each.discount) for each in found.applied] == [
        ("AAA", 1_000),
        ("BBB", 1_000),
    ]
    assert [(each.code, each.reason) for each in found.refused] == [("CCC", "limit_order")]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("channels: [store]\n", "channel"),
        ("stores: [S1]\n", "store"),
        ("until: 2026-11-21\n", "over"),
        ("from: 2026-11-23\n", "not_yet"),
    ],
)
def test_a_code_of_another_channel_store_or_time_is_refused(more: str, reason: str) -> None:
    """A code may hold in fewer places than its promotion."""
    one = rule("r", "{kind: fixed, amount: 10}", "by: code\n")
    found = priced(basket(("A", 1, 10_000)), one, tickets=[Ticket("AAA", _pool(more))])

    assert [(each.code, each.reason) for each in found.refused] == [("AAA", reason)]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("ab-c 12", "ABC12"),
        ("ＡＢＣ１２", "ABC12"),
        ("a", ""),
        ("ab!c", ""),
        ("x" * 41, ""),
        ("", ""),
    ],
)
def test_codes_are_compared_without_case_width_or_hyphens(written: str, code: str) -> None:
    """As people type them, on any keyboard."""
    assert normal_code(written) == code


_ALL_WRONG = """\
effect: {kind: nth, nth: 1, percent: 101}
until: soon
zone: Mars
who: {is: odd}
limits: {per_code: 1}
what: 1
"""
_FALLING = """\
currency: CNY
effect: {kind: steps, steps: [{spend: 2, amount: 1}, {spend: 1, amount: 1}]}
"""


@pytest.mark.parametrize(
    ("source", "paths"),
    [
        ("effect: {kind: fixed, amount: 10}\n", ["currency"]),
        ("currency: CNY\n", ["effect"]),
        ("currency: CNY\neffect: {kind: fixed, amount: 0.001}\n", ["effect.amount"]),
        ("currency: JPY\neffect: {kind: fixed, amount: 10.5}\n", ["effect.amount"]),
        ("currency: CNY\neffect: {kind: magic}\n", ["effect.kind"]),
        (_FALLING, ["effect.steps"]),
        (_ALL_WRONG,
         ["what", "effect.nth", "effect.percent", "zone", "until", "who", "limits.per_code"]),
        ("effect: {kind: nth, nth: 2, percent: 50}\nbudget: 5\n", ["budget"]),
    ],
)  # fmt: skip
def test_everything_wrong_with_a_promotion_is_told_with_its_line(
    source: str, paths: list[str]
) -> None:
    """All problems at once, each with where it stands."""
    found = parse_promotion(f"huiliu: 1\nkind: promotion\nslug: r\nname: {{en: R}}\n{source}")

    assert isinstance(found, tuple)
    assert [one.path for one in found] == paths
    assert all(one.line or one.path in {"currency", "effect"} for one in found)


def test_a_promotion_says_the_same_when_its_canonical_form_is_read() -> None:
    """What is stored is what was meant."""
    one = rule("r", STEPS, "who: {did: Order Paid}\nproducts: {skus: [A]}\nbudget: 99.5\n")
    again = parse_promotion(one.source)

    assert isinstance(again, Promotion)
    assert (again.source, again.who, again.budget) == (one.source, one.who, 9_950)


def test_a_basket_that_would_not_fit_anywhere_is_refused() -> None:
    """Sums stay inside 63 bits."""
    lines = [{"sku": "A", "quantity": 1_000_000, "unit_price": 10**12}]
    found = read_basket({"currency": "CNY", "lines": lines})

    assert isinstance(found, tuple)
    assert [one.path for one in found] == ["basket.lines"]


@given(
    amount=st.integers(0, 10**9), weights=st.lists(st.integers(0, 10**8), min_size=1, max_size=30)
)
def test_an_amount_is_shared_out_exactly_and_nobody_pays_below_nothing(
    amount: int, weights: list[int]
) -> None:
    """The shares add up to the amount, or to all there is."""
    shares = spread(amount, weights)

    assert sum(shares) == min(amount, sum(weights))
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))


_EFFECTS = (
    "{kind: fixed, amount: 7.77}",
    "{kind: fixed, amount: 1.5, per: unit}",
    "{kind: percentage, percent: 33.33}",
    "{kind: steps, steps: [{spend: 10, amount: 3}], repeat: true}",
    "{kind: steps, steps: [{quantity: 2, percent: 15}, {quantity: 5, percent: 50}]}",
    "{kind: nth, nth: 2, percent: 50}",
    "{kind: nth, nth: 3, percent: 100, among: product}",
    "{kind: bundle, quantity: 3, price: 9.9}",
    "{kind: bundle, quantity: 2, price: 0.5, most_times: 2}",
)
_STACKING = ("", "stacking: {alone: true}\n", "stacking: {group: g}\n", "priority: 5\n")
_LINES = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "C", "D"]), st.integers(1, 9), st.integers(0, 3_000)
    ),
    min_size=1, max_size=8,
)  # fmt: skip


@given(
    lines=_LINES,
    rules=st.lists(
        st.tuples(
            st.sampled_from(_EFFECTS), st.sampled_from(_STACKING),
            st.sampled_from(["", "products: {skus: [A, B]}\n"]),
        ),
        max_size=6,
    ),
)  # fmt: skip
def test_whatever_stands_together_every_line_adds_up(
    lines: list[tuple[str, int, int]], rules: list[tuple[str, str, str]]
) -> None:
    """No line costs less than nothing, parts add up, nothing is silent, and order is no matter."""
    made = [
        rule(f"r{nth}", effect, stacking + about)
        for nth, (effect, stacking, about) in enumerate(rules)
    ]
    found = priced(basket(*lines), *made)
    again = priced(basket(*lines), *reversed(made))

    assert all(0 <= line.total <= line.line.total for line in found.lines)
    assert found.discount == sum(line.discount for line in found.lines)
    assert found.discount == sum(one.discount for one in found.applied)
    told = {one.promotion.slug for one in found.applied} | {one.promotion for one in found.refused}
    touched = {sku for sku, _, _ in lines} & {"A", "B"}
    assert told == {one.slug for one in made if one.products.is_all or touched}
    assert again == found
