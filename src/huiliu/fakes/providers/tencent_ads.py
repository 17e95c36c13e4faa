"""Tencent Ads: zipped files, and calls that say when they were made and a word used once."""

from __future__ import annotations

import io
import re
import zipfile
from typing import ClassVar, Final

import msgspec

from huiliu.fakes.providers.ads import FakeAds, form_of
from huiliu.fakes.providers.cloud import SECOND, Asked, Given

__all__ = ["FakeTencentAds"]

_SHAPES: Final = {
    "HASH_MOBILE_PHONE": re.compile(r"[0-9a-fA-F]{32}"),
    "SHA256_MOBILE_PHONE": re.compile(r"[0-9a-fA-F]{64}"),
}


class FakeTencentAds(FakeAds):
    """The Marketing API 3.0 of Tencent."""

    name: ClassVar[str] = "tencent_ads"

    @property
    def config(self) -> dict[str, str]:
        """Return the fields of an account here."""
        return {"account_id": "20001", "client_id": "1111", "client_secret": "fake-app-secret",
                "refresh_token": "refresh-0", "user_action_set_id": "1200000001",
                "endpoint": self.url}  # fmt: skip

    def refuse(self, asked: Asked) -> Given | None:
        """Check token, clock and word."""
        said = asked.values()
        if asked.path == "/oauth/token":
            if not self.renewed(said.get("refresh_token", "")):
                return _fault(11011, "refresh_token invalid")
            return _well({"access_token": self.token, "refresh_token": self.renewal,
                          "access_token_expires_in": 86_400})  # fmt: skip
        if self.is_denied:
            return _fault(11003, "permission denied")
        stamp, nonce = said.get("timestamp", ""), said.get("nonce", "")
        if not stamp.isdecimal() or abs(int(stamp) - self.now() // SECOND) > 300:
            return _fault(11012, "timestamp")
        if not nonce or nonce in self.nonces:
            return _fault(11013, "nonce")
        self.nonces.add(nonce)
        if said.get("access_token") != self.token:
            return _fault(11005, "access token expired")
        return self.busy() if self.is_busy() else None

    def busy(self) -> Given:
        """Answer one call too many."""
        return _fault(11018, "too many requests")

    def answer(self, asked: Asked) -> Given:
        """Answer the calls that we make."""
        match asked.path.removeprefix("/v3.0"):
            case "/custom_audiences/add":
                return _well({"audience_id": int(self.made())})
            case "/custom_audience_files/add":
                return self._file(asked)
            case "/advertiser/get":
                return _well({"list": [{"account_id": 1, "corporation_name": "青山茶铺"}]})
            case "/user_actions/add":
                return self._actions(asked.json())
            case "/adgroups/update_configured_status":
                return self._change(asked.json(), "update_configured_status_spec")
            case "/adgroups/update_daily_budget":
                return self._change(asked.json(), "update_daily_budget_spec")
            case "/daily_reports/get":
                return self._report(asked.values())
            case _:
                return _fault(404, "no such path")

    def _file(self, asked: Asked) -> Given:
        """Take a zip with a hash a line."""
        fields, files = form_of(asked)
        known, shape = fields.get("audience_id", ""), _SHAPES.get(fields.get("user_id_type", ""))
        if known not in self.audiences or shape is None:
            return _fault(30001, "audience_id")
        try:
            with zipfile.ZipFile(io.BytesIO(files.get("file", b""))) as archive:
                lines = archive.read(archive.namelist()[0]).decode().split()
        except zipfile.BadZipFile:
            return _fault(30002, "zip")
        if not lines or not all(map(shape.fullmatch, lines)):
            return _fault(30003, "lines")
        if fields.get("operation_type") == "REDUCE":
            self.audiences[known] -= set(lines)
        else:
            self.audiences[known] |= set(lines)
        return _well({"custom_audience_file_id": 1})

    def _actions(self, given: dict[str, object]) -> Given:
        """Take actions, each once by its outer id."""
        rows = given.get("actions")
        if not isinstance(rows, list) or not 0 < len(rows) <= 50:
            return _fault(31001, "actions")
        for row in rows:
            if not row.get("trace") and not row.get("user_id"):
                return _fault(31002, "user_id or click_id")
            self.told(str(row["outer_action_id"]), row)
        return _well({})

    def _change(self, given: dict[str, object], spec: str) -> Given:
        """Change ad groups."""
        rows = given.get(spec)
        for row in rows if isinstance(rows, list) else []:
            known = str(row["adgroup_id"])
            if known not in self.campaigns:
                return _fault(32001, "adgroup_id")
            if "configured_status" in row:
                self.campaigns[known]["on"] = row["configured_status"] == "AD_STATUS_NORMAL"
            else:
                self.campaigns[known]["budget"] = row["daily_budget"] / 100
        return _well({"list": []})

    def _report(self, given: dict[str, str]) -> Given:
        """Tell of costs between two days, in fen."""
        days = msgspec.json.decode(given["date_range"])
        rows = [
            {"date": day, "adgroup_id": int(known), "adgroup_name": name,
             "cost": round(float(cost) * 100), "view_count": shown, "valid_click_count": clicks,
             "conversions_count": done}
            for day, known, name, cost, shown, clicks, done in self.costs
            if days["start_date"] <= day <= days["end_date"]
        ]  # fmt: skip
        return _well({"list": rows, "page_info": {"page": 1, "total_page": 1}})


def _well(data: object) -> Given:
    """Answer well."""
    return Given({"code": 0, "message": "", "message_cn": "", "data": data})


def _fault(code: int, message: str) -> Given:
    """Answer with a fault."""
    return Given({"code": code, "message": message, "message_cn": message, "data": {}})
