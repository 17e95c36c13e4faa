"""A text is a key of the two catalogues and its arguments; the shell renders it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType

__all__ = ["LOCALES", "Text", "catalogue", "render", "text"]

#: The languages of the console, the command line and the printers; the first is the default.
LOCALES = ("zh-CN", "en")

_NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence to be said in the reader's language: a catalogue key and its arguments."""

    key: str
    arguments: Mapping[str, object] = field(default_factory=lambda: _NOTHING)

    def __str__(self) -> str:
        """Return the English sentence, for logs and exceptions."""
        return render(self, "en")


def text(key: str, /, **arguments: object) -> Text:
    """Return the text of a catalogue key with its arguments."""
    return Text(key, arguments)


@cache
def catalogue(locale: str) -> Mapping[str, str]:
    """Return every text of one language, by key.

    Package data is part of the program, so reading it here is not I/O in the sense of the laws.
    """
    name = locale if locale in LOCALES else LOCALES[0]
    written = (files("huiliu") / "locales" / f"{name}.json").read_text("utf-8")
    texts: dict[str, str] = json.loads(written)
    return MappingProxyType(texts)


def render(said: Text, locale: str) -> str:
    """Return the sentence in one language; a missing key is shown as itself, never hidden."""
    pattern = catalogue(locale).get(said.key)
    if pattern is None:
        arguments = ", ".join(f"{name}={value}" for name, value in said.arguments.items())
        return f"{said.key}({arguments})" if arguments else said.key
    shown = {name: _shown(value, locale) for name, value in said.arguments.items()}
    return pattern.format_map(shown)


def _shown(value: object, locale: str) -> object:
    """Return an argument in one language: a text, or words that came in several languages."""
    if isinstance(value, Text):
        return render(value, locale)
    if isinstance(value, Mapping):
        return value.get(locale) or next(iter(value.values()), "")
    return value
