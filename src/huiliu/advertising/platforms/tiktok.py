"""TikTok: segments that people are mapped to by their hashes, Events API 2.0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from huiliu.advertising.hashing import email_plain, phone_e164, sha256
from huiliu.advertising.people import Conversion, Person, Spend
from huiliu.advertising.platforms.amounts import count, decimal_of, minor_of
from huiliu.advertising.platforms.base import AdField, Config, Limit, Tokens
from huiliu.advertising.platforms.usual import Usual
from huiliu.advertising.talk import (
    Call,
    Reaction,
    Reply,
    Talk,
    Verdict,
    coded,
    get_call,
    json_call,
    object_of,
)

__all__ = ["PLATFORM"]

_ROOT: Final = "/open_api/v1.3"
_SCHEMA: Final = ("EMAIL_SHA256", "PHONE_SHA256")
_EVENTS: Final = {"Order Paid": "CompletePayment", "Order Created": "PlaceAnOrder"}
_SECOND: Final = 1_000_000
_DAY: Final = 86_400 * _SECOND
_PAGE: Final = 1_000


class _TikTok(Usual):
    """TikTok's API for Business 1.3; the token does not end until it is revoked."""

    __slots__ = ()

    name = "tiktok"
    evidence = "documents"
    hosts: Mapping[str, str] = {
        "api": "https://business-api.tiktok.com", "events": "https://business-api.tiktok.com",
        "token": "https://business-api.tiktok.com",
    }  # fmt: skip
    fields = (
        AdField("advertiser_id"),
        AdField("access_token", "secret"),
        AdField("pixel_code", default=""),
        AdField("currency", default="USD"),
    )
    limits = (
        Limit("rows", "1000", "segment/mapping"),
        Limit("events", "1000", "event/track"),
        Limit("dedupe", "48 h", "event/track"),
    )
    kinds = ("phone", "email")
    batch = 1_000
    events = 1_000
    clicks = ("ttclid",)
    longest_ago: ClassVar[int] = 28 * _DAY
    sends_tokens: ClassVar[bool] = False

    def hashed(self, config: Config, kind: str, value: str) -> str:
        """Return the SHA-256 of an address in small letters, or of a number with its plus."""
        del config
        normal = phone_e164(value) if kind == "phone" else email_plain(value)
        return sha256(normal) if normal else ""

    def signed(
        self, config: Config, call: Call, token: str, at: int, nonce: str
    ) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Return the token's header."""
        del config, call, at, nonce
        return {"Access-Token": token}, {}

    def read(self, call: Call, reply: Reply) -> Verdict:
        """Read `{code, message, request_id, data}`."""
        del call
        if reply.status == 429:
            return Verdict(Reaction.THROTTLE, code="429")
        return coded(
            reply, throttle=("40100", "40016"), denied=("40001", "40104", "40105", "40110"),
            retry=("40700", "50000", "50002", "51010", "51305"),
        )  # fmt: skip

    def refresh(self, config: Config, refresh_token: str) -> Call:
        """Return nothing that could be asked: the token does not end."""
        raise NotImplementedError

    def tokens(self, data: object) -> Tokens | None:
        """Return none."""
        del data
        return None

    def probe(self, config: Config) -> Talk[str]:
        """Ask for the advertiser's name."""
        data = yield get_call(f"{_ROOT}/advertiser/info/", {
            "advertiser_ids": [config["advertiser_id"]], "fields": ["name"],
        })  # fmt: skip
        rows = object_of(data).get("list") or []
        return str(object_of(rows[0]).get("name", "")) if rows else ""

    def make(self, config: Config, name: str) -> Talk[str]:
        """Make a segment."""
        data = yield json_call(f"{_ROOT}/segment/audience/", {
            "advertiser_ids": [config["advertiser_id"]], "action": "create",
            "custom_audience_name": name[:128],
        })  # fmt: skip
        return str(object_of(data).get("audience_id", ""))

    def add(self, config: Config, remote: str, name: str, people: Sequence[Person]) -> Talk[str]:
        """Map people to a segment."""
        del name
        yield _mapping(config, remote, "add", people)
        return remote

    def remove(self, config: Config, remote: str, people: Sequence[Person]) -> Talk[None]:
        """End the mapping of people."""
        yield _mapping(config, remote, "delete", people)

    def convert(self, config: Config, conversions: Sequence[Conversion]) -> Talk[None]:
        """Tell of events, the time in whole seconds."""
        rows = [
            {
                "event": _EVENTS.get(one.event, one.event),
                "event_time": one.at // _SECOND,
                "event_id": one.event_id,
                "user": {
                    **({"email": one.person.email} if one.person.email else {}),
                    **({"phone": one.person.phone} if one.person.phone else {}),
                    **({"ttclid": one.click_id} if one.click_id else {}),
                },
                "properties": {
                    "value": float(decimal_of(one.value, config, one.currency)),
                    "currency": one.currency, "order_id": one.order_id,
                },
            }
            for one in conversions
        ]  # fmt: skip
        yield json_call(f"{_ROOT}/event/track/", {
            "event_source": "web", "event_source_id": config.get("pixel_code", ""), "data": rows,
        }, host="events")  # fmt: skip

    def switch(self, config: Config, object_id: str, *, on: bool) -> Talk[None]:
        """Let a campaign run, or pause it."""
        yield json_call(f"{_ROOT}/campaign/status/update/", {
            "advertiser_id": config["advertiser_id"], "campaign_ids": [object_id],
            "operation_status": "ENABLE" if on else "DISABLE",
        })  # fmt: skip

    def set_budget(self, config: Config, object_id: str, minor: int) -> Talk[None]:
        """Set a campaign's budget, in major units."""
        yield json_call(f"{_ROOT}/campaign/update/", {
            "advertiser_id": config["advertiser_id"], "campaign_id": object_id,
            "budget": float(decimal_of(minor, config)),
        })  # fmt: skip

    def spend(self, config: Config, first: str, last: str) -> Talk[list[Spend]]:
        """Ask for the cost of each campaign and day, page by page."""
        found: list[Spend] = []
        page, pages = 1, 1
        while page <= pages:
            data = yield get_call(f"{_ROOT}/report/integrated/get/", {
                "advertiser_id": config["advertiser_id"], "report_type": "BASIC",
                "data_level": "AUCTION_CAMPAIGN", "dimensions": ["campaign_id", "stat_time_day"],
                "metrics": ["campaign_name", "spend", "impressions", "clicks", "conversion"],
                "start_date": first, "end_date": last, "page": str(page),
                "page_size": str(_PAGE),
            })  # fmt: skip
            said = object_of(data)
            found += [_spent(config, object_of(row)) for row in said.get("list") or []]
            pages = count(object_of(said.get("page_info")).get("total_page", 1))
            page += 1
        return found


def _mapping(config: Config, remote: str, action: str, people: Sequence[Person]) -> Call:
    """Return the change of a segment: a row a person, in the order of the schema."""
    rows = [[_mapped(one.email, remote), _mapped(one.phone, remote)] for one in people]
    return json_call(f"{_ROOT}/segment/mapping/", {
        "advertiser_ids": [config["advertiser_id"]], "action": action, "id_schema": _SCHEMA,
        "batch_data": rows,
    })  # fmt: skip


def _mapped(hashed: str, remote: str) -> dict[str, object]:
    """Return one id with its segment; an empty object where the person has none of that kind."""
    return {"id": hashed, "audience_ids": [remote]} if hashed else {}


def _spent(config: Config, row: Mapping[str, Any]) -> Spend:
    """Return one row of the report."""
    where, what = object_of(row.get("dimensions")), object_of(row.get("metrics"))
    return Spend(
        str(where.get("stat_time_day", ""))[:10], str(where.get("campaign_id", "")),
        str(what.get("campaign_name", "")), config.get("currency", "USD"),
        minor_of(what.get("spend"), config), count(what.get("impressions")),
        count(what.get("clicks")), count(what.get("conversion")),
    )  # fmt: skip


PLATFORM = _TikTok()
