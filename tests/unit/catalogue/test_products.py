"""What a file or a server says of a product is read whole, and changes only what it says."""

from __future__ import annotations

import pytest

from huiliu.catalogue.changes import changes, news_properties
from huiliu.catalogue.interest import Rules, read_rules
from huiliu.catalogue.product import Draft, Product, Variant, merged, named
from huiliu.catalogue.reading import read_draft
from huiliu.catalogue.sheet import read_sheet
from huiliu.kernel.errors import BadInput

CREAM = Product(
    "p1", {"zh-CN": "面霜", "en": "Face cream"}, price=12800, currency="CNY", stock=3,
    category=("护肤", "面霜"), source="csv",
)  # fmt: skip


def test_an_object_is_read_with_its_amounts_in_minor_units() -> None:
    """Prices come in major units and are kept exactly."""
    draft, problems = read_draft({
        "product_id": 17, "name": " 面霜 ", "names": {"en": "Face cream"}, "price": "1,280.50",
        "compare_at": 1500, "currency": "cny", "stock": "4", "category": "护肤 > 面霜",
        "image": "https://a.example/1.jpg", "state": "live",
    })  # fmt: skip

    assert problems == ()
    assert draft == Draft(
        "17", names={"zh-CN": "面霜", "en": "Face cream"}, price=128050, compare_at=150000,
        currency="CNY", stock=4, category=("护肤", "面霜"), images=("https://a.example/1.jpg",),
        state="live",
    )  # fmt: skip


def test_currencies_without_cents_are_kept_whole() -> None:
    """1,280 yen are 1,280 minor units."""
    draft, _ = read_draft({"product_id": "a", "price": 1280, "currency": "JPY"})

    assert draft is not None
    assert draft.price == 1280


def test_everything_wrong_with_an_object_is_told_at_once() -> None:
    """Nobody mends a file one fault a try."""
    draft, problems = read_draft(
        {
            "product_id": "", "names": {"!": "x"}, "price": "cheap", "stock": "many",
            "category": 4, "link": "javascript:alert(1)", "state": "gone", "colour": "red",
            "currency": "CNY", "brand": "x" * 600,
        },
        path="products[2]", line=9,
    )  # fmt: skip

    assert draft is None
    assert {one.path.removeprefix("products[2].") for one in problems} == {
        "product_id", "names.!", "price", "stock", "category", "link", "state", "colour", "brand",
    }  # fmt: skip
    assert {one.line for one in problems} == {9}


@pytest.mark.parametrize("price", [-1, "-3", True, "1,2", "NaN", [], 1e30, "１２元"])
def test_what_is_no_amount_is_refused(price: object) -> None:
    """A price that could mean two things, or nothing, is not guessed."""
    _, problems = read_draft({"product_id": "a", "price": price, "currency": "CNY"})

    assert [one.path for one in problems] == ["price"]


def test_a_price_without_a_currency_is_refused() -> None:
    """An amount of nothing in particular is no price."""
    _, problems = read_draft({"product_id": "a", "price": 3})

    assert [one.text.key for one in problems] == ["products.no_currency"]


def test_a_sheet_says_which_rows_are_no_use_and_keeps_the_rest() -> None:
    """Chinese headers, names by language, a repeated id, a wide row, an unknown column."""
    sheet = read_sheet(
        [
            (1, ["商品ID", "商品名称", "name:en", "售价", "库存", "上下架", "备注"]),
            (2, ["p1", "面霜", "Cream", "¥128.00", "5", "上架", "x"]),
            (3, ["p2", "口红", "", "abc", "1", "下架", ""]),
            (4, ["p1", "面霜", "", "1", "", "", ""]),
            (5, ["p3", "香水", "", "9.9", "", "下架", ""]),
            (6, ["p4", "", "", "", "", "", "", "too", "wide"]),
        ],
        currency="CNY",
    )

    assert [one.product_id for one in sheet.drafts] == ["p1", "p3"]
    assert [one.line for one in sheet.problems] == [3, 4, 6]
    assert sheet.ignored == ["备注"]
    first, last = sheet.drafts
    assert (first.price, first.names) == (12800, {"zh-CN": "面霜", "en": "Cream"})
    assert (last.stock, last.state) == (None, "hidden")


