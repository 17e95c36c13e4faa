"""What the DNS says of a sending domain, as receivers take it; each fault with its cure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from huiliu.messages.dkim import Signer, SigningKey
from huiliu.messages.sender_health import Finding, Sending, examine

_PEM = (
    Ed25519PrivateKey.generate()
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode()
)
SIGNER = Signer(SigningKey("brand.example", "hl1", _PEM))
SENDING = Sending(
    "brand.example", "bounce.brand.example", ("out.brand.example",), (SIGNER,), "in.brand.example"
)
GOOD: Mapping[tuple[str, str], Sequence[str]] = {
    ("bounce.brand.example", "TXT"): ["v=spf1 mx include:relay.example ~all", "other=1"],
    ("relay.example", "TXT"): ["v=spf1 ip4:192.0.2.0/24 -all"],
    ("hl1._domainkey.brand.example", "TXT"): [SIGNER.record],
    ("_dmarc.brand.example", "TXT"): ["v=DMARC1; p=reject; rua=mailto:d@brand.example"],
    ("bounce.brand.example", "MX"): ["10 in.brand.example"],
    ("in.brand.example", "A"): ["192.0.2.1"],
    ("brand.example", "MX"): ["10 mail.brand.example"],
    ("out.brand.example", "A"): ["192.0.2.2"],
    ("192.0.2.2", "PTR"): ["out.brand.example"],
}


def examined(
    changed: Mapping[tuple[str, str], Sequence[str]], sending: Sending = SENDING
) -> dict[str, list[Finding]]:
    """Return the findings by check when some records are others."""
    records = {**GOOD, **changed}
    found: dict[str, list[Finding]] = {}
    for one in examine(sending, lambda name, kind: records.get((name, kind), ())):
        found.setdefault(one.check, []).append(one)
    return found


def test_a_domain_that_has_everything_is_good():
    """Each check says so once."""
    found = examined({})

    assert {name: [one.state for one in mine] for name, mine in found.items()} == {
        "spf": ["ok"], "dkim": ["ok"], "dmarc": ["ok"], "bounces": ["ok"], "replies": ["ok"],
        "reverse": ["ok"],
    }  # fmt: skip


SPF = ("bounce.brand.example", "TXT")
DKIM = ("hl1._domainkey.brand.example", "TXT")
DMARC = ("_dmarc.brand.example", "TXT")


@pytest.mark.parametrize(
    ("where", "records", "check", "state", "key"),
    [
        (SPF, [], "spf", "fail", "spf_missing"),
        (SPF, ["v=spf1 -all", "v=spf1 ~all"], "spf", "fail", "spf_several"),
        (SPF, ["v=spf1 +all"], "spf", "fail", "spf_everyone"),
        (SPF, ["v=spf1 mx"], "spf", "warn", "spf_open"),
        (SPF, ["v=spf1 mx ?all"], "spf", "warn", "spf_open"),
        (SPF, ["v=spf1 include:gone.example -all"], "spf", "fail", "spf_include"),
        (SPF, ["v=spf1 ipv4:1.2.3.4 -all"], "spf", "fail", "spf_unknown"),
        (SPF, ["v=spf1 " + "mx:a.example " * 11 + "-all"], "spf", "fail", "spf_lookups"),
        (SPF, ["v=spf1 include:bounce.brand.example -all"], "spf", "fail", "spf_lookups"),
        (SPF, ["v=spf1 redirect=relay.example"], "spf", "ok", "spf_good"),
        (SPF, ["v=spf1 exp=x.example a/24 ip6:::1 -all"], "spf", "ok", "spf_good"),
        (DKIM, [], "dkim", "fail", "dkim_missing"),
        (DKIM, ["v=DKIM1; k=ed25519; p=abc"], "dkim", "fail", "dkim_other"),
        (DKIM, [SIGNER.record, "v=DKIM1; p="], "dkim", "fail", "dkim_several"),
        (DKIM, [SIGNER.record + "; t=y:s"], "dkim", "warn", "dkim_testing"),
        (DMARC, [], "dmarc", "fail", "dmarc_missing"),
        (DMARC, ["v=DMARC1; p=none; rua=mailto:x@y.example"], "dmarc", "warn", "dmarc_watching"),
        (DMARC, ["v=DMARC1; p=reject"], "dmarc", "warn", "dmarc_no_reports"),
        (DMARC, ["v=DMARC1; p=maybe"], "dmarc", "fail", "dmarc_policy"),
        (DMARC, ["v=DMARC1; p=none", "v=DMARC1; p=none"], "dmarc", "fail", "dmarc_several"),
        (("bounce.brand.example", "MX"), [], "bounces", "fail", "bounces_no_mx"),
        (("bounce.brand.example", "MX"), ["5 mx.else.example"], "bounces", "warn",
         "bounces_elsewhere"),
        (("in.brand.example", "A"), [], "bounces", "fail", "bounces_no_address"),
        (("brand.example", "MX"), [], "replies", "warn", "replies_nowhere"),
        (("brand.example", "MX"), ["0 "], "replies", "warn", "replies_nowhere"),
        (("out.brand.example", "A"), [], "reverse", "warn", "reverse_unknown"),
        (("192.0.2.2", "PTR"), ["host.isp.example"], "reverse", "fail", "reverse_wrong"),
    ],
)  # fmt: skip
def test_each_fault_is_found_and_named(
    where: tuple[str, str], records: list[str], check: str, state: str, key: str
):
    """And nothing else is found wrong with it."""
    found = examined({where: records})[check]

    assert f"domains.{key}" in [one.said.key for one in found]
    assert [one.state for one in found if one.said.key == f"domains.{key}"] == [state]


def test_a_fault_comes_with_the_record_that_mends_it():
    """Name, kind and value as they are to be published."""
    (missing,) = examined({DKIM: []})["dkim"]
    assert (missing.name, missing.kind, missing.value) == (DKIM[0], "TXT", SIGNER.record)
    (none,) = examined({DMARC: []})["dmarc"]
    assert none.value == "v=DMARC1; p=none; rua=mailto:dmarc@brand.example"
    (weak,) = examined({SPF: ["v=spf1 a:Mail.example ?all"]})["spf"]
    assert weak.value == "v=spf1 a:Mail.example ~all"
    (silent,) = examined({DMARC: ["v=DMARC1; p=reject;"]})["dmarc"]
    assert silent.value == "v=DMARC1; p=reject; rua=mailto:dmarc@brand.example"
    (bounces,) = examined({("bounce.brand.example", "MX"): []})["bounces"]
    assert (bounces.kind, bounces.value) == ("MX", "10 in.brand.example")


def test_dmarc_of_the_domain_above_holds_too():
    """A sub-domain without a record of its own is covered."""
    below = Sending("news.brand.example", "bounce.brand.example")

    assert [one.state for one in examined({}, below)["dmarc"]] == ["ok"]


def test_a_bounce_domain_of_someone_else_proves_nothing_for_dmarc():
    """Then only DKIM is aligned."""
    foreign = Sending("brand.example", "bounce.relay.example")
    found = examined({("bounce.relay.example", "TXT"): ["v=spf1 mx -all"]}, foreign)

    assert [one.said.key for one in found["spf"]] == ["domains.spf_not_aligned"]


def test_a_question_that_nobody_answers_is_unknown_and_the_others_are_asked():
    """A DNS that is away is no fault of the domain."""

    def ask(name: str, kind: str) -> Sequence[str]:
        """Answer all but DMARC's."""
        if name.startswith("_dmarc"):
            raise LookupError(name)
        return GOOD.get((name, kind), ())

    states = {one.check: one.state for one in examine(SENDING, ask)}

    assert states["dmarc"] == "unknown"
    assert states["spf"] == states["bounces"] == "ok"


def test_who_has_no_key_and_reads_no_bounces_is_told_so():
    """Neither is a fault: a relay may do both."""
    plain = Sending("brand.example")
    found = examined({("brand.example", "TXT"): ["v=spf1 mx -all"]}, plain)

    assert [one.said.key for one in found["dkim"]] == ["domains.dkim_none"]
    assert [one.said.key for one in found["bounces"]] == ["domains.bounces_unread"]
    assert "reverse" not in found
