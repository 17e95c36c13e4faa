"""Meta (Facebook, Instagram): custom audiences of hashes, the Conversions API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from huiliu.advertising.hashing import email_plain, phone_digits, sha256
from huiliu.advertising.people import Conversion, Person, Spend
from huiliu.advertising.platforms.amounts import count, decimal_of, minor_of
from huiliu.advertising.platforms.base import AdField, Config, Limit, Tokens
from huiliu.advertising.platforms.usual import Usual, bearer
from huiliu.advertising.talk import (
    Call,
    Reaction,
    Reply,
    Talk,
    Verdict,
    get_call,
    json_call,
    object_of,
    read_json,
)

__all__ = ["PLATFORM"]

_SCHEMA: Final = ("EMAIL", "PHONE")
_EVENTS: Final = {"Order Paid": "Purchase", "Order Created": "InitiateCheckout"}
_SECOND: Final = 1_000_000
_DAY: Final = 86_400 * _SECOND
#: Source: Marketing API, "Error codes" and "Rate limiting".
_THROTTLED: Final = frozenset({4, 17, 32, 341, 613, 80000, 80003, 80004, 80014})
_DENIED: Final = frozenset({3, 10, 102, 190, 294, 2654, *range(200, 300)})
_LATER: Final = frozenset({1, 2, 2650})
_LONGEST_WORDS: Final = 300


class _Meta(Usual):
    """Meta's Graph API; the token is a system user's and does not end."""

    __slots__ = ()

    name = "meta"
    evidence = "documents"
    hosts: Mapping[str, str] = {
        "api": "https://graph.facebook.com", "events": "https://graph.facebook.com",
        "token": "https://graph.facebook.com",
    }  # fmt: skip
    fields = (
        AdField("ad_account_id"),
        AdField("access_token", "secret"),
        AdField("dataset_id", default=""),
        AdField("version", default="v23.0"),
        AdField("action_source", "choice", "system_generated",
                ("system_generated", "website", "app", "physical_store", "chat", "other")),
        AdField("currency", default="USD"),
    )  # fmt: skip
    limits = (
        Limit("rows", "10000", "custom-audiences/users"),
        Limit("dedupe", "48 h", "server-event"),
        Limit("event_age", "7 d", "server-event"),
        Limit("events", "1000", "server-event"),
    )
    kinds = ("phone", "email")
    batch = 10_000
    events = 1_000
    clicks = ("fbclid",)
    #: One event that is older fails the whole request.
    longest_ago: ClassVar[int] = 7 * _DAY
    sends_tokens: ClassVar[bool] = False

    def hashed(self, config: Config, kind: str, value: str) -> str:
        """Return the SHA-256 of an address in small letters, or of a number's digits."""
        del config
        normal = phone_digits(value) if kind == "phone" else email_plain(value)
        return sha256(normal) if normal else ""

    def signed(
        self, config: Config, call: Call, token: str, at: int, nonce: str
    ) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Return the token's header: an address would stand in logs."""
        del config, call, at, nonce
        return bearer(token), {}

    def read(self, call: Call, reply: Reply) -> Verdict:
        """Read the data, or `{error: {code, error_subcode, message}}`."""
        del call
        said = object_of(read_json(reply))
        fault = object_of(said.get("error"))
        if 200 <= reply.status < 300 and not fault:
            return Verdict(Reaction.OK, said)
        code = count(fault.get("code"))
        words = str(fault.get("message", ""))[:_LONGEST_WORDS]
        if code in _THROTTLED or reply.status == 429:
            reaction = Reaction.THROTTLE
        elif code in _LATER or reply.status >= 500 or not fault:
            reaction = Reaction.RETRY
        else:
            reaction = Reaction.DENIED if code in _DENIED else Reaction.REFUSED
        return Verdict(reaction, None, str(code or reply.status), words)

    def refresh(self, config: Config, refresh_token: str) -> Call:
        """Return nothing that could be asked: the token of a system user does not end."""
        raise NotImplementedError

    def tokens(self, data: object) -> Tokens | None:
        """Return none."""
        del data
        return None

    def probe(self, config: Config) -> Talk[str]:
        """Ask for the account's name."""
        data = yield get_call(_act(config), {"fields": "name"})
        return str(object_of(data).get("name", ""))

    def make(self, config: Config, name: str) -> Talk[str]:
        """Make an audience of the kind that takes rows."""
        data = yield json_call(f"{_act(config)}/customaudiences", {
            "name": name, "subtype": "CUSTOM", "description": name,
            "customer_file_source": "USER_PROVIDED_ONLY",
        })  # fmt: skip
        return str(object_of(data).get("id", ""))

    def add(self, config: Config, remote: str, name: str, people: Sequence[Person]) -> Talk[str]:
        """Add rows to an audience."""
        del name
        yield _users(config, remote, "POST", people)
        return remote

    def remove(self, config: Config, remote: str, people: Sequence[Person]) -> Talk[None]:
        """Take rows out of an audience."""
        yield _users(config, remote, "DELETE", people)

    def convert(self, config: Config, conversions: Sequence[Conversion]) -> Talk[None]:
        """Tell of events, the time in whole seconds."""
        rows = [
            {
                "event_name": _EVENTS.get(one.event, one.event),
                "event_time": one.at // _SECOND,
                "event_id": one.event_id,
                "action_source": config.get("action_source") or "system_generated",
                "user_data": _user_data(one),
                "custom_data": {
                    "value": float(decimal_of(one.value, config, one.currency)),
                    "currency": one.currency, "order_id": one.order_id,
                },
            }
            for one in conversions
        ]  # fmt: skip
        where = f"/{_version(config)}/{config.get('dataset_id', '')}/events"
        yield json_call(where, {"data": rows}, host="events")

    def switch(self, config: Config, object_id: str, *, on: bool) -> Talk[None]:
        """Let a campaign run, or pause it."""
        status = "ACTIVE" if on else "PAUSED"
        yield json_call(f"/{_version(config)}/{object_id}", {"status": status})

    def set_budget(self, config: Config, object_id: str, minor: int) -> Talk[None]:
        """Set a campaign's daily budget, in minor units."""
        yield json_call(f"/{_version(config)}/{object_id}", {"daily_budget": minor})

    def spend(self, config: Config, first: str, last: str) -> Talk[list[Spend]]:
        """Ask for the cost of each campaign and day, page by page."""
        found: list[Spend] = []
        after = ""
        while True:
            asked: dict[str, object] = {
                "level": "campaign", "time_increment": "1", "limit": "500",
                "time_range": {"since": first, "until": last},
                "fields": "campaign_id,campaign_name,spend,impressions,clicks,account_currency",
            }  # fmt: skip
            data = yield get_call(
                f"{_act(config)}/insights", asked | ({"after": after} if after else {})
            )
            said = object_of(data)
            found += [_spent(config, object_of(row)) for row in said.get("data") or []]
            paging = object_of(said.get("paging"))
            after = str(object_of(paging.get("cursors")).get("after", ""))
            if not paging.get("next") or not after:
                return found


