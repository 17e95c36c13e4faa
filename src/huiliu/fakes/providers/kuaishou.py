"""Kuaishou: a file of MD5 numbers is an audience; conversions come by the click's callback."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from huiliu.fakes.providers.ads import FakeAds, form_of, numbers
from huiliu.fakes.providers.cloud import Asked, Given

__all__ = ["FakeKuaishou"]

_MD5: Final = re.compile(r"[0-9a-f]{32}")
_ROOT: Final = "/rest/openapi"


class FakeKuaishou(FakeAds):
    """The Marketing API and the conversions of Kuaishou."""

    name: ClassVar[str] = "kuaishou"

    @property
    def config(self) -> dict[str, str]:
        """Return the fields of an account here."""
        return {"advertiser_id": "10001", "app_id": "165888888", "secret": "fake-app-secret",
                "refresh_token": "refresh-0", "endpoint": self.url}  # fmt: skip

    def refuse(self, asked: Asked) -> Given | None:
        """Check the token."""
        if asked.path == f"{_ROOT}/oauth2/authorize/refresh_token":
            if not self.renewed(str(asked.json().get("refresh_token"))):
                return _fault(402003, "refresh_token invalid")
            return _well({"access_token": self.token, "refresh_token": self.renewal,
                          "access_token_expires_in": 86_400})  # fmt: skip
        if asked.path == "/track/activate":
            return None
        if self.is_denied:
            return _fault(401000, "无权限")
        if asked.headers.get("access-token") != self.token:
            return _fault(402001, "access_token 过期")
        return self.busy() if self.is_busy() else None

    def busy(self) -> Given:
        """Answer one call too many."""
        return _fault(402005, "请求过于频繁")

    def answer(self, asked: Asked) -> Given:  # noqa: PLR0911 - a way for each call
        """Answer the calls that we make."""
        path = asked.path.removeprefix(_ROOT)
        match path:
            case "/v1/dmp/population/upload" | "/v1/dmp/population/update":
                return self._file(asked, path.endswith("update"))
            case "/v1/dmp/population/list":
                return self._list()
            case "/v1/dmp/population/push":
                self.published |= {str(one) for one in numbers(asked.json()["orientation_ids"])}
                return _well({})
            case "/v1/advertiser/info":
                return _well({"user_name": "青山茶铺"})
            case "/v1/campaign/update/status":
                return self._status(asked.json())
            case "/v1/campaign/update":
                return self._budget(asked.json())
            case "/v1/report/campaign_report":
                return self._report(asked.json())
            case "/track/activate":
                return self._activate(asked.values())
            case _:
                return _fault(404, "no such path")

    def _list(self) -> Given:
        """Tell how audiences stand: 1 in force, 4 on line."""
        rows = [
            {"orientation_id": int(known), "status": 4 if known in self.published else 1}
            for known in self.audiences
        ]
        return _well({"details": rows, "total_count": len(rows)})

    def _file(self, asked: Asked, is_update: bool) -> Given:
        """Take a file with a hash a line."""
        fields, files = form_of(asked)
        lines = files.get("file", b"").decode().split()
        if fields.get("type") != "5" or not lines or not all(map(_MD5.fullmatch, lines)):
            return _fault(400001, "file")
        if is_update:
            known = fields.get("orientation_id", "")
            if known not in self.audiences or fields.get("operation_type") not in {"1", "3"}:
                return _fault(400001, "orientation_id")
            if fields["operation_type"] == "3":
                self.audiences[known] -= set(lines)
            else:
                self.audiences[known] |= set(lines)
            return _well({"orientation_id": int(known)})
        if not 0 < len(fields.get("orientation_name", "")) <= 20:
            return _fault(400001, "orientation_name")
        known = self.made()
        self.audiences[known] = set(lines)
        return _well({"orientation_id": int(known), "record_size": len(lines)})

    def _status(self, given: dict[str, object]) -> Given:
        """Let campaigns run (1) or pause them (2)."""
        for one in numbers(given.get("campaign_ids")):
            if str(one) not in self.campaigns:
                return _fault(400002, "campaign_id")
            self.campaigns[str(one)]["on"] = given.get("put_status") == 1
        return _well({})

    def _budget(self, given: dict[str, object]) -> Given:
        """Set a daily budget, in thousandths of a yuan, of 500 yuan at least."""
        budget = int(str(given.get("day_budget", 0)))
        if budget < 500_000:
            return _fault(400003, "day_budget")
        self.campaigns[str(given.get("campaign_id"))]["budget"] = budget / 1_000
        return _well({})

    def _report(self, given: dict[str, object]) -> Given:
        """Tell of costs between two days."""
        first, last = str(given["start_date"]), str(given["end_date"])
        rows = [
            {"stat_date": day, "campaign_id": int(known), "campaign_name": name,
             "charge": float(cost), "show": shown, "bclick": clicks, "conversion": done}
            for day, known, name, cost, shown, clicks, done in self.costs
            if first <= day <= last
        ]  # fmt: skip
        return _well({"details": rows, "total_count": len(rows)})

    def _activate(self, given: dict[str, str]) -> Given:
        """Count a conversion, however often it comes."""
        if not given.get("callback") or len(given.get("event_time", "")) != 13:
            return Given({"result": 11, "host-name": "fake"})
        self.told(f"{given['callback']} {len(self.conversions)}", given)
        return Given({"result": 1, "host-name": "fake"})


def _well(data: object) -> Given:
    """Answer well."""
    return Given({"code": 0, "message": "success", "data": data})


def _fault(code: int, message: str) -> Given:
    """Answer with a fault."""
    return Given({"code": code, "message": message})
