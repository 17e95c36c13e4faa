"""Google Ads: Customer Match by offline jobs, conversions by the click, campaigns by their ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any, Final

from huiliu.advertising.hashing import email_canonical, phone_e164, sha256
from huiliu.advertising.people import Conversion, Person, Spend
from huiliu.advertising.platforms.amounts import count, decimal_of
from huiliu.advertising.platforms.base import AdField, Config, Limit
from huiliu.advertising.platforms.usual import Usual, bearer
from huiliu.advertising.talk import (
    Call,
    Reaction,
    Reply,
    Talk,
    Verdict,
    json_call,
    object_of,
    read_json,
)
from huiliu.kernel.money import minor_units
from huiliu.kernel.times import local_datetime

__all__ = ["PLATFORM"]

#: What EEA law asks the advertiser to say of each upload; only people who agreed are in one.
_CONSENT: Final = {"adUserData": "GRANTED", "adPersonalization": "GRANTED"}
#: A list's members stay at most so long, in days; renewed with every upload.
_LIFE_SPAN: Final = 540
_LONGEST_WORDS: Final = 300
_BUDGET: Final = "SELECT campaign.campaign_budget FROM campaign WHERE campaign.id"
_COSTS: Final = (
    "SELECT campaign.id, campaign.name, segments.date, customer.currency_code, "
    "metrics.cost_micros, metrics.impressions, metrics.clicks, metrics.conversions "
    "FROM campaign WHERE segments.date"
)
_MICROS: Final = 1_000_000


class _GoogleAds(Usual):
    """The Google Ads API over REST."""

    __slots__ = ()

    name = "google_ads"
    evidence = "documents"
    hosts: Mapping[str, str] = {
        "api": "https://googleads.googleapis.com", "events": "https://googleads.googleapis.com",
        "token": "https://oauth2.googleapis.com",
    }  # fmt: skip
    fields = (
        AdField("customer_id"),
        AdField("developer_token", "secret"),
        AdField("client_id"),
        AdField("client_secret", "secret"),
        AdField("refresh_token", "secret"),
        AdField("login_customer_id", default=""),
        AdField("conversion_action", default=""),
        AdField("version", default="v22"),
        AdField("currency", default="USD"),
    )
    limits = (
        Limit("rows", "10000", "offlineUserDataJobs:addOperations"),
        Limit("identifiers", "20", "UserData.userIdentifiers"),
        Limit("events", "2000", "uploadClickConversions"),
    )
    kinds = ("phone", "email")
    batch = 10_000
    events = 2_000
    clicks = ("gclid", "gbraid", "wbraid")

    def hashed(self, config: Config, kind: str, value: str) -> str:
        """Return the SHA-256 of an address without Gmail's dots, or of an E.164 number."""
        del config
        normal = phone_e164(value) if kind == "phone" else email_canonical(value)
        return sha256(normal) if normal else ""

    def signed(
        self, config: Config, call: Call, token: str, at: int, nonce: str
    ) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Return the token, the developer's token and the manager account."""
        del at, nonce
        if call.is_open:
            return {}, {}
        manager = _digits(config.get("login_customer_id", ""))
        headers = {**bearer(token), "developer-token": config["developer_token"]}
        return (headers | {"login-customer-id": manager} if manager else headers), {}

    def read(self, call: Call, reply: Reply) -> Verdict:
        """Read the data, or `{error: {code, status, message}}`."""
        del call
        said = object_of(read_json(reply))
        if 200 <= reply.status < 300:
            part = object_of(said.get("partialFailureError"))
            if not part:
                return Verdict(Reaction.OK, said)
            words = str(part.get("message", ""))[:_LONGEST_WORDS]
            return Verdict(Reaction.REFUSED, None, str(part.get("code", "")), words)
        fault = object_of(said.get("error"))
        reaction = {
            400: Reaction.REFUSED, 401: Reaction.REFRESH, 403: Reaction.DENIED,
            404: Reaction.REFUSED, 429: Reaction.THROTTLE,
        }.get(reply.status, Reaction.RETRY)  # fmt: skip
        if said.get("error") == "invalid_grant":
            return Verdict(Reaction.DENIED, None, "invalid_grant")
        code = str(fault.get("status") or reply.status)
        return Verdict(reaction, None, code, str(fault.get("message", ""))[:_LONGEST_WORDS])

    def probe(self, config: Config) -> Talk[str]:
        """Ask for the customer's name."""
        rows = yield from _search(config, "SELECT customer.descriptive_name FROM customer LIMIT 1")
        customer = object_of(rows[0].get("customer")) if rows else {}
        return str(customer.get("descriptiveName", ""))

    def make(self, config: Config, name: str) -> Talk[str]:
        """Make a list of the kind that takes contact details."""
        made = {"name": name, "membershipLifeSpan": _LIFE_SPAN,
                "crmBasedUserList": {"uploadKeyType": "CONTACT_INFO"}}  # fmt: skip
        data = yield json_call(
            f"{_customer(config)}/userLists:mutate", {"operations": [{"create": made}]}
        )
        rows = object_of(data).get("results") or [{}]
        return str(object_of(rows[0]).get("resourceName", ""))

    def add(self, config: Config, remote: str, name: str, people: Sequence[Person]) -> Talk[str]:
        """Run a job that adds people to a list."""
        del name
        yield from _run(config, remote, "create", people)
        return remote

    def remove(self, config: Config, remote: str, people: Sequence[Person]) -> Talk[None]:
        """Run a job that takes people out of a list."""
        yield from _run(config, remote, "remove", people)

    def convert(self, config: Config, conversions: Sequence[Conversion]) -> Talk[None]:
        """Upload conversions, each known by its order."""
        action = f"{_name(config)}/conversionActions/{config.get('conversion_action', '')}"
        rows = [
            {
                "conversionAction": action,
                "conversionDateTime": _moment(one.at),
                "conversionValue": float(decimal_of(one.value, config, one.currency)),
                "currencyCode": one.currency,
                "orderId": one.event_id,
                "consent": _CONSENT,
                **({one.click_name: one.click_id} if one.click_name in self.clicks else {}),
                **({"userIdentifiers": _identifiers(one.person)} if one.person else {}),
            }
            for one in conversions
        ]
        yield json_call(
            f"{_customer(config)}:uploadClickConversions",
            {"conversions": rows, "partialFailure": True}, host="events",
        )  # fmt: skip

    def switch(self, config: Config, object_id: str, *, on: bool) -> Talk[None]:
        """Let a campaign run, or pause it."""
        changed = {"resourceName": f"{_name(config)}/campaigns/{_digits(object_id)}",
                   "status": "ENABLED" if on else "PAUSED"}  # fmt: skip
        yield json_call(f"{_customer(config)}/campaigns:mutate", {
            "operations": [{"update": changed, "updateMask": "status"}],
        })  # fmt: skip

    def set_budget(self, config: Config, object_id: str, minor: int) -> Talk[None]:
        """Set the budget that a campaign draws on, in millionths."""
        rows = yield from _search(
            config,
            f"{_BUDGET} = {_digits(object_id)}",
        )
        budget = str(object_of(rows[0].get("campaign")).get("campaignBudget", "")) if rows else ""
        micros = minor * _MICROS // 10 ** minor_units(config.get("currency", "USD"))
        yield json_call(f"{_customer(config)}/campaignBudgets:mutate", {
            "operations": [{"update": {"resourceName": budget, "amountMicros": str(micros)},
                            "updateMask": "amount_micros"}],
        })  # fmt: skip

    def spend(self, config: Config, first: str, last: str) -> Talk[list[Spend]]:
        """Ask for the cost of each campaign and day."""
        rows = yield from _search(
            config,
            f"{_COSTS} BETWEEN '{first}' AND '{last}'",
        )
        return [_spent(config, row) for row in rows]


