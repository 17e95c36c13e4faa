"""The segment builder as people use it: by mouse, by keys alone, as YAML, and when things fail."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect
from tests.e2e.console.brand import N_PEOPLE
from tests.e2e.console.test_console_looks import faults, settle

pytestmark = pytest.mark.browser
SignIn = Callable[..., Page]

PER_CITY = N_PEOPLE // 4
#: People of Shanghai with an order above 300: numbers 16 and 20 of the brand.
N_BIG = 2


def opened(page: Page, path: str = "/segments/new") -> Page:
    """Open the builder and wait for its first count."""
    page.goto(path)
    expect(page.locator("#count .big-number")).to_be_visible()
    return page


def count(page: Page, number: int) -> None:
    """Wait for a count."""
    expect(page.locator("#count .big-number")).to_have_text(str(number))
    expect(page.locator("#count.is-counting")).to_have_count(0)


def yaml(page: Page) -> str:
    """Return the document as the right side shows it."""
    return page.locator("#source").input_value()


def add(page: Page, name: str, nth: int = -1) -> None:
    """Add a condition to a group by mouse; groups close in the order of their ends."""
    buttons = page.get_by_role("button", name="添加条件", exact=True)
    (buttons.last if nth < 0 else buttons.nth(nth)).click()
    page.get_by_role("menuitem").filter(has_text=re.compile(f"^{name}")).first.click()


def pick(page: Page, label: str, typed: str, option: str, nth: int = -1) -> None:
    """Choose in a picker by mouse after typing the beginning."""
    boxes = page.get_by_role("combobox", name=label, exact=True)
    box = boxes.last if nth < 0 else boxes.nth(nth)
    box.click()
    box.fill(typed)
    page.get_by_role("option").filter(has_text=option).first.click()


def test_a_nested_segment_is_built_by_mouse(sign_in: SignIn) -> None:
    """A group in the group, pickers with values, the count, the review, the members."""
    page = opened(sign_in(), "/segments/new")
    page.get_by_label("英文名称").fill("Big spenders of Shanghai")
    expect(page.get_by_label("标识")).to_have_value("big-spenders-of-shanghai")
    page.get_by_role("button", name="添加条件组").first.click()
    add(page, "用户属性", 0)
    pick(page, "用户属性", "城", "城市")
    value = page.get_by_role("combobox", name="等于", exact=True)
    value.click()
    page.get_by_role("option").filter(has_text="上海").click()
    add(page, "用户属性", 0)
    pick(page, "用户属性", "city", "城市")
    page.get_by_role("combobox", name="等于", exact=True).last.fill("成都")
    page.keyboard.press("Enter")
    count(page, 2 * PER_CITY)

    assert "any:" in yaml(page)
    expect(page.locator(".count-words")).to_contain_text("最近 30 天内做过 订单已支付")
    page.get_by_role("button", name="预览并应用").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".big-number")).to_have_text(str(2 * PER_CITY))
    dialog.get_by_role("button", name="应用", exact=True).click()

    page.wait_for_url("**/segments/big-spenders-of-shanghai*")
    expect(page.locator("#members tbody tr")).to_have_count(2 * PER_CITY)
    settle(page)
    expect(page.locator("#behind .upset")).to_be_visible()


def reach(page: Page, role: str, name: str) -> None:
    """Press Tab until the focus is on a control of that role and name."""
    for _ in range(120):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => {
                const one = document.activeElement;
                const role = one.getAttribute('role')
                    ?? {BUTTON: 'button', SELECT: 'select', TEXTAREA: 'textarea', INPUT: 'input'}[one.tagName];
                return [role, one.getAttribute('aria-label') ?? one.innerText ?? ''];
            }"""  # noqa: E501 - a script
        )
        if found[0] == role and str(found[1]).strip() == name:
            return
    raise AssertionError(f"Tab never reaches {role} {name}")


def typed(page: Page, *keys: str) -> None:
    """Press keys one after the other."""
    for key in keys:
        page.keyboard.press(key)


