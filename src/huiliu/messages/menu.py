"""The document `kind: menu`: the menu of an official account, and what it answers by itself.

An account shows one menu to everybody and may show others to some. What WeChat refuses is found
here, with its line, before anything is asked of it.
Source: developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Creating_Custom-Defined_Menu.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from huiliu.kernel.documents import HEADER, Loaded, dump, load, read_header
from huiliu.kernel.errors import Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import text

__all__ = ["KIND", "Button", "Menu", "parse_menu", "request_of"]

KIND: Final = "menu"
_KNOWN: Final = frozenset({*HEADER, "account", "for", "greeting", "buttons"})
_OF_BUTTON: Final = frozenset({
    "name", "url", "key", "answer", "app", "page", "scan", "buttons",
})  # fmt: skip
#: What a button does: the word that is written -> what WeChat calls it.
_KINDS: Final = MappingProxyType({
    "app": "miniprogram", "url": "view", "scan": "scancode_push", "key": "click",
})  # fmt: skip
_MOST, _MOST_BELOW = 3, 5
#: In bytes; a Chinese character has three.
_LONGEST_NAME, _LONGEST_NAME_BELOW = 16, 60
_LONGEST_KEY, _LONGEST_URL, _LONGEST_ANSWER = 128, 1_024, 2_048
_APP: Final = re.compile(r"wx[0-9a-f]{16}")
#: Whom a menu for some is for: our word -> (WeChat's, its values).
_RULES: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = MappingProxyType({
    "platform": ("client_platform_type", {"ios": "1", "android": "2", "other": "3"}),
    "tag": ("tag_id", {}),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Button:
    """One button."""

    name: str
    #: view, click, miniprogram or scancode_push; "" = it opens others.
    kind: str = ""
    url: str = ""
    key: str = ""
    #: What who presses it is told at once; "" = nothing.
    answer: str = ""
    app: str = ""
    page: str = ""
    below: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu as it is live."""

    slug: str
    name: Mapping[str, str]
    #: The official account's name among the channel accounts.
    account: str
    buttons: tuple[Button, ...]
    #: Canonical YAML.
    source: str
    #: Whom it is for: WeChat's word -> value; {} = everybody.
    rule: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: What a new follower is told at once; "" = nothing.
    greeting: str = ""

    def all_buttons(self) -> Iterator[Button]:
        """Yield every button, those that open others too."""
        for one in self.buttons:
            yield one
            yield from one.below


def parse_menu(source: str | bytes) -> Menu | tuple[Problem, ...]:
    """Return the menu that a YAML source describes, or every problem with its line."""
    loaded = load(source)
    if loaded.problems:
        return loaded.problems
    header, problems = read_header(loaded, KIND)
    reading = _Reading(loaded, list(problems))
    tree = loaded.tree
    for name in tree:
        if name not in _KNOWN:
            reading.wrong(name, "menus.unknown", name=name, known=", ".join(sorted(_KNOWN)))
    account = tree.get("account", "")
    if not isinstance(account, str) or not account.strip():
        reading.wrong("account", "menus.account")
    greeting = reading.words("greeting", tree.get("greeting"), _LONGEST_ANSWER)
    rule = reading.rule(tree.get("for"))
    buttons = reading.buttons("buttons", tree.get("buttons"), _MOST, 1)
    keys: set[str] = set()
    for path, one in reading.pressed:
        if one in keys:
            reading.wrong(path, "menus.twice", name=one)
        keys.add(one)
    if rule and greeting:
        reading.wrong("greeting", "menus.greeting_for_some")
    if reading.problems or header is None:
        return tuple(reading.problems)
    return Menu(
        header.slug, header.name, str(account), buttons, dump(tree), MappingProxyType(rule),
        greeting,
    )  # fmt: skip


def request_of(menu: Menu) -> dict[str, object]:
    """Return a menu as WeChat takes it."""
    found: dict[str, object] = {"button": [_button(one) for one in menu.buttons]}
    if menu.rule:
        found["matchrule"] = dict(menu.rule)
    return found


def _button(one: Button) -> dict[str, object]:
    """Return one button as WeChat takes it."""
    if one.below:
        return {"name": one.name, "sub_button": [_button(each) for each in one.below]}
    found: dict[str, object] = {"type": one.kind, "name": one.name}
    if one.kind == "miniprogram":
        # Old clients know no mini-programs: they are led to the address.
        return found | {"appid": one.app, "pagepath": one.page, "url": one.url}
    return found | ({"url": one.url} if one.kind == "view" else {"key": one.key})


