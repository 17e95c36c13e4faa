"""Google Ads: jobs that are made, filled and run; conversions known by their orders."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final

from huiliu.fakes.providers.ads import FakeAds
from huiliu.fakes.providers.cloud import Asked, Given

__all__ = ["FakeGoogleAds"]

_SHA: Final = re.compile(r"[0-9a-f]{64}")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d")
_CUSTOMER: Final = "customers/5000000001"


class FakeGoogleAds(FakeAds):
    """The Google Ads API over REST, and the token's own host."""

    name: ClassVar[str] = "google_ads"
    rotates: ClassVar[bool] = False

    @property
    def config(self) -> dict[str, str]:
        """Return the fields of an account here."""
        return {"customer_id": "500-000-0001", "developer_token": "fake-developer",
                "client_id": "fake.apps.example", "client_secret": "fake-client-secret",
                "refresh_token": "refresh-0", "conversion_action": "77",
                "version": "v22", "endpoint": self.url}  # fmt: skip

    def refuse(self, asked: Asked) -> Given | None:
        """Check the tokens."""
        if asked.path == "/token":
            said = asked.form()
            if said.get("grant_type") != "refresh_token" or not self.renewed(said["refresh_token"]):
                return Given({"error": "invalid_grant"}, 400)
            return Given({"access_token": self.token, "expires_in": 3_599, "token_type": "Bearer"})
        if self.is_denied:
            return _fault(403, "PERMISSION_DENIED")
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return _fault(401, "UNAUTHENTICATED")
        if asked.headers.get("developer-token") != "fake-developer":
            return _fault(403, "PERMISSION_DENIED")
        return self.busy() if self.is_busy() else None

    def busy(self) -> Given:
        """Answer one call too many."""
        return _fault(429, "RESOURCE_EXHAUSTED")

    def answer(self, asked: Asked) -> Given:
        """Answer the calls that we make."""
        path, given = asked.path.removeprefix("/v22/"), asked.json()
        answers = {
            f"{_CUSTOMER}/userLists:mutate": self._list,
            f"{_CUSTOMER}/offlineUserDataJobs:create": self._job,
            f"{_CUSTOMER}:uploadClickConversions": self._conversions,
            f"{_CUSTOMER}/campaigns:mutate": self._campaigns,
            f"{_CUSTOMER}/campaignBudgets:mutate": self._budgets,
            f"{_CUSTOMER}/googleAds:search": self._search,
        }
        if (answer := answers.get(path)) is not None:
            return answer(given)
        name, _, verb = path.rpartition(":")
        return self._of_job(name, verb, given) if name in self.jobs else _fault(404, "NOT_FOUND")

    def _list(self, given: dict[str, Any]) -> Given:
        """Make a list."""
        made = given["operations"][0]["create"]
        if made["crmBasedUserList"]["uploadKeyType"] != "CONTACT_INFO":
            return _fault(400, "INVALID_ARGUMENT")
        return Given({"results": [{"resourceName": self.made(f"{_CUSTOMER}/userLists/")}]})

    def _job(self, given: dict[str, Any]) -> Given:
        """Make a job for a list."""
        said = given["job"]["customerMatchUserListMetadata"]
        if said["userList"] not in self.audiences:
            return _fault(400, "INVALID_ARGUMENT")
        name = f"{_CUSTOMER}/offlineUserDataJobs/{len(self.jobs) + 1}"
        self.jobs[name] = (said["userList"], [])
        return Given({"resourceName": name})

    def _of_job(self, name: str, verb: str, given: dict[str, Any]) -> Given:
        """Fill a job, or run it."""
        known, operations = self.jobs[name]
        if verb == "addOperations":
            operations += given["operations"]
            return Given({})
        for operation in operations:
            (how, said), *_ = operation.items()
            hashes = {value for one in said["userIdentifiers"] for value in one.values()}
            if not all(map(_SHA.fullmatch, hashes)):
                return _fault(400, "INVALID_ARGUMENT")
            if how == "remove":
                self.audiences[known] -= hashes
            else:
                self.audiences[known] |= hashes
        return Given({"name": f"{name}/operations/1"})

    def _conversions(self, given: dict[str, Any]) -> Given:
        """Take conversions."""
        for row in given["conversions"]:
            is_known = any(row.get(one) for one in ("gclid", "gbraid", "wbraid", "userIdentifiers"))
            if not is_known or not _MOMENT.fullmatch(row["conversionDateTime"]):
                return Given({"partialFailureError": {"code": 3, "message": "invalid conversion"}})
        for row in given["conversions"]:
            self.told(row["orderId"], row)
        return Given({"results": [{} for _ in given["conversions"]]})

    def _campaigns(self, given: dict[str, Any]) -> Given:
        """Change a campaign's status."""
        changed = given["operations"][0]["update"]
        known = changed["resourceName"].rpartition("/")[2]
        if known not in self.campaigns:
            return _fault(400, "INVALID_ARGUMENT")
        self.campaigns[known]["on"] = changed["status"] == "ENABLED"
        return Given({"results": [{"resourceName": changed["resourceName"]}]})

    def _budgets(self, given: dict[str, Any]) -> Given:
        """Change a budget."""
        changed = given["operations"][0]["update"]
        known = changed["resourceName"].rpartition("/")[2].removeprefix("9")
        self.campaigns[known]["budget"] = int(changed["amountMicros"]) / 1_000_000
        return Given({"results": [{"resourceName": changed["resourceName"]}]})

    def _search(self, given: dict[str, Any]) -> Given:
        """Answer the questions that we ask."""
        query = given["query"]
        if "campaign_budget" in query:
            known = query.rpartition("= ")[2]
            budget = f"{_CUSTOMER}/campaignBudgets/9{known}"
            return Given({"results": [{"campaign": {"campaignBudget": budget}}]})
        if "descriptive_name" in query:
            return Given({"results": [{"customer": {"descriptiveName": "Green Hill Tea"}}]})
        rows = [
            {"campaign": {"id": known, "name": name}, "segments": {"date": day},
             "customer": {"currencyCode": "USD"},
             "metrics": {"costMicros": str(round(float(cost) * 1_000_000)),
                         "impressions": str(shown), "clicks": str(clicks), "conversions": done}}
            for day, known, name, cost, shown, clicks, done in self.costs
        ]  # fmt: skip
        return Given({"results": rows})


def _fault(status: int, word: str) -> Given:
    """Answer with a fault."""
    return Given({"error": {"code": status, "status": word, "message": word.lower()}}, status)
