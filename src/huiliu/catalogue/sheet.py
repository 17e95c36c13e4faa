"""A file of products as a shop's people keep it: which column says what, and what is no use."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from huiliu.catalogue.product import HIDDEN, LIVE, Draft
from huiliu.catalogue.reading import read_draft
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text

__all__ = ["COLUMNS", "Sheet", "read_sheet"]

#: Field -> headers that mean it, in small letters without blanks.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "product_id": ("product_id", "productid", "id", "商品id", "商品编号", "商品编码", "spuid"),
    "sku": ("sku", "货号", "sku编码", "款号"),
    "name": ("name", "title", "商品名称", "名称", "标题", "品名"),
    "price": ("price", "saleprice", "价格", "售价", "现价"),
    "currency": ("currency", "币种", "货币"),
    "compare_at": ("compare_at", "compareatprice", "listprice", "原价", "划线价", "市场价"),
    "stock": ("stock", "quantity", "inventory", "qty", "库存", "库存数量"),
    "category": ("category", "categories", "类目", "分类", "商品分类", "品类"),
    "brand": ("brand", "品牌"),
    "link": ("link", "url", "链接", "商品链接"),
    "image": ("image", "images", "imagelink", "imageurl", "图片", "主图", "图片链接"),
    "state": ("state", "status", "状态", "上下架"),
}
_BY_HEADER: Final = {header: name for name, headers in COLUMNS.items() for header in headers}
#: `name:en`, `name_en`, `name (en)` hold the name in one language.
_NAME: Final = re.compile(r"name[:_(]([a-z]{2,8}(?:-[a-z0-9]{1,8})*)\)?")
_STATES: Final = {
    "live": LIVE, "active": LIVE, "on": LIVE, "1": LIVE, "上架": LIVE, "在售": LIVE, "": LIVE,
    "hidden": HIDDEN, "draft": HIDDEN, "archived": HIDDEN, "inactive": HIDDEN, "off": HIDDEN,
    "0": HIDDEN, "下架": HIDDEN, "停售": HIDDEN,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file of products holds."""

    #: Header -> the field that it was read as; others are left out.
    columns: Mapping[str, str]
    ignored: Sequence[str]
    drafts: Sequence[Draft]
    #: Of rows that are left out, each with its line.
    problems: Sequence[Problem]
    #: Rows below the header.
    n_rows: int


def read_sheet(
    rows: Sequence[tuple[int, Sequence[str]]], *, currency: str = "", locale: str = "zh-CN"
) -> Sheet:
    """Return the products of a table whose first row is its header; bad rows are listed.

    An empty cell says nothing: what is known stays, but for a stock, which is then not counted.

    Args:
        rows: (line, cells).
        currency: of prices where no column names one.
        locale: the language of names whose column says none.

    Raises:
        BadInput: no column holds the product's id.
    """
    header = [one.strip() for one in rows[0][1]]
    fields = [_field(one) for one in header]
    if "product_id" not in fields:
        wanted = ", ".join(COLUMNS["product_id"])
        problem = Problem("", text("products.no_id_column", wanted=wanted), rows[0][0])
        raise BadInput((problem,))
    drafts: dict[str, Draft] = {}
    lines: dict[str, int] = {}
    problems: list[Problem] = []
    for line, cells in rows[1:]:
        draft, faults = _row(line, header, fields, cells, currency, locale)
        problems += faults
        if draft is None:
            continue
        first = lines.setdefault(draft.product_id, line)
        if first != line:
            said = text("products.twice", id=draft.product_id, line=first)
            problems.append(Problem("product_id", said, line))
            continue
        drafts[draft.product_id] = draft
    return Sheet(
        columns={one: name for one, name in zip(header, fields, strict=True) if name},
        ignored=[one for one, name in zip(header, fields, strict=True) if not name and one],
        drafts=list(drafts.values()),
        problems=problems,
        n_rows=len(rows) - 1,
    )


def _field(header: str) -> str:
    """Return what a column says: a field, `names.<locale>`, or "" where nobody knows."""
    small = "".join(header.split()).casefold()
    found = _BY_HEADER.get(small) or _BY_HEADER.get(small.replace("-", "_"))
    if found:
        return found
    name = _NAME.fullmatch(small)
    if name is None:
        return ""
    tags = name[1].split("-")
    # A region is written in capitals.
    return "names." + "-".join([tags[0], *(t.upper() if len(t) == 2 else t for t in tags[1:])])


def _row(
    line: int,
    header: Sequence[str],
    fields: Sequence[str],
    cells: Sequence[str],
    currency: str,
    locale: str,
) -> tuple[Draft | None, Sequence[Problem]]:
    """Return what one row says."""
    if len(cells) > len(header):
        said = text("products.wide_row", columns=len(header), cells=len(cells))
        return None, [Problem("", said, line)]
    given: dict[str, Any] = {}
    names: dict[str, str] = {}
    for name, cell in zip(fields, cells, strict=False):
        word = cell.strip()
        if name.startswith("names.") and word:
            names[name.removeprefix("names.")] = word
        elif name == "state":
            given[name] = _STATES.get(word.casefold(), word)
        elif name == "product_id" or (name and not name.startswith("names.") and word):
            given[name] = word
        elif name == "stock":
            given[name] = None
    if names:
        given["names"] = names
    return read_draft(given, line=line, currency=currency, locale=locale)
