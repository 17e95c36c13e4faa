"""TikTok: segments that people are mapped to, events in whole seconds."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final

from huiliu.fakes.providers.ads import FakeAds
from huiliu.fakes.providers.cloud import SECOND, Asked, Given

__all__ = ["FakeTikTok"]

_SHA: Final = re.compile(r"[0-9a-f]{64}")


class FakeTikTok(FakeAds):
    """The API for Business 1.3."""

    name: ClassVar[str] = "tiktok"

    @property
    def config(self) -> dict[str, str]:
        """Return the fields of an account here."""
        return {"advertiser_id": "60001", "access_token": "long-token", "pixel_code": "PIXEL1",
                "endpoint": self.url}  # fmt: skip

    def refuse(self, asked: Asked) -> Given | None:
        """Check the token."""
        if self.is_denied or asked.headers.get("access-token") != "long-token":
            return _fault(40105, "Access token is incorrect or has been revoked")
        return self.busy() if self.is_busy() else None

    def busy(self) -> Given:
        """Answer one call too many."""
        return _fault(40100, "Requests made too frequently")

    def answer(self, asked: Asked) -> Given:
        """Answer the calls that we make."""
        given: dict[str, Any] = {**asked.values(), **asked.json()}
        match asked.path.removeprefix("/open_api/v1.3"):
            case "/segment/audience/":
                return _well({"audience_id": self.made()})
            case "/segment/mapping/":
                return self._mapping(given)
            case "/event/track/":
                return self._track(given)
            case "/advertiser/info/":
                return _well({"list": [{"name": "Green Hill Tea"}]})
            case "/campaign/status/update/":
                return self._status(given)
            case "/campaign/update/":
                self.campaigns[given["campaign_id"]]["budget"] = given["budget"]
                return _well({"campaign_id": given["campaign_id"]})
            case "/report/integrated/get/":
                return self._report()
            case _:
                return _fault(40002, "no such path")

    def _mapping(self, given: dict[str, Any]) -> Given:
        """Map ids to segments, or end it."""
        if given.get("id_schema") != ["EMAIL_SHA256", "PHONE_SHA256"]:
            return _fault(40002, "id_schema")
        for row in given["batch_data"]:
            for one in row:
                if not one:
                    continue
                if not _SHA.fullmatch(one["id"]):
                    return _fault(40002, "id")
                for known in one["audience_ids"]:
                    held = self.audiences[known]
                    (held.discard if given["action"] == "delete" else held.add)(one["id"])
        return _well({})

    def _track(self, given: dict[str, Any]) -> Given:
        """Take events."""
        rows = given.get("data", [])
        if given.get("event_source_id") != "PIXEL1" or not 0 < len(rows) <= 1_000:
            return _fault(40002, "event_source_id")
        for row in rows:
            if row["event_time"] > self.now() // SECOND + 60 or not row["user"]:
                return _fault(40002, "event_time")
        for row in rows:
            self.told(f"{row['event']} {row['event_id']}", row)
        return _well({})

    def _status(self, given: dict[str, Any]) -> Given:
        """Let campaigns run or pause them."""
        for known in given["campaign_ids"]:
            if known not in self.campaigns:
                return _fault(40002, "campaign_ids")
            self.campaigns[known]["on"] = given["operation_status"] == "ENABLE"
        return _well({"campaign_ids": given["campaign_ids"]})

    def _report(self) -> Given:
        """Tell of all costs."""
        rows = [
            {"dimensions": {"campaign_id": known, "stat_time_day": f"{day} 00:00:00"},
             "metrics": {"campaign_name": name, "spend": cost, "impressions": str(shown),
                         "clicks": str(clicks), "conversion": str(done)}}
            for day, known, name, cost, shown, clicks, done in self.costs
        ]  # fmt: skip
        return _well({"list": rows, "page_info": {"page": 1, "total_page": 1}})


def _well(data: object) -> Given:
    """Answer well."""
    return Given({"code": 0, "message": "OK", "request_id": "F1", "data": data})


def _fault(code: int, message: str) -> Given:
    """Answer with a fault."""
    return Given({"code": code, "message": message, "request_id": "F1", "data": {}})