def _version(config: Config) -> str:
    """Return the version of the API that the account uses."""
    return config.get("version") or "v23.0"


def _act(config: Config) -> str:
    """Return the path of the ad account."""
    return f"/{_version(config)}/act_{config['ad_account_id'].removeprefix('act_')}"


def _users(config: Config, remote: str, method: str, people: Sequence[Person]) -> Call:
    """Return the change of an audience by rows of an e-mail address and a number."""
    rows = [[one.email, one.phone] for one in people]
    call = json_call(
        f"/{_version(config)}/{remote}/users", {"payload": {"schema": _SCHEMA, "data": rows}}
    )
    return Call(call.path, method, body=call.body)


def _user_data(one: Conversion) -> dict[str, object]:
    """Return what identifies a person: hashes, and the click, which is not hashed."""
    found: dict[str, object] = {}
    if one.person.email:
        found["em"] = [one.person.email]
    if one.person.phone:
        found["ph"] = [one.person.phone]
    if one.click_id:
        # `fb.1.<when, in milliseconds>.<fbclid>`: what the browser's cookie would have held.
        found["fbc"] = f"fb.1.{one.click_at // 1_000}.{one.click_id}"
    return found


def _spent(config: Config, row: Mapping[str, Any]) -> Spend:
    """Return one row of the insights."""
    currency = str(row.get("account_currency") or config.get("currency") or "USD")
    return Spend(
        str(row.get("date_start", "")), str(row.get("campaign_id", "")),
        str(row.get("campaign_name", "")), currency,
        minor_of(row.get("spend"), config, currency), count(row.get("impressions")),
        count(row.get("clicks")),
    )  # fmt: skip


PLATFORM = _Meta()
