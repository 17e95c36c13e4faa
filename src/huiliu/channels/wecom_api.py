"""WeCom's server API: one token of a corporation's secret for all processes, and what codes mean.

Source: developer.work.weixin.qq.com/document/path/91039 (token), 90313 (codes), 90454 (limits).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

import msgspec

from huiliu.channels.access import Access
from huiliu.channels.sms_cloud import json_of, without_numbers
from huiliu.channels.wechat_api import ApiAnswer
from huiliu.kernel.times import MINUTE
from huiliu.ports.channel import AnswerState, ChannelAccount
from huiliu.ports.outbound import HttpAnswer, HttpCall, Outbound, Reach

__all__ = ["ENDPOINT", "WecomApi", "mint_wecom_token"]

ENDPOINT: Final = "https://qyapi.weixin.qq.com"
_TOKEN: Final = "/cgi-bin/gettoken"  # noqa: S105 - a path
_JSON: Final = "application/json; charset=utf-8"
#: The token is no good: renew it once, then the call once more.
_STALE: Final = frozenset({40001, 40014, 41001, 42001})
#: code -> what it means; others refuse what was asked only.
_REACTIONS: Final = {
    -1: AnswerState.RETRY,
    0: AnswerState.ACCEPTED,
    40096: AnswerState.SUPPRESS,
    84061: AnswerState.SUPPRESS,
    40058: AnswerState.FIX,
    41048: AnswerState.REJECTED,
    45002: AnswerState.FIX,
    45009: AnswerState.THROTTLED,
    45033: AnswerState.THROTTLED,
    40013: AnswerState.PAUSE,
    40056: AnswerState.FIX,
    40001: AnswerState.REFRESH,
    40014: AnswerState.REFRESH,
    41001: AnswerState.REFRESH,
    42001: AnswerState.REFRESH,
    48002: AnswerState.PAUSE,
    60011: AnswerState.PAUSE,
    60020: AnswerState.PAUSE,
    301002: AnswerState.PAUSE,
    40007: AnswerState.FIX,
    40063: AnswerState.FIX,
    90500: AnswerState.REJECTED,
    90501: AnswerState.REJECTED,
}
#: Without an answer: not let out, not reached, or nobody knows.
_UNANSWERED: Final = {
    Reach.REFUSED: AnswerState.PAUSE,
    Reach.UNREACHED: AnswerState.THROTTLED,
    Reach.UNKNOWN: AnswerState.UNKNOWN,
}
_PERSON: Final = re.compile(r"\bw[mo][\w-]{10,64}\b")
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class WecomApi:
    """Asks the API as a corporation."""

    def __init__(self, access: Access) -> None:
        """Hold the doors."""
        self._access = access

    def ask(
        self,
        account: ChannelAccount,
        path: str,
        body: Mapping[str, object] | None = None,
        query: Mapping[str, str] = _NOTHING,
    ) -> ApiAnswer:
        """Ask one thing; GET where nothing is posted. A token that has ended is renewed once."""
        token = self._access.tokens.get(account)
        if not token:
            return ApiAnswer(AnswerState.REFRESH, response="no access token")
        answer = _read(self._call(account, path, body, query, token))
        if answer.state is AnswerState.REFRESH:
            fresh = self._access.tokens.renew(account, token)
            if fresh and fresh != token:
                answer = _read(self._call(account, path, body, query, fresh))
        return answer

    def _call(
        self,
        account: ChannelAccount,
        path: str,
        body: Mapping[str, object] | None,
        query: Mapping[str, str],
        token: str,
    ) -> HttpAnswer:
        """Make one call."""
        url = f"{_endpoint(account)}{path}?{urlencode({'access_token': token, **query})}"
        call = (
            HttpCall(url, method="GET")
            if body is None
            else HttpCall(url, headers={"Content-Type": _JSON}, body=msgspec.json.encode(body))
        )
        return self._access.http.call([call])[0]


def mint_wecom_token(account: ChannelAccount, http: Outbound) -> tuple[str, int] | None:
    """Ask for the token of a corporation's secret; asked again early, the same comes."""
    config = account.config
    query = urlencode({
        "corpid": config.get("corp_id", ""), "corpsecret": config.get("corp_secret", ""),
    })  # fmt: skip
    answer = http.call([HttpCall(f"{_endpoint(account)}{_TOKEN}?{query}", method="GET")])[0]
    values = json_of(answer.body) if answer.is_taken else {}
    token, lives = values.get("access_token"), values.get("expires_in")
    if not isinstance(token, str) or not token:
        return None
    return token, lives if isinstance(lives, int) and lives > 0 else 300


def _read(answer: HttpAnswer) -> ApiAnswer:
    """Return what an answer means."""
    if answer.reach is not Reach.ANSWERED:
        return ApiAnswer(_UNANSWERED[answer.reach], response=answer.cause)
    if not answer.is_taken:
        busy = answer.status in {429, 503}
        state = AnswerState.THROTTLED if busy else AnswerState.UNKNOWN
        return ApiAnswer(state, response=f"HTTP {answer.status}")
    values = json_of(answer.body)
    code = values.get("errcode", 0) if values else None
    if not isinstance(code, int):
        return ApiAnswer(AnswerState.UNKNOWN, response="no answer that can be read")
    words = _PERSON.sub("…", without_numbers(f"{code} {values.get('errmsg', '')}".strip()))
    state = _REACTIONS.get(code, AnswerState.REJECTED)
    # Calls of a minute are counted anew with the next one.
    wait = MINUTE if state is AnswerState.THROTTLED else 0
    return ApiAnswer(state, values, str(code), words, wait)


def _endpoint(account: ChannelAccount) -> str:
    """Return where the API of an account is."""
    return (account.config.get("endpoint") or ENDPOINT).rstrip("/")