def test_a_sheet_without_an_id_is_no_sheet() -> None:
    """Rows that name no product cannot be matched with anything."""
    with pytest.raises(BadInput):
        read_sheet([(1, ["name"]), (2, ["x"])])


def test_what_a_draft_does_not_say_stays() -> None:
    """A file of stocks changes stocks and nothing else."""
    after = merged(CREAM, Draft("p1", stock=0), "api")

    assert (after.stock, after.price, after.names) == (0, 12800, CREAM.names)


def test_variants_make_the_product_together() -> None:
    """The lowest price, all stock; a variant that is told later joins those known."""
    draft = Draft("p", currency="CNY", variants=(
        Variant("a", price=900, stock=2), Variant("b", price=700, stock=0),
    ))  # fmt: skip
    first = merged(None, draft, "shop")
    again = merged(first, Draft("p", variants=(Variant("a", price=600, stock=1),)), "shop")
    uncounted = merged(first, Draft("p", variants=(Variant("c", price=650),)), "shop")
    gone = merged(first, Draft("p", variants=(
        Variant("a", is_listed=False), Variant("b", is_listed=False),
    )), "shop")  # fmt: skip

    assert (first.price, first.stock, first.names) == (700, 2, {"und": "p"})
    assert (again.price, again.stock) == (600, 1)
    assert (uncounted.price, uncounted.stock) == (650, None)
    assert not gone.is_available


def test_only_what_matters_to_people_is_news() -> None:
    """A drop in price, the last pieces, sold out, back; a sale of one of many is not."""
    plenty = merged(CREAM, Draft("p1", stock=50), "csv")

    def news(before: Product, **said: object) -> list[tuple[str, ...]]:
        """Return the news of each change that a draft makes."""
        after = merged(before, Draft("p1", **said), "csv")  # type: ignore[arg-type] # by name
        return [one.news for one in changes(before, after, Rules())]

    assert news(CREAM, price=9900) == [("Price Changed",)]
    assert news(CREAM, price=12799) == [()]
    assert news(CREAM, price=9900, currency="USD") == [()]
    assert news(plenty, stock=49) == [()]
    assert news(plenty, stock=5) == [("Stock Changed",)]
    assert news(CREAM, stock=2) == [()]
    assert news(CREAM, stock=0) == [("Stock Changed",)]
    assert news(merged(CREAM, Draft("p1", stock=0), ""), stock=8) == [
        ("Stock Changed", "Back In Stock")
    ]
    assert news(CREAM, state="hidden") == [()]
    assert news(merged(CREAM, Draft("p1", state="hidden"), ""), state="live") == [
        ("Back In Stock",)
    ]
    assert news(CREAM) == []
    assert [one.what for one in changes(None, CREAM, Rules())] == ["added"]


def test_an_event_says_amounts_in_major_units_and_the_change_in_percent() -> None:
    """Conditions compare them with an order's total."""
    after = merged(CREAM, Draft("p1", price=11200), "csv")
    (change,) = changes(CREAM, after, Rules())

    assert news_properties(change, after) == {
        "product_id": "p1", "from": 128, "to": 112, "currency": "CNY", "percent": -12.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "name"),
    [(["en-GB"], "Face cream"), (["zh-Hant-TW"], "面霜"), (["fr"], "面霜"), ([], "面霜")],
)
def test_a_name_comes_in_the_language_that_suits_best(wanted: list[str], name: str) -> None:
    """There is always one."""
    assert named(CREAM.names, wanted) == name


def test_rules_keep_to_their_limits() -> None:
    """All that is wrong is told; what is not said stays."""
    assert read_rules({"viewed_days": "14"}, Rules()).viewed_days == 14
    with pytest.raises(BadInput) as caught:
        read_rules({"viewed_days": 9999, "low_stock": "x", "sky": 1}, Rules())
    assert [one.path for one in caught.value.problems] == ["viewed_days", "low_stock", "sky"]
