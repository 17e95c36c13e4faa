"""Meta: audiences by rows of hashes, events of which one that is too old fails all."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final

from huiliu.fakes.providers.ads import FakeAds
from huiliu.fakes.providers.cloud import SECOND, Asked, Given

__all__ = ["FakeMeta"]

_SHA: Final = re.compile(r"[0-9a-f]{64}")
_WEEK_S: Final = 7 * 86_400


class FakeMeta(FakeAds):
    """The Graph API, as far as audiences, events and campaigns go."""

    name: ClassVar[str] = "meta"

    @property
    def config(self) -> dict[str, str]:
        """Return the fields of an account here."""
        return {"ad_account_id": "30001", "access_token": "system-user-token",
                "dataset_id": "40001", "version": "v23.0", "endpoint": self.url}  # fmt: skip

    def refuse(self, asked: Asked) -> Given | None:
        """Check the token."""
        if self.is_denied or asked.headers.get("authorization") != "Bearer system-user-token":
            return _fault(190, "Invalid OAuth 2.0 Access Token", 400)
        return self.busy() if self.is_busy() else None

    def busy(self) -> Given:
        """Answer one call too many."""
        return _fault(80003, "There have been too many calls to this ad account", 400)

    def answer(self, asked: Asked) -> Given:
        """Answer the calls that we make."""
        parts = asked.path.strip("/").split("/")[1:]
        match parts:
            case ["act_30001"]:
                return Given({"name": "Green Hill Tea", "id": "act_30001"})
            case ["act_30001", "customaudiences"]:
                return Given({"id": self.made()})
            case ["act_30001", "insights"]:
                return self._insights()
            case [known, "users"] if known in self.audiences:
                return self._users(asked, known)
            case ["40001", "events"]:
                return self._events(asked.json())
            case [known] if known in self.campaigns:
                return self._campaign(known, asked.json())
            case _:
                return _fault(100, "Unsupported request", 400)

    def _users(self, asked: Asked, known: str) -> Given:
        """Add rows, or take them out."""
        payload = asked.json().get("payload")
        said: dict[str, Any] = payload if isinstance(payload, dict) else {}
        rows = said.get("data", [])
        if said.get("schema") != ["EMAIL", "PHONE"] or not 0 < len(rows) <= 10_000:
            return _fault(100, "Invalid parameter", 400)
        hashes = {one for row in rows for one in row if one}
        if not all(map(_SHA.fullmatch, hashes)):
            return _fault(100, "Invalid parameter", 400)
        if asked.method == "DELETE":
            self.audiences[known] -= hashes
        else:
            self.audiences[known] |= hashes
        return Given({"audience_id": known, "num_received": len(rows), "num_invalid_entries": 0})

    def _events(self, given: dict[str, object]) -> Given:
        """Take events; milliseconds, or one older than a week, fail them all."""
        rows = given.get("data")
        if not isinstance(rows, list) or not 0 < len(rows) <= 1_000:
            return _fault(100, "Invalid parameter", 400)
        now = self.now() // SECOND
        for row in rows:
            if not now - _WEEK_S <= row["event_time"] <= now + 60 or not row.get("user_data"):
                return _fault(100, "Event Timestamp Too Old", 400)
        for row in rows:
            self.told(f"{row['event_name']} {row['event_id']}", row)
        return Given({"events_received": len(rows), "fbtrace_id": "F"})

    def _campaign(self, known: str, given: dict[str, object]) -> Given:
        """Change a campaign."""
        if "status" in given:
            self.campaigns[known]["on"] = given["status"] == "ACTIVE"
        if "daily_budget" in given:
            self.campaigns[known]["budget"] = int(str(given["daily_budget"])) / 100
        return Given({"success": True})

    def _insights(self) -> Given:
        """Tell of all costs."""
        rows = [
            {"date_start": day, "campaign_id": known, "campaign_name": name, "spend": cost,
             "impressions": str(shown), "clicks": str(clicks), "account_currency": "USD"}
            for day, known, name, cost, shown, clicks, _ in self.costs
        ]  # fmt: skip
        return Given({"data": rows})


def _fault(code: int, message: str, status: int) -> Given:
    """Answer with a fault."""
    return Given({"error": {"message": message, "type": "OAuthException", "code": code}}, status)
