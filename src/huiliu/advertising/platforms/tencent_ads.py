"""Tencent Ads 腾讯广告 (Channels video, Moments, WeChat): zipped files of hashed numbers."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any, Final

from huiliu.advertising.hashing import md5, phone_mainland, sha256
from huiliu.advertising.people import Conversion, Person, Spend
from huiliu.advertising.platforms.amounts import count
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
    upload_call,
)

__all__ = ["PLATFORM", "audience_zip"]

_ROOT: Final = "/v3.0"
#: Kind of id -> how eleven digits are hashed for it.
_HASHES: Final = {"HASH_MOBILE_PHONE": md5, "SHA256_MOBILE_PHONE": sha256}
_EVENTS: Final = {"Order Paid": "PURCHASE", "Order Created": "COMPLETE_ORDER"}
_SECOND: Final = 1_000_000
_PAGE: Final = 100


def audience_zip(hashes: Sequence[str]) -> bytes:
    """Return the file of an audience: a zip of one text with a hash a line, without the time."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        content = "".join(f"{one}\n" for one in hashes)
        archive.writestr(zipfile.ZipInfo("audience.txt"), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


class _TencentAds(Usual):
    """Tencent's Marketing API 3.0."""

    __slots__ = ()

    name = "tencent_ads"
    evidence = "documents"
    hosts: Mapping[str, str] = {
        "api": "https://api.e.qq.com", "events": "https://api.e.qq.com",
        "token": "https://api.e.qq.com",
    }  # fmt: skip
    fields = (
        AdField("account_id"),
        AdField("client_id"),
        AdField("client_secret", "secret"),
        AdField("refresh_token", "secret"),
        AdField("user_action_set_id", default=""),
        AdField("id_type", "choice", "HASH_MOBILE_PHONE", tuple(_HASHES)),
        AdField("currency", default="CNY"),
    )
    limits = (
        Limit("file", "100 MB", "custom_audience_files/add"),
        Limit("clock", "300 s", "custom_audience_files/add"),
        Limit("events", "50", "user_actions/add"),
    )
    kinds = ("phone",)
    batch = 100_000
    events = 50
    clicks = ("gdt_vid", "qz_gdt", "click_id")

    def hashed(self, config: Config, kind: str, value: str) -> str:
        """Return the hash of the eleven digits, of the account's kind."""
        number = phone_mainland(value) if kind == "phone" else None
        return _HASHES[_id_type(config)](number) if number else ""

    def signed(
        self, config: Config, call: Call, token: str, at: int, nonce: str
    ) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Return the token, the time and a word used once, all in the query."""
        del config
        if call.is_open:
            return {}, {}
        return {}, {"access_token": token, "timestamp": str(at // _SECOND), "nonce": nonce}

    def read(self, call: Call, reply: Reply) -> Verdict:
        """Read `{code, message, message_cn, data}`."""
        del call
        if reply.status == 429:
            return Verdict(Reaction.THROTTLE, code="429")
        return coded(
            reply, refresh=("11000", "11002", "11004", "11005", "11017"),
            throttle=("11018", "11019", "51004"), denied=("11001", "11003", "11011", "12000"),
            retry=("50000", "51000"),
        )  # fmt: skip

    def refresh(self, config: Config, refresh_token: str) -> Call:
        """Return the renewal."""
        return get_call("/oauth/token", {
            "client_id": config["client_id"], "client_secret": config["client_secret"],
            "grant_type": "refresh_token", "refresh_token": refresh_token,
        }, host="token", is_open=True)  # fmt: skip

    def probe(self, config: Config) -> Talk[str]:
        """Ask for the advertiser's name."""
        data = yield get_call(f"{_ROOT}/advertiser/get", {
            "account_id": config["account_id"], "fields": ["account_id", "corporation_name"],
        })  # fmt: skip
        rows = object_of(data).get("list") or []
        return str(object_of(rows[0]).get("corporation_name", "")) if rows else ""

    def make(self, config: Config, name: str) -> Talk[str]:
        """Make an audience of the kind that takes files."""
        data = yield json_call(f"{_ROOT}/custom_audiences/add", {
            "account_id": count(config["account_id"]), "name": name[:32],
            "type": "CUSTOMER_FILE", "description": name[:100],
        })  # fmt: skip
        return str(object_of(data).get("audience_id", ""))

    def add(self, config: Config, remote: str, name: str, people: Sequence[Person]) -> Talk[str]:
        """Append a file to an audience."""
        del name
        yield self._file(config, remote, "APPEND", people)
        return remote

    def remove(self, config: Config, remote: str, people: Sequence[Person]) -> Talk[None]:
        """Take the numbers of a file out of an audience."""
        yield self._file(config, remote, "REDUCE", people)

    def convert(self, config: Config, conversions: Sequence[Conversion]) -> Talk[None]:
        """Tell of actions; the amount is in fen, the time in seconds."""
        hash_name = "hash_phone" if _id_type(config) == "HASH_MOBILE_PHONE" else "sha256_phone"
        actions = [
            {
                "outer_action_id": one.event_id,
                "action_time": one.at // _SECOND,
                "action_type": _EVENTS.get(one.event, "CUSTOM"),
                "user_id": {hash_name: one.person.phone} if one.person.phone else {},
                "trace": {"click_id": one.click_id} if one.click_id else {},
                "action_param": {"value": one.value},
            }
            for one in conversions
        ]
        yield json_call(f"{_ROOT}/user_actions/add", {
            "account_id": count(config["account_id"]),
            "user_action_set_id": count(config.get("user_action_set_id")), "actions": actions,
        }, host="events")  # fmt: skip

    def switch(self, config: Config, object_id: str, *, on: bool) -> Talk[None]:
        """Let an ad group run, or pause it."""
        status = "AD_STATUS_NORMAL" if on else "AD_STATUS_SUSPEND"
        spec = [{"adgroup_id": count(object_id), "configured_status": status}]
        yield json_call(f"{_ROOT}/adgroups/update_configured_status", {
            "account_id": count(config["account_id"]), "update_configured_status_spec": spec,
        })  # fmt: skip

    def set_budget(self, config: Config, object_id: str, minor: int) -> Talk[None]:
        """Set an ad group's daily budget, in fen."""
        spec = [{"adgroup_id": count(object_id), "daily_budget": minor}]
        yield json_call(f"{_ROOT}/adgroups/update_daily_budget", {
            "account_id": count(config["account_id"]), "update_daily_budget_spec": spec,
        })  # fmt: skip

    def spend(self, config: Config, first: str, last: str) -> Talk[list[Spend]]:
        """Ask for the cost of each ad group and day, page by page."""
        found: list[Spend] = []
        page, pages = 1, 1
        while page <= pages:
            data = yield get_call(f"{_ROOT}/daily_reports/get", {
                "account_id": config["account_id"], "level": "REPORT_LEVEL_ADGROUP",
                "date_range": {"start_date": first, "end_date": last},
                "group_by": ["date", "adgroup_id"],
                "fields": ["date", "adgroup_id", "adgroup_name", "cost", "view_count",
                           "valid_click_count", "conversions_count"],
                "page": str(page), "page_size": str(_PAGE),
            })  # fmt: skip
            said = object_of(data)
            found += [_spent(config, object_of(row)) for row in said.get("list") or []]
            pages = count(object_of(said.get("page_info")).get("total_page", 1))
            page += 1
        return found

    def _file(self, config: Config, remote: str, operation: str, people: Sequence[Person]) -> Call:
        """Return the change of an audience by a file."""
        content = audience_zip([one.phone for one in people if one.phone])
        return upload_call(
            f"{_ROOT}/custom_audience_files/add",
            {"account_id": config["account_id"], "audience_id": remote,
             "user_id_type": _id_type(config), "operation_type": operation},
            File("file", "audience.zip", content, "application/zip"),
        )  # fmt: skip


def _id_type(config: Config) -> str:
    """Return the kind of ids that the account uses."""
    return config.get("id_type") or "HASH_MOBILE_PHONE"


def _spent(config: Config, row: Mapping[str, Any]) -> Spend:
    """Return one row of the report; the cost is in fen already."""
    return Spend(
        str(row.get("date", ""))[:10], str(row.get("adgroup_id", "")),
        str(row.get("adgroup_name", "")), config.get("currency", "CNY"), count(row.get("cost")),
        count(row.get("view_count")), count(row.get("valid_click_count")),
        count(row.get("conversions_count")),
    )  # fmt: skip


PLATFORM = _TencentAds()