def test_a_nested_segment_is_built_by_keys_alone(sign_in: SignIn) -> None:
    """Tab, arrows, Enter and Escape reach everything; what is added has the focus."""
    page = opened(sign_in(locale="en"), "/segments/new")
    page.evaluate("document.activeElement.blur()")
    reach(page, "button", "Add group")
    typed(page, "Enter")
    expect(page.locator(".group")).to_have_count(2)
    reach(page, "button", "Add condition")
    typed(page, "Enter")
    expect(page.get_by_role("menu")).to_be_visible()
    typed(page, "Home", "Enter")
    expect(page.get_by_role("combobox", name="Trait", exact=True)).to_be_focused()
    page.keyboard.type("city")
    typed(page, "ArrowDown", "Enter")
    reach(page, "combobox", "is")
    page.keyboard.type("上")
    expect(page.get_by_role("option").filter(has_text="上海")).to_be_visible()
    typed(page, "ArrowDown", "Enter")
    count(page, PER_CITY)
    reach(page, "button", "Move up")
    typed(page, "Enter")
    expect(page.locator(".group .group")).to_have_count(0)
    expect(page.get_by_role("status").filter(has_text="Moved")).to_have_count(1)
    count(page, PER_CITY)
    reach(page, "button", "Undo")
    typed(page, "Enter")
    expect(page.locator(".group .group")).to_have_count(1)
    count(page, PER_CITY)
    reach(page, "button", "Review and apply")
    typed(page, "Enter")
    expect(page.get_by_role("dialog").locator(".big-number")).to_have_text(str(PER_CITY))

    typed(page, "Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    assert "any:" in yaml(page)


def test_rows_are_duplicated_negated_moved_and_removed(sign_in: SignIn) -> None:
    """By buttons, by dragging, and by Alt with arrows; each can be undone."""
    page = opened(sign_in(), "/segments/shanghai-buyers/edit")
    rows = page.locator(".cond")
    rows.nth(0).get_by_role("button", name="复制").click()
    expect(rows).to_have_count(3)
    rows.nth(1).get_by_role("button", name="取反").click()
    count(page, 0)
    rows.nth(1).locator(".grip").drag_to(rows.nth(2), target_position={"x": 40, "y": 60})
    expect(rows.nth(2)).to_have_class(re.compile("is-not"))
    rows.nth(2).get_by_role("combobox").first.focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(rows.nth(1)).to_have_class(re.compile("is-not"))
    rows.nth(1).get_by_role("button", name="删除").click()
    expect(rows).to_have_count(2)
    count(page, PER_CITY)

    page.get_by_role("button", name="撤销").click()

    expect(rows).to_have_count(3)
    count(page, 0)


def test_yaml_and_rows_are_one_document(sign_in: SignIn) -> None:
    """What is typed on one side stands on the other; faults are told by line and in their row."""
    page = opened(sign_in(), "/segments/shanghai-buyers/edit")
    source = page.locator("#source")
    whole = yaml(page)

    source.fill(whole.replace("is: 上海", "was: 上海"))

    expect(page.locator(".cond.is-wrong .row-problems")).to_contain_text("was")
    expect(page.locator(".yaml-lines .is-wrong").last).to_have_text("10")
    expect(page.get_by_role("button", name="预览并应用")).to_be_disabled()
    source.fill("where: [")
    expect(page.locator(".builder-rows .notice")).to_be_visible()
    source.fill(whole.replace("30d", "3d"))
    expect(page.get_by_role("textbox", name="最近")).to_have_value("3")
    page.get_by_role("textbox", name="最近").fill("45")
    expect(source).to_have_value(re.compile("within: 45d"))
    count(page, PER_CITY)


def test_operators_bring_their_own_fields(sign_in: SignIn) -> None:
    """A filter on a property, a range, a window: offered by the form, taken away again."""
    page = opened(sign_in(), "/segments/shanghai-buyers/edit")
    row = page.locator(".cond").nth(1)
    row.get_by_role("button", name="补充").click()
    page.get_by_role("menuitem").filter(has_text="且属性满足").click()
    pick(page, "事件属性", "tot", "total")
    row.get_by_label("比较方式").select_option("above")
    row.get_by_role("combobox", name="大于").fill("300")
    page.keyboard.press("Enter")
    count(page, N_BIG)
    assert "above: 300" in yaml(page)

    row.get_by_role("button", name="移除：最近").click()

    expect(page.locator("#source")).not_to_have_value(re.compile("within"))
    count(page, N_BIG)


def test_personal_values_are_never_offered_or_shown(sign_in: SignIn) -> None:
    """The picker says that they are sealed; a typed one is kept as a token."""
    page = opened(sign_in(), "/segments/shanghai-buyers/edit")
    add(page, "用户属性")
    pick(page, "用户属性", "email", "邮箱")
    value = page.get_by_role("combobox", name="等于", exact=True).last
    value.click()

    expect(page.locator(".combo-list")).to_have_text("个人信息已加密，不显示取值")
    value.fill("person4@shop.example")
    page.keyboard.press("Enter")
    count(page, 1)
    expect(page.locator(".count-words")).to_contain_text("••••••")
    expect(page.locator(".count-words")).not_to_contain_text("vlt_")


def test_a_stale_answer_is_dropped(sign_in: SignIn) -> None:
    """An answer that comes after a later question was asked never shows."""
    page = opened(sign_in(), "/segments/shanghai-buyers/edit")
    held: list[Route] = []

    def hold_first(route: Route, request: Request) -> None:
        if "1d" in (request.post_data or "") and not held:
            held.append(route)
        else:
            route.continue_()

    page.route("**/segments/count", hold_first)
    with page.expect_request("**/segments/count"):
        page.get_by_role("textbox", name="最近").fill("1")
    page.get_by_label("上移").nth(1).click()
    count(page, PER_CITY)

    held[0].fulfill(json={"n": 777, "n_people": 777, "is_away": False})

    page.get_by_role("textbox", name="最近").fill("60")
    count(page, PER_CITY)


def test_a_warehouse_that_does_not_answer_is_told(sign_in: SignIn) -> None:
    """The number is replaced by words, and comes back with the next change."""
    page = opened(sign_in(), "/segments/shanghai-buyers/edit")
    away: dict[str, Any] = {"json": {"is_away": True}}
    page.route("**/segments/count", lambda route: route.fulfill(**away))

    page.get_by_role("textbox", name="最近").fill("31")
    expect(page.locator("#count")).to_contain_text("数据仓库暂时没有响应")
    page.unroute("**/segments/count")
    page.get_by_role("textbox", name="最近").fill("32")

    count(page, PER_CITY)


@pytest.mark.parametrize(
    ("theme", "locale", "width"), [("light", "zh-CN", 1440), ("dark", "en", 390)]
)
def test_the_builder_at_work_can_be_used_by_everyone(
    sign_in: SignIn, theme: str, locale: str, width: int
) -> None:
    """Axe finds nothing while a menu, a picker, a problem or the review is open."""
    page = sign_in(locale=locale, theme=theme)
    page.set_viewport_size({"width": width, "height": 844})
    opened(page, "/segments/shanghai-buyers/edit")
    settle(page)
    words = {"zh-CN": ("添加条件", "预览并应用", "依次做过"),
             "en": ("Add condition", "Review and apply", "Did in order")}[locale]  # fmt: skip
    found: list[str] = []

    def look(at: str) -> None:
        found.extend(f"{at}: {fault}" for fault in faults(page))
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{at} scrolls sideways")

    page.get_by_role("button", name=words[1]).click()
    expect(page.get_by_role("dialog").locator(".big-number")).to_be_visible()
    look("review")
    page.keyboard.press("Escape")
    page.get_by_role("button", name=words[0], exact=True).click()
    look("menu")
    page.get_by_role("menuitem").nth(3).click()
    expect(page.locator(".row-problems")).to_be_visible()
    look("problem")
    page.locator(".stages").get_by_role("combobox").first.click()
    look("picker")

    assert found == []
