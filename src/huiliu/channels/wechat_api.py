"""WeChat's server API: one token that all processes share, and calls that stop when they must.

Only `stable_token` is ever asked for a token: the older way ends the token of everybody else each
time. A call that is refused for its token goes once more with another; the refresher sees to it
that many who are refused at once ask for one new token, not for many (40001 storms).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

import msgspec

from huiliu.channels.access import Access
from huiliu.channels.sms_cloud import AT_ONCE, json_of
from huiliu.channels.wechat_reactions import (
    DAY_SPENT,
    STALE,
    patience,
    reaction,
    said,
    until_midnight,
)
from huiliu.kernel.facts import Value
from huiliu.kernel.times import MINUTE, SECOND
from huiliu.ports.channel import AnswerState, ChannelAccount
from huiliu.ports.outbound import HttpAnswer, HttpCall, Outbound, Reach
from huiliu.ports.quotas import Quota

__all__ = [
    "ENDPOINT",
    "ApiAnswer",
    "ApiCall",
    "WechatApi",
    "force_stable_token",
    "mint_stable_token",
    "read",
]

ENDPOINT: Final = "https://api.weixin.qq.com"
_TOKEN: Final = "/cgi-bin/stable_token"  # noqa: S105 - a path
_QUOTA: Final = "/cgi-bin/openapi/quota/get"
_JSON: Final = "application/json; charset=utf-8"
#: Where the quota cannot be read it is asked again after this, whatever it may say.
_UNREAD: Final = 5 * MINUTE
#: After these nothing more is asked of the same account at once.
_ENOUGH: Final = frozenset({AnswerState.PAUSE, AnswerState.THROTTLED})
#: Without an answer: not let out, not reached, or nobody knows.
_UNANSWERED: Final = {
    Reach.REFUSED: AnswerState.PAUSE,
    Reach.UNREACHED: AnswerState.THROTTLED,
    Reach.UNKNOWN: AnswerState.UNKNOWN,
}
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_NO_VALUES: Final[Mapping[str, Value]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One question to the API; the token is put on when it goes."""

    path: str
    #: What is posted as JSON; None = nothing is.
    body: Mapping[str, object] | None = None
    query: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    #: (content type, bytes) of what is no JSON.
    raw: tuple[str, bytes] | None = None


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What the API said, and what it means."""

    state: AnswerState
    values: Mapping[str, Value] = field(default_factory=lambda: _NO_VALUES)
    #: The return code as text; "" = there was no answer.
    code: str = ""
    #: Code and words, without anything that names a person.
    response: str = ""
    #: When to ask again, in microseconds from now; 0 = it does not say.
    retry_after: int = 0


class WechatApi:
    """Asks the API as an account."""

    def __init__(self, access: Access) -> None:
        """Hold the doors."""
        self._access = access

    def ask(
        self,
        account: ChannelAccount,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        query: Mapping[str, str] = _NOTHING,
        raw: tuple[str, bytes] | None = None,
    ) -> ApiAnswer:
        """Ask one thing; GET where nothing is posted."""
        return self.ask_all(account, [ApiCall(path, body, query, raw)])[0]

    def ask_all(self, account: ChannelAccount, calls: Sequence[ApiCall]) -> list[ApiAnswer]:
        """Ask side by side and return an answer to each, in their order.

        What stops one (a quota that is spent, an account that is refused) is not tried with the
        others: they get the same answer.
        """
        token = self._access.tokens.get(account)
        if not token:
            return [self._without_token(account)] * len(calls)
        found: list[ApiAnswer | None] = [None] * len(calls)
        waiting = deque(range(len(calls)))
        renewed = False
        while waiting:
            some = [waiting.popleft() for _ in range(min(AT_ONCE, len(waiting)))]
            answers = self._call(account, [calls[nth] for nth in some], token)
            stale = [nth for nth, one in zip(some, answers, strict=True) if _is_stale(one)]
            if stale and not renewed:
                renewed = True
                token = self._access.tokens.renew(account, token) or token
                waiting.extendleft(reversed(stale))
            again = set(stale) & set(waiting)
            for nth, one in zip(some, answers, strict=True):
                if nth not in again:
                    found[nth] = self._weighed(account, calls[nth].path, one, token)
            last = next((found[n] for n in some if (f := found[n]) and f.state in _ENOUGH), None)
            if last is not None:
                for nth in waiting:
                    found[nth] = last
                waiting.clear()
        return [one or ApiAnswer(AnswerState.UNKNOWN) for one in found]

    def quota(self, account: ChannelAccount, path: str) -> Quota | None:
        """Return how often a path may be called, as the API says now; None = it does not."""
        token = self._access.tokens.get(account)
        return self._quota(account, path, token) if token else None

    def _quota(self, account: ChannelAccount, path: str, token: str) -> Quota | None:
        """Ask for the quota of a path, with a token at hand."""
        call = ApiCall(_QUOTA, {"cgi_path": path})
        answer = self._access.http.call([_http(account, call, token)])[0]
        values = json_of(answer.body) if answer.is_taken else {}
        found, burst = values.get("quota"), values.get("rate_limit")
        if values.get("errcode") != 0 or not isinstance(found, Mapping):
            return None
        burst = burst if isinstance(burst, Mapping) else {}
        return Quota(
            path, _whole(found.get("daily_limit")), _whole(found.get("used")),
            _whole(found.get("remain")), _whole(burst.get("call_count")),
            _whole(burst.get("refresh_second")),
        )  # fmt: skip

    def _call(
        self, account: ChannelAccount, calls: Sequence[ApiCall], token: str
    ) -> list[HttpAnswer]:
        """Make calls at once."""
        return self._access.http.call([_http(account, one, token) for one in calls])

    def _weighed(
        self, account: ChannelAccount, path: str, answer: HttpAnswer, token: str
    ) -> ApiAnswer:
        """Return what an answer means; of a spent quota, until when it is."""
        found = read(answer, self._access.clock.now())
        if found.code != str(DAY_SPENT):
            return found
        quota, now = self._quota(account, path, token), self._access.clock.now()
        if quota is None:
            wait, how = _UNREAD, ""
        elif quota.left > 0:
            wait, how = (quota.burst_seconds or 60) * SECOND, " (of the minute)"
        else:
            wait, how = until_midnight(now), f" ({quota.used} of {quota.daily} today)"
        return ApiAnswer(found.state, found.values, found.code, found.response + how, wait)

    def _without_token(self, account: ChannelAccount) -> ApiAnswer:
        """Return why there is no token, in WeChat's words: a wrong secret is never mended alone."""
        answer = self._access.http.call([_token_call(account, forced=False)])[0]
        found = read(answer, self._access.clock.now())
        if found.state is AnswerState.PAUSE:
            return found
        words = found.response if found.state is not AnswerState.ACCEPTED else "no access token"
        return ApiAnswer(AnswerState.REFRESH, code=found.code, response=words)


