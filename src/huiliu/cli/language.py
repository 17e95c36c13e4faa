"""Which language this command speaks, decided once from its words, its instance and the system."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path

from huiliu.kernel.errors import BadSetting
from huiliu.kernel.texts import LOCALES, Text, render
from huiliu.settings import load, spoken

__all__ = ["choose_language", "language", "sentence"]

_LANGUAGE: ContextVar[str] = ContextVar("language", default=LOCALES[0])


def choose_language(words: Sequence[str]) -> None:
    """Speak the language that the instance sets, else the one of the system.

    An instance whose settings are broken must still be told so, hence the system's language then.
    """
    try:
        settings = load(_instance(words))
        chosen = settings.locale if settings.origin["locale"] != "default" else spoken()
    except (BadSetting, OSError):
        chosen = spoken()
    _LANGUAGE.set(chosen)


def language() -> str:
    """Return the language of this command: zh-CN or en."""
    return _LANGUAGE.get()


def sentence(said: Text | str) -> str:
    """Return a text, or the text of a key without arguments, in this command's language."""
    return render(said if isinstance(said, Text) else Text(said), language())


def _instance(words: Sequence[str]) -> Path:
    """Return the instance folder that the words name; the current folder where they name none."""
    for number, word in enumerate(words):
        if word.startswith("--instance="):
            return Path(word.partition("=")[2])
        if word == "--instance" and number + 1 < len(words):
            return Path(words[number + 1])
    return Path()