def _digits(written: str) -> str:
    """Return the digits of an id: Google shows it with hyphens."""
    return "".join(one for one in written if one.isdecimal())


def _name(config: Config) -> str:
    """Return the customer's resource name."""
    return f"customers/{_digits(config['customer_id'])}"


def _customer(config: Config) -> str:
    """Return the path of the customer."""
    return f"/{config.get('version') or 'v22'}/{_name(config)}"


def _identifiers(person: Person) -> list[dict[str, str]]:
    """Return a person's identifiers."""
    found = [{"hashedEmail": person.email}] if person.email else []
    return [*found, {"hashedPhoneNumber": person.phone}] if person.phone else found


def _run(config: Config, remote: str, verb: str, people: Sequence[Person]) -> Talk[None]:
    """Make a job for a list, give it its operations, and start it."""
    said = {"userList": remote} | ({"consent": _CONSENT} if verb == "create" else {})
    data = yield json_call(f"{_customer(config)}/offlineUserDataJobs:create", {
        "job": {"type": "CUSTOMER_MATCH_USER_LIST", "customerMatchUserListMetadata": said},
    })  # fmt: skip
    job = f"/{config.get('version') or 'v22'}/{object_of(data).get('resourceName', '')}"
    operations = [{verb: {"userIdentifiers": _identifiers(one)}} for one in people]
    yield json_call(f"{job}:addOperations", {
        "enablePartialFailure": True, "operations": operations,
    })  # fmt: skip
    yield json_call(f"{job}:run", {})


def _search(config: Config, query: str) -> Talk[list[dict[str, Any]]]:
    """Ask a question of the account, page by page."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        asked = {"query": query} | ({"pageToken": after} if after else {})
        data = yield json_call(f"{_customer(config)}/googleAds:search", asked)
        said = object_of(data)
        found += [object_of(row) for row in said.get("results") or []]
        after = str(said.get("nextPageToken") or "")
        if not after:
            return found


def _moment(at: int) -> str:
    """Return an instant as `yyyy-mm-dd hh:mm:ss+00:00`."""
    return f"{local_datetime(at, str(UTC)):%Y-%m-%d %H:%M:%S}+00:00"


def _spent(config: Config, row: Mapping[str, Any]) -> Spend:
    """Return one row of the report."""
    campaign, metrics = object_of(row.get("campaign")), object_of(row.get("metrics"))
    customer = object_of(row.get("customer"))
    currency = str(customer.get("currencyCode") or config.get("currency") or "USD")
    cost = count(metrics.get("costMicros")) * 10 ** minor_units(currency)
    return Spend(
        str(object_of(row.get("segments")).get("date", "")), str(campaign.get("id", "")),
        str(campaign.get("name", "")), currency, (cost + _MICROS // 2) // _MICROS,
        count(metrics.get("impressions")), count(metrics.get("clicks")),
        count(metrics.get("conversions")),
    )  # fmt: skip


PLATFORM = _GoogleAds()