def read(answer: HttpAnswer, now: int) -> ApiAnswer:
    """Return what one answer means; a path that answers with no code has done what was asked."""
    if answer.reach is not Reach.ANSWERED:
        return ApiAnswer(_UNANSWERED[answer.reach], response=answer.cause)
    if not answer.is_taken:
        busy = answer.status in {429, 503}
        state = AnswerState.THROTTLED if busy else AnswerState.UNKNOWN
        return ApiAnswer(state, response=f"HTTP {answer.status}")
    values = json_of(answer.body)
    if not values:
        return ApiAnswer(AnswerState.UNKNOWN, response="no JSON")
    code = values.get("errcode", 0)
    number = code if isinstance(code, int) else -2
    words = said(number, str(values.get("errmsg", "")))
    return ApiAnswer(reaction(number), values, str(number), words, patience(number, now))


def mint_stable_token(account: ChannelAccount, http: Outbound) -> tuple[str, int] | None:
    """Ask for the token in force; the same comes again while it is good."""
    return _minted(http.call([_token_call(account, forced=False)])[0])


def force_stable_token(account: ChannelAccount, http: Outbound) -> tuple[str, int] | None:
    """Ask for another token, where the one in force was refused; twenty times a day at most."""
    return _minted(http.call([_token_call(account, forced=True)])[0])


def _minted(answer: HttpAnswer) -> tuple[str, int] | None:
    """Return (token, seconds) of an answer, or None."""
    values = json_of(answer.body) if answer.is_taken else {}
    token, lives = values.get("access_token"), values.get("expires_in")
    if not isinstance(token, str) or not token:
        return None
    return token, lives if isinstance(lives, int) and lives > 0 else 300


def _token_call(account: ChannelAccount, *, forced: bool) -> HttpCall:
    """Return the call for a token."""
    body = {
        "grant_type": "client_credential", "appid": account.config.get("app_id", ""),
        "secret": account.config.get("app_secret", ""), "force_refresh": forced,
    }  # fmt: skip
    return HttpCall(
        _endpoint(account) + _TOKEN,
        headers={"Content-Type": _JSON},
        body=msgspec.json.encode(body),
    )


def _http(account: ChannelAccount, call: ApiCall, token: str) -> HttpCall:
    """Return a call with its token."""
    query = urlencode({"access_token": token, **call.query})
    url = f"{_endpoint(account)}{call.path}?{query}"
    if call.raw is not None:
        kind, content = call.raw
        return HttpCall(url, headers={"Content-Type": kind}, body=content)
    if call.body is None:
        return HttpCall(url, method="GET")
    # As UTF-8: what is escaped, WeChat shows escaped.
    body = msgspec.json.encode(call.body)
    return HttpCall(url, headers={"Content-Type": _JSON}, body=body)


def _is_stale(answer: HttpAnswer) -> bool:
    """Say whether a call was refused for its token, and nothing else was done."""
    return answer.is_taken and json_of(answer.body).get("errcode") in STALE


def _endpoint(account: ChannelAccount) -> str:
    """Return where the API of an account is."""
    return (account.config.get("endpoint") or ENDPOINT).rstrip("/")


def _whole(value: object) -> int:
    """Return a whole number, 0 where there is none."""
    return value if isinstance(value, int) else 0
