"""Imports products from a file: looked at first, repeatable, everything wrong with its line."""

from __future__ import annotations

from dataclasses import dataclass

from huiliu.catalogue.changes import changes
from huiliu.catalogue.product import Product, merged
from huiliu.catalogue.sheet import Sheet, read_sheet
from huiliu.ports.world import World
from huiliu.services.put_products import PutProducts, put_products
from huiliu.services.read_table import read_table

__all__ = ["CSV", "ProductsImported", "ProductsPreview", "import_products", "preview_products"]

#: The source of what came from a file.
CSV = "csv"
_BATCH = 2_000
_SAMPLE = 5


@dataclass(frozen=True, slots=True)
class ProductsPreview:
    """What importing a file would do; nothing was written."""

    sheet: Sheet
    #: What it would become of them; `n_hidden` if others were hidden.
    done: PutProducts
    #: The first products as they would be.
    sample: list[Product]


@dataclass(frozen=True, slots=True)
class ProductsImported:
    """What importing a file did."""

    sheet: Sheet
    done: PutProducts


def preview_products(
    world: World, brand_id: int, data: bytes, *, currency: str = "", locale: str = "zh-CN"
) -> ProductsPreview:
    """Return what importing a file would do.

    Raises:
        BadInput: the file as a whole cannot be used.
    """
    sheet = read_sheet(read_table(data), currency=currency, locale=locale)
    done = PutProducts()
    sample: list[Product] = []
    with world.store.transaction(brand_id) as tx:
        rules = tx.products.state(brand_id).rules
        for start in range(0, len(sheet.drafts), _BATCH):
            drafts = sheet.drafts[start : start + _BATCH]
            known = tx.products.get(brand_id, [one.product_id for one in drafts])
            for draft in drafts:
                before = known.get(draft.product_id)
                after = merged(before, draft, CSV)
                if len(sample) < _SAMPLE:
                    sample.append(after)
                n_news = sum(bool(one.news) for one in changes(before, after, rules))
                done += PutProducts(
                    n_new=before is None,
                    n_changed=before is not None and after != before,
                    n_same=after == before,
                    n_news=n_news,
                )
        named = {one.product_id for one in sheet.drafts}
        others = [one for one in tx.products.of_source(brand_id, CSV) if one not in named]
    return ProductsPreview(sheet, done + PutProducts(n_hidden=len(others)), sample)


def import_products(
    world: World,
    brand_id: int,
    data: bytes,
    *,
    currency: str = "",
    locale: str = "zh-CN",
    replace: bool = False,
) -> ProductsImported:
    """Store the products of a file; rows with problems are left out, and listed.

    Args:
        world: the instance.
        brand_id: whose products.
        data: the file.
        currency: of prices where no column names one.
        locale: the language of names whose column says none.
        replace: hide products that earlier files brought and this one does not.

    Raises:
        BadInput: the file as a whole cannot be used.
    """
    sheet = read_sheet(read_table(data), currency=currency, locale=locale)
    # A file whose rows could not all be read does not say what is missing from it.
    is_whole = replace and not sheet.problems
    return ProductsImported(
        sheet, put_products(world, brand_id, sheet.drafts, CSV, replace=is_whole)
    )
