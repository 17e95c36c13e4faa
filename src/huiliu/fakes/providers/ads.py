"""What every fake ad platform does: it holds audiences, conversions, campaigns and their costs.

A fake reads what it is sent by its own means: it knows nothing of how we write it. Tokens end for
real: only the newest is good, and the key of a renewal is good once where the platform says so.
"""

from __future__ import annotations

import email.parser
import email.policy
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from huiliu.fakes.providers.cloud import Asked, FakeCloud, Given, Push, Sent

__all__ = ["FakeAds", "files_of", "form_of", "numbers"]


class FakeAds(FakeCloud):
    """An ad platform in a thread of its own."""

    #: The key of a renewal changes with each.
    rotates: ClassVar[bool] = True

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        now: Callable[[], int],
        templates: Mapping[str, str] | None = None,
        seed: int = 1,
    ) -> None:
        """Prepare as every fake does."""
        super().__init__(port, host=host, now=now, templates=templates, seed=seed)
        #: Id -> the hashes that it holds.
        self.audiences: dict[str, set[str]] = {}
        self.published: set[str] = set()
        #: Every conversion taken, by the id that a repeat is known by.
        self.conversions: dict[str, Mapping[str, Any]] = {}
        self.n_repeats = 0
        #: Id -> `on` and `budget`.
        self.campaigns: dict[str, dict[str, Any]] = {"1001": {"on": True, "budget": 0}}
        #: (day, campaign, name, cost in major units, shown, clicks, conversions)
        self.costs: list[tuple[str, str, str, str, int, int, int]] = []
        self.n_tokens = 0
        self.token = ""
        self.renewal = "refresh-0"
        #: The next so many calls for anything but a token are answered as busy.
        self.n_busy = 0
        self.is_denied = False
        self._n_audiences = 0
        #: Path -> the ids of a file that was uploaded.
        self.files: dict[str, list[str]] = {}
        #: Words that were used.
        self.nonces: set[str] = set()
        #: Each job's list and operations.
        self.jobs: dict[str, tuple[str, list[dict[str, Any]]]] = {}

    def counts(self) -> dict[str, object]:
        """Return what it holds, without any hash."""
        held = {name: len(found) for name, found in sorted(self.audiences.items())}
        return super().counts() | {
            "audiences": held, "conversions": len(self.conversions),
            "campaigns": {name: dict(one) for name, one in sorted(self.campaigns.items())},
        }  # fmt: skip

    def end_token(self) -> None:
        """Let the access token end before its time."""
        self.token = f"ended-{self.n_tokens}"

    def renewed(self, given: str) -> bool:
        """Give a new token for a key of renewals; False = the key is not good any more."""
        if given != self.renewal:
            return False
        self.n_tokens += 1
        self.token = f"token-{self.n_tokens}"
        if self.rotates:
            self.renewal = f"refresh-{self.n_tokens}"
        return True

    def is_busy(self) -> bool:
        """Say whether this call is one too many."""
        if self.n_busy:
            self.n_busy -= 1
            return True
        return False

    def made(self, prefix: str = "") -> str:
        """Return the id of a fresh, empty audience."""
        self._n_audiences += 1
        known = f"{prefix}{70_000 + self._n_audiences}"
        self.audiences[known] = set()
        return known

    def told(self, known: str, row: Mapping[str, Any]) -> None:
        """Keep a conversion; one that is known already counts once."""
        if known in self.conversions:
            self.n_repeats += 1
        self.conversions[known] = row

    def report(self, sent: Sent, fate: str) -> Push:
        """Report nothing: ad platforms carry no messages."""
        raise NotImplementedError

    def reply(self, number: str, text: str) -> None:
        """Let nobody answer."""
        raise NotImplementedError

    def busy(self) -> Given:
        """Answer one call too many in a second."""
        raise NotImplementedError


def form_of(asked: Asked) -> tuple[dict[str, str], dict[str, bytes]]:
    """Return the fields and files of a multipart form."""
    head = f"Content-Type: {asked.headers.get('content-type', '')}\r\n\r\n".encode()
    parser = email.parser.BytesParser(policy=email.policy.HTTP)
    fields: dict[str, str] = {}
    files: dict[str, bytes] = {}
    for part in parser.parsebytes(head + asked.body).iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        raw = content if isinstance(content, bytes) else b""
        if part.get_filename() is None:
            fields[name] = raw.decode()
        else:
            files[name] = raw
    return fields, files


def files_of(asked: Asked) -> bytes:
    """Return the one file of a multipart form."""
    return next(iter(form_of(asked)[1].values()), b"")


def numbers(written: object) -> list[int]:
    """Return whole numbers of a list."""
    return [int(str(one)) for one in written] if isinstance(written, list) else []
