"""Pages of segments and lists as people use them: looking behind a number, versions, files."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.console.brand import N_PEOPLE, SEGMENT, Brand
from tests.e2e.console.test_console_looks import faults, settle

from huiliu.services.apply_segment import apply_segment
from huiliu.services.project import project

pytestmark = pytest.mark.browser
SignIn = Callable[..., Page]

PER_CITY = N_PEOPLE // 4


def applied(brand: Brand, slug: str, city: str) -> None:
    """Make another segment live."""
    source = SEGMENT.replace("shanghai-buyers", slug).replace("上海", city)
    apply_segment(brand.world, 1, source, "test")
    caught_up(brand)


def caught_up(brand: Brand) -> None:
    """Let everything that was written be seen everywhere."""
    while project(brand.world):
        pass
    brand.world.warehouse.catch_up(180)


def test_what_is_behind_a_number_is_shown(brand: Brand, sign_in: SignIn) -> None:
    """Reach by channel, overlap with the chosen segment, people masked, the size over time."""
    applied(brand, "beijing-buyers", "北京")
    page = sign_in()

    page.goto("/segments/beijing-buyers")

    expect(page.locator(".chart svg")).to_be_visible()
    expect(page.locator("#behind .bar-row").first).to_contain_text("邮件")
    expect(page.locator("#behind .bar-row").first).to_contain_text(str(PER_CITY))
    expect(page.locator("#behind")).to_contain_text("••••••")
    assert "@shop.example" not in page.locator("main").inner_text()


def test_two_versions_are_compared_and_one_restored(brand: Brand, sign_in: SignIn) -> None:
    """The difference is said in words, with the people whom it is about."""
    applied(brand, "chengdu-buyers", "成都")
    applied(brand, "chengdu-buyers", "杭州")
    page = sign_in()
    page.goto("/segments/chengdu-buyers/versions")
    expect(page.locator(".changes")).to_contain_text("城市 是 成都 → 城市 是 杭州")
    expect(page.locator(".review-side").nth(1)).to_contain_text(str(PER_CITY))
    assert faults(page) == []
    page.on("dialog", lambda dialog: dialog.accept())

    page.get_by_role("button", name="恢复为 v1").click()

    page.wait_for_url("**/segments/chengdu-buyers?applied=3")
    expect(page.locator(".notice-good")).to_contain_text("v3")


def test_a_list_is_imported_from_a_file(brand: Brand, sign_in: SignIn, tmp_path: Path) -> None:
    """A look first: columns, good and bad rows with their lines; then a segment of the list."""
    file = tmp_path / "vips.csv"
    caught_up(brand)
    file.write_text("会员,手机号,=x\nu-1,,a\nu-2,,b\n,12,c\n", "utf-8")
    page = sign_in()
    page.goto("/lists/import")
    page.fill("input[name=slug]", "vips")
    page.fill("input[name=name]", "贵宾")
    page.set_input_files("input[name=file]", file)
    expect(page.locator("#preview .bad-rows tr")).to_have_count(3)
    page.locator("select[name='column.0']").select_option("user_id")
    expect(page.locator("#preview .bad-rows tr")).to_have_count(1)
    expect(page.locator("#preview .bad-rows")).to_contain_text("第 4 行")
    assert faults(page) == []

    page.get_by_role("button", name="导入 2 人").click()
    page.wait_for_url("**/lists/vips?entered=2*")
    caught_up(brand)
    page.reload()

    expect(page.locator("tbody tr")).to_have_count(2)
    settle(page)
    assert faults(page) == []
    page.get_by_role("link", name="创建分群").click()
    expect(page.locator("#count .big-number")).to_have_text("2")
    expect(page.locator(".cond .combo input")).to_have_value("贵宾")


def test_members_are_downloaded_as_a_file(sign_in: SignIn) -> None:
    """One line a person, named after the segment."""
    page = sign_in("marketer")
    page.goto("/segments/shanghai-buyers")

    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile("CSV")).click()

    assert waiting.value.suggested_filename == "shanghai-buyers.csv"
    lines = Path(waiting.value.path()).read_text("utf-8-sig").splitlines()
    assert len(lines) == 1 + PER_CITY


def test_a_viewer_looks_and_changes_nothing(sign_in: SignIn) -> None:
    """No button to make, change, export or remove; nor does the address lead anywhere."""
    page = sign_in("viewer", locale="en")
    page.goto("/segments/shanghai-buyers")
    settle(page)

    expect(page.locator("main form[method=post]")).to_have_count(0)
    expect(page.locator(".page-tools a")).to_have_count(0)
    page.goto("/segments/shanghai-buyers/edit")
    expect(page.locator("h1")).to_have_text("You may not do this")
