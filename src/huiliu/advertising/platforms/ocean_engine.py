"""Ocean Engine 巨量引擎 (Douyin): audiences by files of protobuf lines, conversions by the click.

A line of the file is base64 of one protobuf message with up to 10,000 ids. An audience is a data
source; the platform makes the usable audience of it by itself, some time later, and it is then
published.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any, Final

from huiliu.advertising.hashing import phone_mainland, sha256
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
    upload_call,
)

__all__ = ["PLATFORM", "audience_lines"]

_ROOT: Final = "/open_api"
#: `IdItem.DataType` of a phone number's SHA-256.
_MOBILE_HASH_SHA256: Final = 6
_PER_LINE: Final = 10_000
_ADD, _DELETE = 1, 2
_LONGEST_NAME: Final = 30
#: Our event -> theirs. Source: their list of `event_type`; a brand's own stands in the account.
_EVENTS: Final = {"Order Created": "in_app_order", "Order Paid": "in_app_pay"}
_PAGE: Final = 100


def audience_lines(hashes: Sequence[str]) -> bytes:
    """Return the file of an audience: one base64 line for each ten thousand ids."""
    lines = [
        base64.b64encode(b"".join(_item(one) for one in hashes[at : at + _PER_LINE]))
        for at in range(0, len(hashes), _PER_LINE)
    ]
    return b"".join(line + b"\n" for line in lines)


def _item(hashed: str) -> bytes:
    """Return `idList` (field 1) of one id: its `dataType` (field 2) and `id` (field 3)."""
    raw = hashed.lower().encode()
    inner = b"\x10" + _varint(_MOBILE_HASH_SHA256) + b"\x1a" + _varint(len(raw)) + raw
    return b"\x0a" + _varint(len(inner)) + inner


def _varint(number: int) -> bytes:
    """Return a whole number as protobuf writes it: seven bits a byte, the lowest first."""
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


class _OceanEngine(Usual):
    """Ocean Engine's Marketing API 2.0 and 3.0."""

    __slots__ = ()

    name = "ocean_engine"
    evidence = "documents"
    hosts: Mapping[str, str] = {
        "api": "https://api.oceanengine.com", "events": "https://analytics.oceanengine.com",
        "token": "https://api.oceanengine.com",
    }  # fmt: skip
    fields = (
        AdField("advertiser_id"),
        AdField("app_id"),
        AdField("secret", "secret"),
        AdField("refresh_token", "secret"),
        AdField("push_to", default=""),
        AdField("zipped", "choice", "no", ("no", "yes")),
        AdField("pay_event", default="in_app_pay"),
        AdField("currency", default="CNY"),
    )
    limits = (
        Limit("line", "10000", "dmp.proto"),
        Limit("name", "30", "dmp/data_source/create"),
        Limit("file_lives", "14 d", "dmp/data_source/file/upload"),
    )
    kinds = ("phone",)
    batch = 10_000
    events = 1
    clicks = ("clickid", "callback_param")

    def hashed(self, config: Config, kind: str, value: str) -> str:
        """Return the SHA-256 of the eleven digits."""
        del config
        number = phone_mainland(value) if kind == "phone" else None
        return sha256(number) if number else ""

    def needs(self, conversion: Conversion) -> bool:
        """Say whether the click is known: without it nothing is matched."""
        return bool(conversion.click_id)

    def signed(
        self, config: Config, call: Call, token: str, at: int, nonce: str
    ) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Return the token's header; conversions carry none, the click is proof enough."""
        del config, at, nonce
        return ({} if call.is_open else {"Access-Token": token}), {}

    def read(self, call: Call, reply: Reply) -> Verdict:
        """Read `{code, message, request_id, data}`."""
        del call
        if reply.status == 429:
            return Verdict(Reaction.THROTTLE, code="429")
        return coded(
            reply, refresh=("40102", "40103", "40105"), throttle=("40100", "40110"),
            denied=("40000", "40002", "40104", "40107"), retry=("50000", "51010", "51011"),
        )  # fmt: skip

    def refresh(self, config: Config, refresh_token: str) -> Call:
        """Return the renewal; the old key of renewals ends with it."""
        return json_call(f"{_ROOT}/oauth2/refresh_token/", {
            "app_id": count(config["app_id"]), "secret": config["secret"],
            "grant_type": "refresh_token", "refresh_token": refresh_token,
        }, host="token", is_open=True)  # fmt: skip

    def probe(self, config: Config) -> Talk[str]:
        """Ask for the advertiser's name."""
        data = yield get_call(f"{_ROOT}/2/advertiser/info/", {
            "advertiser_ids": [count(config["advertiser_id"])], "fields": ["id", "name"],
        })  # fmt: skip
        rows = data if isinstance(data, list) else object_of(data).get("list", [])
        return str(object_of(rows[0]).get("name", "")) if rows else ""

    def add(self, config: Config, remote: str, name: str, people: Sequence[Person]) -> Talk[str]:
        """Upload a file, and make a data source of it or add it to one."""
        path = yield from self._upload(config, people)
        if remote:
            yield self._update(config, remote, _ADD, path)
            return remote
        data = yield json_call(f"{_ROOT}/2/dmp/data_source/create/", {
            "advertiser_id": count(config["advertiser_id"]),
            "data_source_name": name[:_LONGEST_NAME], "description": name, "data_format": 0,
            "file_storage_type": 0, "file_paths": [path], "data_source_type": "UID",
        })  # fmt: skip
        return str(object_of(data).get("data_source_id", ""))

    def remove(self, config: Config, remote: str, people: Sequence[Person]) -> Talk[None]:
        """Upload a file, and take its ids out of the data source."""
        path = yield from self._upload(config, people)
        yield self._update(config, remote, _DELETE, path)

    def publish(self, config: Config, remote: str) -> Talk[bool]:
        """Publish the audience that the platform made of the data source, once there is one."""
        advertiser = count(config["advertiser_id"])
        data = yield get_call(f"{_ROOT}/2/dmp/data_source/read/", {
            "advertiser_id": str(advertiser), "data_source_id_list": [remote],
        })  # fmt: skip
        rows = object_of(data).get("data_list") or []
        audience = object_of(object_of(rows[0]).get("default_audience")) if rows else {}
        if not (made := audience.get("custom_audience_id")):
            return False
        said = {"advertiser_id": advertiser, "custom_audience_id": made}
        yield json_call(f"{_ROOT}/2/dmp/custom_audience/publish/", said)
        others = [count(one) for one in config.get("push_to", "").replace(",", " ").split()][:100]
        if others:
            yield json_call(
                f"{_ROOT}/2/dmp/custom_audience/push_v2/", said | {"target_advertiser_ids": others}
            )
        return True

    def convert(self, config: Config, conversions: Sequence[Conversion]) -> Talk[None]:
        """Tell of one conversion a call."""
        for one in conversions:
            kind = config.get("pay_event") if one.event == "Order Paid" else ""
            device = {"phone_num_blurred": one.person.phone} if one.person.phone else {}
            said = {
                "event_type": kind or _EVENTS.get(one.event, one.event),
                "context": {"ad": {"callback": one.click_id}, "device": device},
                "properties": {"pay_amount": one.value},
                "timestamp": one.at // 1_000,
                "outer_event_id": one.event_id,
            }
            yield json_call("/api/v2/conversion", said, host="events", is_open=True)

    def switch(self, config: Config, object_id: str, *, on: bool) -> Talk[None]:
        """Let a project run, or pause it."""
        status = "ENABLE" if on else "DISABLE"
        data = yield json_call(f"{_ROOT}/v3.0/project/status/update/", {
            "advertiser_id": count(config["advertiser_id"]),
            "data": [{"project_id": count(object_id), "opt_status": status}],
        })  # fmt: skip
        del data

    def set_budget(self, config: Config, object_id: str, minor: int) -> Talk[None]:
        """Set a project's daily budget, in yuan with two digits."""
        yield json_call(f"{_ROOT}/v3.0/project/budget/update/", {
            "advertiser_id": count(config["advertiser_id"]),
            "data": [{"project_id": count(object_id), "budget_mode": "BUDGET_MODE_DAY",
                      "budget": float(decimal_of(minor, config))}],
        })  # fmt: skip

    def spend(self, config: Config, first: str, last: str) -> Talk[list[Spend]]:
        """Ask for the cost of each project and day, page by page."""
        found: list[Spend] = []
        page, pages = 1, 1
        while page <= pages:
            data = yield get_call(f"{_ROOT}/v3.0/report/custom/get/", {
                "advertiser_id": config["advertiser_id"], "data_topic": "BASIC_DATA",
                "dimensions": ["stat_time_day", "cdp_project_id", "cdp_project_name"],
                "metrics": ["stat_cost", "show_cnt", "click_cnt", "convert_cnt"],
                "filters": [], "order_by": [], "start_time": first, "end_time": last,
                "page": str(page), "page_size": str(_PAGE),
            })  # fmt: skip
            said = object_of(data)
            found += [_spent(config, object_of(row)) for row in said.get("rows") or []]
            pages = count(object_of(said.get("page_info")).get("total_page", 1))
            page += 1
        return found

    def _upload(self, config: Config, people: Sequence[Person]) -> Talk[str]:
        """Upload the file of some people; return where the platform keeps it."""
        content = audience_lines([one.phone for one in people if one.phone])
        name = "audience.txt"
        if config.get("zipped") == "yes":
            content, name = _zipped(name, content), "audience.zip"
        signature = hashlib.md5(content, usedforsecurity=False).hexdigest()
        data = yield upload_call(
            f"{_ROOT}/2/dmp/data_source/file/upload/",
            {"advertiser_id": config["advertiser_id"], "file_signature": signature},
            File("file", name, content),
        )
        return str(object_of(data).get("file_path", ""))

    def _update(self, config: Config, remote: str, operation: int, path: str) -> Call:
        """Return the change of a data source by a file."""
        return json_call(f"{_ROOT}/2/dmp/data_source/update/", {
            "advertiser_id": count(config["advertiser_id"]), "data_source_id": remote,
            "operation_type": operation, "data_format": 0, "file_storage_type": 0,
            "file_paths": [path],
        })  # fmt: skip


def _zipped(name: str, content: bytes) -> bytes:
    """Return a zip of one file; without the time, so that the same people are the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _spent(config: Config, row: Mapping[str, Any]) -> Spend:
    """Return one row of the report."""
    where, what = object_of(row.get("dimensions")), object_of(row.get("metrics"))
    return Spend(
        str(where.get("stat_time_day", ""))[:10], str(where.get("cdp_project_id", "")),
        str(where.get("cdp_project_name", "")), config.get("currency", "CNY"),
        minor_of(what.get("stat_cost"), config), count(what.get("show_cnt")),
        count(what.get("click_cnt")), count(what.get("convert_cnt")),
    )  # fmt: skip


PLATFORM = _OceanEngine()
