"""Access tokens as WeChat gives them: two kinds that know nothing of each other, and both die."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

__all__ = ["WechatTokens"]

SECOND: Final = 1_000_000
_LIVES_S: Final = 7_200
#: Of a stable token the next one is given out so long before its end; then both are good.
_EARLY_S: Final = 300
_FORCED_A_DAY: Final = 20
_FORCED_APART_S: Final = 30


@dataclass
class WechatTokens:
    """The tokens of one account."""

    now: Callable[[], int]
    #: Token -> when it ends, in seconds.
    ends: dict[str, int] = field(default_factory=dict)
    #: The stable one in force; "" = none yet.
    stable: str = ""
    #: How many were made, of each kind, and how often the stable one was forced.
    n_stable: int = 0
    n_plain: int = 0
    n_forced: int = 0
    #: Tokens that are refused although they are in force.
    refused: set[str] = field(default_factory=set)
    _plain: str = ""
    _forced: list[int] = field(default_factory=list)

    def is_good(self, token: str) -> bool:
        """Say whether calls with a token are taken."""
        ends_at = self.ends.get(token, 0)
        return ends_at > self._now_s() and token not in self.refused

    def ask_stable(self, *, forced: bool) -> tuple[str, int] | int:
        """Return (token, seconds that it lives on), or the code of a refusal."""
        now = self._now_s()
        if forced:
            self._forced = [at for at in self._forced if at > now - 86_400]
            if self._forced and now - self._forced[-1] < _FORCED_APART_S:
                return 45011
            if len(self._forced) >= _FORCED_A_DAY:
                return 45009
            self._forced.append(now)
            self.n_forced += 1
            self.ends.pop(self.stable, None)
            self.stable = self._make()
        elif self.ends.get(self.stable, 0) - now <= _EARLY_S:
            # What was good stays so for a while.
            self.stable = self._make()
        return self.stable, self.ends[self.stable] - now

    def ask_plain(self) -> tuple[str, int]:
        """Return a token of the older way: it ends the one before."""
        self.ends.pop(self._plain, None)
        self.n_plain += 1
        self._plain = f"plain-{self.n_plain}-{secrets.token_hex(16)}"
        self.ends[self._plain] = self._now_s() + _LIVES_S
        return self._plain, _LIVES_S

    def replace(self) -> None:
        """Let somebody else force a new stable token: the one in force dies at once."""
        self.ends.pop(self.stable, None)
        self.stable = self._make()

    def _make(self) -> str:
        """Make a stable token."""
        self.n_stable += 1
        made = f"stable-{self.n_stable}-{secrets.token_hex(16)}"
        self.ends[made] = self._now_s() + _LIVES_S
        return made

    def _now_s(self) -> int:
        """Return the time in seconds."""
        return self.now() // SECOND
