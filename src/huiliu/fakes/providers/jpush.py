"""JPush's side of push: Basic sign-in, ids by which repeats are known, limits a minute."""

from __future__ import annotations

import base64
import hmac
import os
import re
import uuid
from typing import ClassVar, Final

from huiliu.fakes.providers.cloud import Asked, Given, Sent, script_of
from huiliu.fakes.providers.push import FakePush

__all__ = ["FakeJpush"]

_KEY, _SECRET = "fakejpushappkey000000001", "fakejpushsecret000000001"
_CID: Final = re.compile(rf"{_KEY}-[0-9a-f-]{{36}}")
#: What a script answers: (status, code, words).
_FAULTS: Final = {
    "no_number": (400, 1011, "cannot find user by this audience"),
    "bad_words": (400, 1005, "message is too long"),
    "no_money": (403, 2004, "ip not in whitelist"),
    "busy": (429, 2002, "rate limit exceeded"),
    "fault": (503, 1030, "server error"),
    "crash": (500, 1000, "internal error"),
}


class FakeJpush(FakePush):
    """JPush's REST API, version 3."""

    name: ClassVar[str] = "jpush"

    def __init__(self, *given: int, **more: object) -> None:
        """Prepare as every fake does."""
        super().__init__(*given, **more)  # type: ignore[arg-type]  # as FakeCloud takes them
        #: Id of a push -> what it was answered.
        self.answered: dict[str, Given] = {}
        #: Ids given out.
        self.ids: set[str] = set()

    @property
    def config(self) -> dict[str, str]:
        """Return the fields of an account here."""
        return {"app_key": _KEY, "master_secret": _SECRET, "endpoint": self.url}

    def refuse(self, asked: Asked) -> Given | None:
        """Check key and secret."""
        expected = base64.b64encode(f"{_KEY}:{_SECRET}".encode()).decode()
        if hmac.compare_digest(asked.headers.get("authorization", ""), f"Basic {expected}"):
            return None
        return _fault(401, 1004, "Authen failed")

    def busy(self) -> Given:
        """Answer one call too many."""
        return _fault(*_FAULTS["busy"])

    def answer(self, asked: Asked) -> Given:
        """Give ids for pushes, or take a push."""
        if asked.method == "GET" and asked.path == "/v3/push/cid":
            count = min(int(asked.values().get("count", "1")), 10)
            made = [f"{_KEY}-{uuid.UUID(bytes=os.urandom(16))}" for _ in range(count)]
            self.ids |= set(made)
            return Given({"cidlist": made})
        if asked.method != "POST" or asked.path != "/v3/push":
            return _fault(404, 1001, "no such method")
        body = asked.json()
        cid = str(body.get("cid") or "")
        if cid and (not _CID.fullmatch(cid) or cid not in self.ids):
            return _fault(400, 1003, "cid is invalid")
        if cid in self.answered:
            self.arrivals.count("repeats")
            return self.answered[cid]
        given = self._push(body)
        if cid and given.status == 200:
            self.answered[cid] = Given(given.body)
        return given

    def _push(self, body: dict[str, object]) -> Given:
        """Take a push to devices."""
        audience = body.get("audience")
        ids = audience.get("registration_id") if isinstance(audience, dict) else None
        shown = body.get("notification")
        android = shown.get("android") if isinstance(shown, dict) else None
        if not isinstance(ids, list) or not ids or len(ids) > 1_000:
            return _fault(400, 1003, "audience is invalid")
        if not isinstance(android, dict) or not android.get("alert"):
            return _fault(400, 1003, "notification is invalid")
        scripts = [script_of(str(one)) for one in ids]
        for script in scripts:
            if script in _FAULTS and (script != "no_number" or set(scripts) == {"no_number"}):
                return _fault(*_FAULTS[script])
        known = str(18_100_000_000 + len(self.sent) + 1)
        for at, one in enumerate(str(one) for one in ids):
            self.keep(Sent(one, str(android["alert"]), f"{known}/{at}", at=self.now()))
        made = {"sendno": "0", "msg_id": known}
        lost = next((one for one in scripts if one in {"hang", "lost_answer"}), "")
        if lost:
            return Given(made, instead="hang" if lost == "hang" else "drop")
        return Given(made)


def _fault(status: int, code: int, words: str) -> Given:
    """Refuse in JPush's words."""
    limits = {
        "X-Rate-Limit-Limit": "600",
        "X-Rate-Limit-Remaining": "0",
        "X-Rate-Limit-Reset": "20",
    }
    return Given(
        {"error": {"code": code, "message": words}}, status, limits if status == 429 else {}
    )
