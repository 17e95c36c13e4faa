"""Menus are read with every fault and its line, and written as WeChat wants them."""

from __future__ import annotations

import pytest

from huiliu.messages.menu import Menu, parse_menu, request_of

HEAD = "huiliu: 1\nkind: menu\nslug: main\nname: {zh-CN: 主菜单}\naccount: main\n"
GOOD = (
    HEAD
    + """\
greeting: 欢迎
buttons:
  - {name: 商城, url: "https://tea.example"}
  - name: 会员
    buttons:
      - {name: 积分, key: points, answer: 好的}
      - {name: 小程序, app: wx0123456789abcdef, page: pages/a, url: "https://tea.example/m"}
      - {name: 扫一扫, scan: goods}
"""
)


def menu(source: str) -> Menu:
    """Return a menu that is good."""
    found = parse_menu(source)
    assert isinstance(found, Menu), found
    return found


def faults(source: str) -> list[tuple[str, str, int]]:
    """Return path, text and line of all that is wrong."""
    found = parse_menu(source)
    assert isinstance(found, tuple)
    return [(one.path, one.text.key, one.line) for one in found]


def test_a_menu_is_written_as_the_platform_takes_it() -> None:
    """Each kind of button under WeChat's own names; answers and greetings stay here."""
    assert request_of(menu(GOOD)) == {
        "button": [
            {"type": "view", "name": "商城", "url": "https://tea.example"},
            {
                "name": "会员",
                "sub_button": [
                    {"type": "click", "name": "积分", "key": "points"},
                    {
                        "type": "miniprogram", "name": "小程序", "appid": "wx0123456789abcdef",
                        "pagepath": "pages/a", "url": "https://tea.example/m",
                    },
                    {"type": "scancode_push", "name": "扫一扫", "key": "goods"},
                ],
            },
        ]
    }  # fmt: skip
    assert [one.name for one in menu(GOOD).all_buttons()] == [
        "商城", "会员", "积分", "小程序", "扫一扫",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "theirs"),
    [("{platform: ios}", ("client_platform_type", "1")), ("{tag: 102}", ("tag_id", "102"))],
)
def test_a_menu_for_some_says_for_whom(written: str, theirs: tuple[str, str]) -> None:
    """By the phone's kind or by a tag's number."""
    source = GOOD.replace("greeting: 欢迎", f"for: {written}")
    assert request_of(menu(source))["matchrule"] == dict([theirs])


def test_canonical_yaml_reads_back_the_same() -> None:
    """What is stored says what was written."""
    assert menu(menu(GOOD).source).source == menu(GOOD).source


@pytest.mark.parametrize(
    ("buttons", "path", "key", "line"),
    [
        ("buttons: []", "buttons", "menus.buttons", 6),
        ("buttons: [" + "{name: a, key: k}," * 4 + "]", "buttons", "menus.buttons", 6),
        ("buttons:\n  - {name: 六个汉字太长, key: k}", "buttons[0].name", "menus.name", 7),
        ("buttons:\n  - {name: a}", "buttons[0]", "menus.does_what", 7),
        ('buttons:\n  - {name: a, key: k, url: "https://x.example"}', "buttons[0]",
         "menus.does_what", 7),
        ("buttons:\n  - {name: a, app: wx0123456789abcdef}", "buttons[0]", "menus.lacks", 7),
        ("buttons:\n  - {name: a, url: ftp}", "buttons[0].url", "menus.url", 7),
        ("buttons:\n  - {name: a, key: k}\n  - {name: b, key: k}", "buttons[1].key",
         "menus.twice", 8),
        ("buttons:\n  - name: a\n    buttons:\n      - {name: b, buttons: [{name: c, key: k}]}",
         "buttons[0].buttons[0]", "menus.too_deep", 9),
        ("buttons:\n  - {name: a, key: k, colour: red}", "buttons[0].colour", "menus.unknown", 7),
        ("buttons:\n  - just words", "buttons[0]", "menus.button", 7),
        ("for: {city: hz}\nbuttons:\n  - {name: a, key: k}", "for.city", "menus.rule", 6),
        ("for: {platform: palm}\nbuttons:\n  - {name: a, key: k}", "for.platform",
         "menus.rule_value", 6),
        ("for: {tag: gold}\nbuttons:\n  - {name: a, key: k}", "for.tag", "menus.tag", 6),
        ("for: {tag: 1}\ngreeting: hi\nbuttons:\n  - {name: a, key: k}", "greeting",
         "menus.greeting_for_some", 7),
    ],
)  # fmt: skip
def test_what_the_platform_would_refuse_is_told_with_its_line(
    buttons: str, path: str, key: str, line: int
) -> None:
    """Before anything is asked of it."""
    assert faults(f"{HEAD}{buttons}\n") == [(path, key, line)]


def test_all_faults_come_at_once() -> None:
    """Account, unknown field, button and key: four of four."""
    source = HEAD.replace("account: main", 'account: ""\ncolour: red')
    found = faults(f"{source}buttons:\n  - {{name: a}}\n  - {{name: b, key: {'k' * 129}}}\n")
    assert [one[0] for one in found] == ["colour", "account", "buttons[0]", "buttons[1].key"]