@dataclass(slots=True)
class _Reading:
    """A document being read; collects every problem."""

    loaded: Loaded
    problems: list[Problem]
    #: (path, key) of the buttons that are known by a key.
    pressed: list[tuple[str, str]] = field(default_factory=list)

    def wrong(self, path: str, said: str, **arguments: object) -> None:
        """Note a problem at a path."""
        self.problems.append(self.loaded.problem(path, text(said, **arguments)))

    def words(self, path: str, written: Value, longest: int) -> str:
        """Return a text, "" where there is none."""
        if written is None:
            return ""
        if not isinstance(written, str) or len(written.encode()) > longest:
            self.wrong(path, "menus.too_long", longest=longest)
            return ""
        return written.strip()

    def rule(self, written: Value) -> dict[str, str]:
        """Return whom it is for."""
        if written is None:
            return {}
        if not isinstance(written, dict) or len(written) != 1:
            self.wrong("for", "menus.rule", known=", ".join(_RULES))
            return {}
        name, value = next(iter(written.items()))
        if name not in _RULES:
            self.wrong(f"for.{name}", "menus.rule", known=", ".join(_RULES))
            return {}
        theirs, values = _RULES[str(name)]
        if values and str(value) not in values:
            self.wrong(f"for.{name}", "menus.rule_value", known=", ".join(values))
            return {}
        if not values and not str(value).isdecimal():
            self.wrong(f"for.{name}", "menus.tag")
            return {}
        return {theirs: values.get(str(value), str(value))}

    def buttons(self, path: str, written: Value, most: int, depth: int) -> tuple[Button, ...]:
        """Return the buttons of a list."""
        if not isinstance(written, list) or not 1 <= len(written) <= most:
            self.wrong(path, "menus.buttons", most=most)
            return ()
        found = [
            self.button(f"{path}[{nth}]", one, depth) for nth, one in enumerate(written)
        ]  # fmt: skip
        return tuple(one for one in found if one is not None)

    def button(self, path: str, written: Value, depth: int) -> Button | None:
        """Return one button."""
        if not isinstance(written, dict):
            self.wrong(path, "menus.button")
            return None
        for one in written:
            if one not in _OF_BUTTON:
                known = ", ".join(sorted(_OF_BUTTON))
                self.wrong(f"{path}.{one}", "menus.unknown", name=one, known=known)
        name = written.get("name")
        longest = _LONGEST_NAME if depth == 1 else _LONGEST_NAME_BELOW
        if not isinstance(name, str) or not 0 < len(name.strip().encode()) <= longest:
            self.wrong(f"{path}.name", "menus.name", longest=longest, chinese=longest // 3)
            return None
        if "buttons" in written:
            return self._above(path, name.strip(), written, depth)
        return self._pressed(path, name.strip(), written)

    def _above(
        self, path: str, name: str, written: Mapping[str, Value], depth: int
    ) -> Button | None:
        """Return a button that opens others."""
        if depth > 1 or set(written) - {"name", "buttons"}:
            self.wrong(path, "menus.too_deep")
            return None
        below = self.buttons(f"{path}.buttons", written["buttons"], _MOST_BELOW, depth + 1)
        return Button(name, below=below)

    def _pressed(self, path: str, name: str, written: Mapping[str, Value]) -> Button | None:
        """Return a button that does something."""
        kind = next((theirs for ours, theirs in _KINDS.items() if ours in written), "")
        allowed = _FIELDS_OF.get(kind, frozenset())
        if not kind or set(written) & _OF_BUTTON - allowed - {"name"}:
            self.wrong(path, "menus.does_what", known=", ".join(_KINDS))
            return None
        if lacks := [one for one in _NEEDED_OF[kind] if not written.get(one)]:
            self.wrong(path, "menus.lacks", names=", ".join(lacks))
            return None
        url = self.words(f"{path}.url", written.get("url"), _LONGEST_URL)
        if url and not url.startswith(("https://", "http://")):
            self.wrong(f"{path}.url", "menus.url")
        key_name = "scan" if kind == "scancode_push" else "key"
        key = self.words(f"{path}.{key_name}", written.get(key_name), _LONGEST_KEY)
        if key:
            self.pressed.append((f"{path}.{key_name}", key))
        app = self.words(f"{path}.app", written.get("app"), _LONGEST_KEY)
        if app and not _APP.fullmatch(app):
            self.wrong(f"{path}.app", "menus.app")
        page = self.words(f"{path}.page", written.get("page"), _LONGEST_URL)
        answer = self.words(f"{path}.answer", written.get("answer"), _LONGEST_ANSWER)
        return Button(name, kind, url, key, answer, app, page)


_FIELDS_OF: Final[Mapping[str, frozenset[str]]] = MappingProxyType({
    "view": frozenset({"url"}), "click": frozenset({"key", "answer"}),
    "scancode_push": frozenset({"scan"}), "miniprogram": frozenset({"app", "page", "url"}),
})  # fmt: skip
_NEEDED_OF: Final[Mapping[str, Sequence[str]]] = MappingProxyType({
    "view": ("url",), "click": ("key",), "scancode_push": ("scan",),
    "miniprogram": ("app", "page", "url"),
})  # fmt: skip
