"""From RE2's regular expressions to Java's, for the question whether a pattern is found.

Java knows more and reads some words in another way. So a pattern is taken apart and every part is
written in words that mean the same there; a part that has no such words is refused.
"""

from __future__ import annotations

from typing import Final

from huiliu.kernel.errors import Unsupported

__all__ = ["java_pattern"]

_WORD: Final = "[0-9A-Za-z_]"
#: Outside of brackets. `\b` knows only ASCII letters in RE2, any in Java.
_ESCAPES: Final = {
    "d": "[0-9]", "D": "[^0-9]", "s": r"[\t\n\f\r ]", "S": r"[^\t\n\f\r ]",
    "w": _WORD, "W": f"[^{_WORD[1:]}", "A": r"\A", "z": r"\z",
    "b": f"(?:(?<={_WORD})(?!{_WORD})|(?<!{_WORD})(?={_WORD}))",
    "B": f"(?:(?<={_WORD})(?={_WORD})|(?<!{_WORD})(?!{_WORD}))",
}  # fmt: skip
#: Letters that stand for one character, in and out of brackets.
_CONTROLS: Final = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}
#: Classes inside of brackets.
_INSIDE: Final = {
    "d": "0-9", "s": r"\t\n\f\r ", "w": "0-9A-Za-z_",
    "D": "[^0-9]", "S": r"[^\t\n\f\r ]", "W": "[^0-9A-Za-z_]",
}  # fmt: skip
_POSIX: Final = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": r"\x00-\x7F", "blank": r"\t ",
    "cntrl": r"\x00-\x1F\x7F", "digit": "0-9", "graph": "!-~", "lower": "a-z", "print": " -~",
    "punct": r"!-/:-@\[-`{-~", "space": r"\t\n\x0B\f\r ", "upper": "A-Z",
    "word": "0-9A-Za-z_", "xdigit": "0-9A-Fa-f",
}  # fmt: skip
#: Unicode's general categories; other names are scripts, which Java wants said.
_CATEGORIES: Final = frozenset({
    "C", "Cc", "Cf", "Cn", "Co", "Cs", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn",
    "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm",
    "So", "Z", "Zl", "Zp", "Zs",
})  # fmt: skip


def java_pattern(pattern: str) -> str:
    """Return a pattern of Java that finds what an RE2 pattern finds.

    Raises:
        Unsupported: a part of it has no like in Java.
    """
    return _Reader(pattern).read()


