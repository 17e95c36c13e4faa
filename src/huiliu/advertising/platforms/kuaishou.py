"""Kuaishou 快手: audiences by a file of MD5 numbers, conversions by the click's callback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from huiliu.advertising.hashing import md5, phone_mainland
from huiliu.advertising.people import Conversion, Person, Spend
from huiliu.advertising.platforms.amounts import count, decimal_of, minor_of
from huiliu.advertising.platforms.base import AdField, Config, Limit
from huiliu.advertising.platforms.usual import Usual
from huiliu.advertising.talk import (
    Call,
    File,
    Reaction,
    Reply,
    Talk,
    Verdict,
    coded,
    get_call,
    json_call,
    object_of,
    read_json,
    upload_call,
)
from huiliu.kernel.texts import Text, text

__all__ = ["PLATFORM", "audience_file"]

_ROOT: Final = "/rest/openapi"
#: What the ids of a file are: 5 = MD5 of phone numbers.
_PHONE_MD5: Final = "5"
_APPEND, _DELETE = "1", "3"
_LONGEST_NAME: Final = 20
#: Our event -> theirs: 3 = paid, 14 = ordered.
_EVENTS: Final = {"Order Paid": 3, "Order Created": 14}
#: A campaign's daily budget is 500 yuan at least.
_LOWEST_BUDGET: Final = 500_00
_PAGE: Final = 200


def audience_file(hashes: Sequence[str]) -> bytes:
    """Return the file of an audience: one hash a line."""
    return "".join(f"{one}\n" for one in hashes).encode()


class _Kuaishou(Usual):
    """Kuaishou's Marketing API, version 1."""

    __slots__ = ()

    name = "kuaishou"
    evidence = "documents"
    hosts: Mapping[str, str] = {
        "api": "https://ad.e.kuaishou.com", "events": "https://ad.partner.gifshow.com",
        "token": "https://ad.e.kuaishou.com",
    }  # fmt: skip
    fields = (
        AdField("advertiser_id"),
        AdField("app_id"),
        AdField("secret", "secret"),
        AdField("refresh_token", "secret"),
        AdField("currency", default="CNY"),
    )
    limits = (
        Limit("name", "20", "dmp/population/upload"),
        Limit("file", "500 MB", "dmp/population/upload"),
        Limit("lowest_budget", "500 CNY", "campaign/update"),
        Limit("budget_floor", "120 %", "campaign/update"),
    )
    kinds = ("phone",)
    batch = 100_000
    events = 1
    clicks = ("callback", "ksadcallback")
    #: A callback that is called twice counts twice.
    dedupes: ClassVar[bool] = False

    def hashed(self, config: Config, kind: str, value: str) -> str:
        """Return the MD5 of the eleven digits."""
        del config
        number = phone_mainland(value) if kind == "phone" else None
        return md5(number) if number else ""

    def needs(self, conversion: Conversion) -> bool:
        """Say whether the click is known."""
        return bool(conversion.click_id)

    def signed(
        self, config: Config, call: Call, token: str, at: int, nonce: str
    ) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Return the token's header."""
        del config, at, nonce
        return ({} if call.is_open else {"Access-Token": token}), {}

    def read(self, call: Call, reply: Reply) -> Verdict:
        """Read `{code, message, data}`; conversions answer `{result: 1}`."""
        if call.host == "events":
            said = object_of(read_json(reply))
            if reply.status == 200 and said.get("result") == 1:
                return Verdict(Reaction.OK)
            wrong = Reaction.REFUSED if reply.status == 200 and said else Reaction.RETRY
            return Verdict(wrong, code=str(said.get("result", reply.status)))
        if reply.status == 429:
            return Verdict(Reaction.THROTTLE, code="429")
        return coded(
            reply, refresh=("402000", "402001", "402002"), throttle=("402005", "402006"),
            denied=("401000", "402003", "402004"), retry=("500000", "500001"),
        )  # fmt: skip

    def refresh(self, config: Config, refresh_token: str) -> Call:
        """Return the renewal; the old key of renewals ends with it."""
        return json_call(f"{_ROOT}/oauth2/authorize/refresh_token", {
            "app_id": count(config["app_id"]), "secret": config["secret"],
            "refresh_token": refresh_token,
        }, host="token", is_open=True)  # fmt: skip

    def probe(self, config: Config) -> Talk[str]:
        """Ask for the advertiser's name."""
        data = yield get_call(
            f"{_ROOT}/v1/advertiser/info", {"advertiser_id": config["advertiser_id"]}
        )
        return str(object_of(data).get("corporation_name") or object_of(data).get("user_name", ""))

    def add(self, config: Config, remote: str, name: str, people: Sequence[Person]) -> Talk[str]:
        """Upload a file as a new audience, or add it to one."""
        if remote:
            yield self._update(config, remote, _APPEND, people)
            return remote
        data = yield upload_call(
            f"{_ROOT}/v1/dmp/population/upload",
            {"advertiser_id": config["advertiser_id"], "type": _PHONE_MD5,
             "orientation_name": name[:_LONGEST_NAME]},
            _file(people),
        )  # fmt: skip
        return str(object_of(data).get("orientation_id", ""))

    def remove(self, config: Config, remote: str, people: Sequence[Person]) -> Talk[None]:
        """Take the numbers of a file out of an audience."""
        yield self._update(config, remote, _DELETE, people)

    def publish(self, config: Config, remote: str) -> Talk[bool]:
        """Put the audience on line, once it is computed."""
        data = yield get_call(f"{_ROOT}/v1/dmp/population/list", {
            "advertiser_id": config["advertiser_id"], "page": "1", "page_size": str(_PAGE),
        })  # fmt: skip
        rows = object_of(data).get("details") or []
        states = {
            str(object_of(one).get("orientation_id")): object_of(one).get("status") for one in rows
        }
        # 0 computing, 1 in force, 3 going on line, 4 on line.
        if states.get(remote) in {3, 4}:
            return True
        if states.get(remote) != 1:
            return False
        yield json_call(f"{_ROOT}/v1/dmp/population/push", {
            "advertiser_id": count(config["advertiser_id"]), "orientation_ids": [count(remote)],
        })  # fmt: skip
        return True

    def convert(self, config: Config, conversions: Sequence[Conversion]) -> Talk[None]:
        """Tell of one conversion a call, by GET; the amount is in yuan."""
        for one in conversions:
            yield get_call("/track/activate", {
                "callback": one.click_id, "event_type": str(_EVENTS.get(one.event, 3)),
                "event_time": str(one.at // 1_000),
                "purchase_amount": f"{decimal_of(one.value, config, one.currency):.2f}",
            }, host="events", is_open=True)  # fmt: skip

    def budget_problem(self, minor: int) -> Text | None:
        """Return that a budget is below what a campaign needs."""
        return text("ads.budget_too_low", least="500 CNY") if minor < _LOWEST_BUDGET else None

    def switch(self, config: Config, object_id: str, *, on: bool) -> Talk[None]:
        """Let a campaign run, or pause it."""
        yield json_call(f"{_ROOT}/v1/campaign/update/status", {
            "advertiser_id": count(config["advertiser_id"]), "campaign_ids": [count(object_id)],
            "put_status": 1 if on else 2,
        })  # fmt: skip

    def set_budget(self, config: Config, object_id: str, minor: int) -> Talk[None]:
        """Set a campaign's daily budget, in thousandths of a yuan."""
        yield json_call(f"{_ROOT}/v1/campaign/update", {
            "advertiser_id": count(config["advertiser_id"]), "campaign_id": count(object_id),
            "day_budget": minor * 10,
        })  # fmt: skip

    def spend(self, config: Config, first: str, last: str) -> Talk[list[Spend]]:
        """Ask for the cost of each campaign and day, page by page."""
        found: list[Spend] = []
        page, total = 1, 1
        while (page - 1) * _PAGE < total:
            data = yield json_call(f"{_ROOT}/v1/report/campaign_report", {
                "advertiser_id": count(config["advertiser_id"]), "start_date": first,
                "end_date": last, "temporal_granularity": "DAILY", "page": page,
                "page_size": _PAGE,
            })  # fmt: skip
            said = object_of(data)
            found += [_spent(config, object_of(row)) for row in said.get("details") or []]
            total = count(said.get("total_count", 0))
            page += 1
        return found

    def _update(
        self, config: Config, remote: str, operation: str, people: Sequence[Person]
    ) -> Call:
        """Return the change of an audience by a file."""
        return upload_call(
            f"{_ROOT}/v1/dmp/population/update",
            {"advertiser_id": config["advertiser_id"], "type": _PHONE_MD5,
             "orientation_id": remote, "operation_type": operation},
            _file(people),
        )  # fmt: skip


def _file(people: Sequence[Person]) -> File:
    """Return the file of some people."""
    return File("file", "audience.txt", audience_file([one.phone for one in people if one.phone]))


def _spent(config: Config, row: Mapping[str, Any]) -> Spend:
    """Return one row of the report."""
    return Spend(
        str(row.get("stat_date", ""))[:10], str(row.get("campaign_id", "")),
        str(row.get("campaign_name", "")), config.get("currency", "CNY"),
        minor_of(row.get("charge"), config), count(row.get("show")),
        count(row.get("bclick") or row.get("aclick")), count(row.get("conversion")),
    )  # fmt: skip


PLATFORM = _Kuaishou()
