"""What a person says yes or no to, and what proves that they did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from huiliu.kernel.facts import Value

__all__ = ["Change", "Proof", "Taken", "Who", "Wish"]


@dataclass(frozen=True, slots=True)
class Who:
    """Whose word it is: somebody known, or whom the names name."""

    profile_id: int = 0
    #: As in a Segment call: `userId`, `anonymousId`, `traits` with `email` or `phone`.
    names: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is said yes or no to."""

    #: `email`, `sms`, ...; `*` in a refusal is every channel.
    channel: str
    purpose: str = "marketing"
    #: As it was written, where it was; only its keyed hash is kept.
    address: str = ""
    #: That hash, where only it is known.
    key: bytes = b""


@dataclass(frozen=True, slots=True)
class Proof:
    """How, where and under which words it was said."""

    #: form, double_opt_in, keyword, one_click, preference_centre, paper, import, console, api.
    method: str
    legal_basis: str = "consent"
    #: ISO 3166 country; "" = that of the phone number, where there is one.
    jurisdiction: str = ""
    #: Which wording was shown, and in which language.
    text_version: str = ""
    text_locale: str = ""
    #: `form:signup`, `import:crm`.
    source: str = ""
    #: Who took it down, never a name: `user:3`, `key:2`.
    collected_by: str = ""
    #: Page, form, message; nothing personal.
    evidence: Mapping[str, Value] = field(default_factory=dict)
    #: 0 = as the law or the brand's document says.
    expires_at: int = 0
    #: When the last purchase was, for a soft opt-in.
    purchased_at: int = 0
    #: These two go to the vault; in the ledger stands a keyed hash.
    ip: str = ""
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a wish."""

    wish: Wish
    #: granted, requested (it waits for its confirmation), or withdrawn.
    state: str


@dataclass(frozen=True, slots=True)
class Change:
    """Wishes of one kind, and the proof of them."""

    is_yes: bool
    wishes: Sequence[Wish]
    proof: Proof