class _Reader:
    """Reads a pattern that RE2 takes, part by part."""

    def __init__(self, pattern: str) -> None:
        """Begin at its beginning."""
        self._pattern = pattern
        self._at = 0
        #: Whether `$` means the end of a line, a group's own answer above its parent's.
        self._lines = [False]
        self._readers = {
            "\\": self._escaped, "[": self._brackets, "(": self._opened, "{": self._counted,
            "^": self._beginning, "$": self._ending,
        }  # fmt: skip

    def read(self) -> str:
        r"""Return the whole pattern.

        Flags of Java: d = only \n ends a line; u = upper and lower case of all letters.
        """
        parts = ["(?du)"]
        while self._at < len(self._pattern):
            parts.append(self._part())
        return "".join(parts)

    def _take(self, n: int = 1) -> str:
        """Return the next characters and step behind them."""
        taken = self._pattern[self._at : self._at + n]
        self._at += n
        return taken

    def _next(self, words: str) -> bool:
        """Say whether these words come next."""
        return self._pattern.startswith(words, self._at)

    def _part(self) -> str:
        """Return the next part."""
        one = self._take()
        if (read := self._readers.get(one)) is not None:
            return read()
        if one == ")" and len(self._lines) > 1:
            self._lines.pop()
        return one if one in ").|*+?" else _literal(one)

    def _beginning(self) -> str:
        """Return `^`; with (?m) Java finds no beginning behind a last new line."""
        return r"(?:\A|(?<=\n))" if self._lines[-1] else r"\A"

    def _ending(self) -> str:
        """Return `$`; without (?m) Java would also stop before a last new line."""
        return r"(?:\z|(?=\n))" if self._lines[-1] else r"\z"

    def _counted(self) -> str:
        """Return `{2,3}`, or the brace as a letter where it counts nothing."""
        inside, brace, _ = self._pattern[self._at :].partition("}")
        low, comma, high = inside.partition(",")
        if not brace or not low.isdecimal() or not (high.isdecimal() or not high):
            return r"\{"
        self._take(len(inside) + 1)
        return "{" + low + comma + high + "}"

    def _escaped(self) -> str:
        """Return what stands behind a backslash."""
        one = self._take()
        if one == "Q":
            return self._quoted()
        if one in "pP":
            return self._property(one)
        if one in _ESCAPES:
            return _ESCAPES[one]
        return self._character(one)

    def _character(self, one: str) -> str:
        """Return one character that is written by a letter or a number."""
        if one in _CONTROLS:
            return _code(_CONTROLS[one])
        if one == "x":
            if self._next("{"):
                digits = self._take(self._pattern.index("}", self._at) + 1 - self._at)[1:-1]
                return _code(int(digits, 16))
            return _code(int(self._take(2), 16))
        if one.isdecimal():
            digits = one
            while len(digits) < 3 and self._pattern[self._at : self._at + 1] in set("01234567"):
                digits += self._take()
            return _code(int(digits, 8))
        if one.isalpha():
            raise _unsupported(f"\\{one}")
        return _literal(one)

    def _quoted(self) -> str:
        r"""Return what stands between \Q and \E, letter by letter."""
        inside, end, _ = self._pattern[self._at :].partition("\\E")
        self._take(len(inside) + len(end))
        return "".join(map(_literal, inside))

    def _property(self, sign: str) -> str:
        r"""Return `\pL`, `\p{Greek}` or `\P{^Lu}`."""
        if self._next("{"):
            end = self._pattern.index("}", self._at)
            name = self._take(end + 1 - self._at)[1:-1]
        else:
            name = self._take()
        if name.startswith("^"):
            name, sign = name[1:], "P" if sign == "p" else "p"
        if name == "Any":
            return r"[\x{0}-\x{10FFFF}]" if sign == "p" else r"[^\x{0}-\x{10FFFF}]"
        return f"\\{sign}{{{name if name in _CATEGORIES else f'Is{name}'}}}"

    def _opened(self) -> str:
        """Return the opening of a group, or flags that hold from here on."""
        if not self._next("?"):
            self._lines.append(self._lines[-1])
            return "("
        self._take()
        if self._next("P<") or self._next("<"):
            # Names mean nothing to the question whether it is found.
            self._take(self._pattern.index(">", self._at) + 1 - self._at)
            self._lines.append(self._lines[-1])
            return "("
        flags = ""
        while not (self._next(":") or self._next(")")):
            flags += self._take()
        ended = self._take()
        if ended == ":":
            self._lines.append(self._lines[-1])
        on, _, off = flags.partition("-")
        if "m" in flags:
            self._lines[-1] = "m" in on
        # Longest or shortest first finds the same texts, and U means another thing in Java.
        kept = [part.replace("U", "").replace("m", "") for part in (on, off)]
        shown = kept[0] + (f"-{kept[1]}" if kept[1] else "")
        if not shown and ended == ")":
            return ""
        return f"(?{shown}{ended}"

    def _brackets(self) -> str:
        """Return a class in brackets; Java joins and crosses classes, so every sign is spelt."""
        sign = "[^" if self._next("^") else "["
        if sign == "[^":
            self._take()
        parts: list[str] = []
        first = True
        while first or not self._next("]"):
            parts.append(self._inside())
            first = False
        self._take()
        return sign + "".join(parts) + "]"

    def _inside(self) -> str:
        """Return one class or one character or range inside of brackets."""
        if self._next("[:"):
            inside = self._take(self._pattern.index(":]", self._at) + 2 - self._at)[2:-2]
            name = inside.removeprefix("^")
            return f"[^{_POSIX[name]}]" if inside.startswith("^") else _POSIX[name]
        one = self._take()
        if one == "\\":
            one = self._take()
            if one in _INSIDE:
                return _INSIDE[one]
            if one in "pP":
                return self._property(one)
            shown = self._character(one)
        else:
            shown = _literal(one)
        if self._next("-") and not self._next("-]"):
            self._take()
            return f"{shown}-{self._end()}"
        return shown

    def _end(self) -> str:
        """Return the last character of a range."""
        one = self._take()
        return self._character(self._take()) if one == "\\" else _literal(one)


def _literal(one: str) -> str:
    """Return a character that means itself."""
    if one.isascii() and not one.isalnum():
        return _code(ord(one)) if one.isspace() or not one.isprintable() else f"\\{one}"
    return one


def _code(point: int) -> str:
    """Return a character by its number."""
    return f"\\x{{{point:X}}}"


def _unsupported(part: str) -> Unsupported:
    """Return the error of a part that Java cannot say."""
    return Unsupported("Spark", f"{part} in a pattern")
