"""Whether receivers will believe that a brand's letters are its own: what its DNS says of it.

Gmail, Yahoo and Outlook ask of those who send much: SPF and DKIM, DMARC that one of them agrees
with, a name for the sending address. Every finding says what to publish instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from huiliu.kernel.texts import Text, text
from huiliu.messages.dkim import Signer, read_tags
from huiliu.messages.spf import spf_faults, spf_records

__all__ = ["CHECKS", "FAIL", "OK", "UNKNOWN", "WARN", "Ask", "Finding", "Sending", "examine"]

OK: Final = "ok"
WARN: Final = "warn"
FAIL: Final = "fail"
#: Nobody answered the question.
UNKNOWN: Final = "unknown"

#: (name, kind) -> records; raises LookupError where nobody answers.
Ask = Callable[[str, str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check of a sending domain found."""

    #: spf, dkim, dmarc, bounces, replies or reverse.
    check: str
    state: str
    said: Text
    #: The record that would put it right: its name, kind and value; "" where none would.
    name: str = ""
    kind: str = ""
    value: str = ""
    #: What stands there now.
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sending:
    """How a brand sends from a domain."""

    domain: str
    #: The domain of the envelope's sender; "" = the domain itself.
    bounce_domain: str = ""
    #: Names that its own servers greet with; a relay greets with its own.
    greetings: tuple[str, ...] = ()
    #: The keys that sign its letters.
    signers: tuple[Signer, ...] = field(default=())
    #: Where its bounces are read: the host that the MX has to name; "" = not known.
    mail_host: str = ""


def examine(sending: Sending, ask: Ask) -> list[Finding]:
    """Return what every check finds, in the order of `CHECKS`."""
    found: list[Finding] = []
    for name, check in CHECKS.items():
        try:
            found += check(sending, ask)
        except LookupError:
            found.append(Finding(name, UNKNOWN, text("domains.no_answer")))
    return found


def _spf(sending: Sending, ask: Ask) -> list[Finding]:
    """Check which servers may send: asked of the envelope's domain."""
    name = sending.bounce_domain or sending.domain
    texts = ask(name, "TXT")
    faults = spf_faults(texts, lambda included: ask(included, "TXT"))
    standing = tuple(spf_records(texts))
    found = [
        Finding(
            "spf", FAIL if fault.is_fatal else WARN, fault.said, name, "TXT", fault.wanted, standing
        )
        for fault in faults
    ]  # fmt: skip
    if not _is_aligned(name, sending.domain):
        said = text("domains.spf_not_aligned", domain=sending.domain, other=name)
        found.append(Finding("spf", WARN, said))
    return found or [Finding("spf", OK, text("domains.spf_good", name=name), found=standing)]


def _dkim(sending: Sending, ask: Ask) -> list[Finding]:
    """Check that the public halves of the keys are published."""
    if not sending.signers:
        return [Finding("dkim", WARN, text("domains.dkim_none"))]
    return [_dkim_record(signer, ask) for signer in sending.signers]


def _dkim_record(signer: Signer, ask: Ask) -> Finding:
    """Check the record of one key."""
    name = signer.key.record_name
    texts = tuple(ask(name, "TXT"))
    selector = signer.key.selector
    if any(signer.is_published(one) for one in texts):
        if len(texts) > 1:
            said = text("domains.dkim_several", selector=selector)
            return Finding("dkim", FAIL, said, name, "TXT", signer.record, texts)
        if "y" in read_tags(texts[0]).get("t", "").split(":"):
            said = text("domains.dkim_testing", selector=selector)
            return Finding("dkim", WARN, said, name, "TXT", signer.record, texts)
        return Finding("dkim", OK, text("domains.dkim_good", selector=selector), found=texts)
    key = "domains.dkim_other" if texts else "domains.dkim_missing"
    return Finding("dkim", FAIL, text(key, selector=selector), name, "TXT", signer.record, texts)


def _dmarc(sending: Sending, ask: Ask) -> list[Finding]:
    """Check what receivers are told to do with letters that prove nothing."""
    at = sending.domain
    texts: list[str] = []
    # Source: RFC 7489 section 6.6.3: the domain itself, then the one that it is registered under.
    while at.count(".") >= 1 and not texts:
        texts = [one for one in ask(f"_dmarc.{at}", "TXT") if one.upper().startswith("V=DMARC1")]
        name, at = f"_dmarc.{at}", at.partition(".")[2]
    wanted = f"v=DMARC1; p=none; rua=mailto:dmarc@{sending.domain}"
    if not texts:
        own = f"_dmarc.{sending.domain}"
        return [Finding("dmarc", FAIL, text("domains.dmarc_missing"), own, "TXT", wanted)]
    standing = tuple(texts)
    if len(texts) > 1:
        said = text("domains.dmarc_several")
        return [Finding("dmarc", FAIL, said, name, "TXT", wanted, standing)]
    tags = read_tags(texts[0])
    policy = tags.get("p", "").lower()
    if policy not in {"none", "quarantine", "reject"}:
        said = text("domains.dmarc_policy")
        return [Finding("dmarc", FAIL, said, name, "TXT", wanted, standing)]
    found: list[Finding] = []
    if policy == "none":
        # Nothing to publish yet: whether to ask for more is for the reports to say.
        said = text("domains.dmarc_watching")
        found.append(Finding("dmarc", WARN, said, found=standing))
    if "rua" not in tags:
        told = f"{texts[0].rstrip('; ')}; rua=mailto:dmarc@{sending.domain}"
        said = text("domains.dmarc_no_reports")
        found.append(Finding("dmarc", WARN, said, name, "TXT", told, standing))
    good = text("domains.dmarc_good", policy=policy)
    return found or [Finding("dmarc", OK, good, found=standing)]


def _bounces(sending: Sending, ask: Ask) -> list[Finding]:
    """Check that bounces find their way back."""
    name = sending.bounce_domain
    host = sending.mail_host or "<this instance>"
    if not name:
        return [Finding("bounces", WARN, text("domains.bounces_unread"))]
    hosts = _mx(ask(name, "MX"))
    if not hosts:
        said = text("domains.bounces_no_mx", name=name)
        return [Finding("bounces", FAIL, said, name, "MX", f"10 {host}")]
    if sending.mail_host and sending.mail_host.lower() not in hosts:
        said = text("domains.bounces_elsewhere", name=name, host=", ".join(hosts))
        return [Finding("bounces", WARN, said, name, "MX", f"10 {host}", tuple(hosts))]
    if not any(ask(one, "A") or ask(one, "AAAA") for one in hosts[:5]):
        said = text("domains.bounces_no_address", host=", ".join(hosts))
        return [Finding("bounces", FAIL, said, hosts[0], "A", "", tuple(hosts))]
    good = text("domains.bounces_good", host=", ".join(hosts))
    return [Finding("bounces", OK, good, found=tuple(hosts))]


def _replies(sending: Sending, ask: Ask) -> list[Finding]:
    """Check that people who answer are heard: some receivers refuse senders that cannot be."""
    name = sending.domain
    hosts = _mx(ask(name, "MX"))
    if hosts == [""] or (not hosts and not ask(name, "A") and not ask(name, "AAAA")):
        said = text("domains.replies_nowhere", name=name)
        return [Finding("replies", WARN, said, name, "MX", "10 <your mail server>")]
    return [Finding("replies", OK, text("domains.replies_good"), found=tuple(hosts))]


def _reverse(sending: Sending, ask: Ask) -> list[Finding]:
    """Check that the addresses of our own servers are named, there and back."""
    found: list[Finding] = []
    for greeting in sending.greetings:
        addresses = [*ask(greeting, "A"), *ask(greeting, "AAAA")]
        if not addresses:
            said = text("domains.reverse_unknown", name=greeting)
            found.append(Finding("reverse", WARN, said, greeting, "A"))
        for address in addresses[:8]:
            names = tuple(one.lower() for one in ask(address, "PTR"))
            if greeting.lower() in names:
                said = text("domains.reverse_good", name=greeting, address=address)
                found.append(Finding("reverse", OK, said, found=names))
            else:
                said = text("domains.reverse_wrong", name=greeting, address=address)
                found.append(Finding("reverse", FAIL, said, address, "PTR", greeting, names))
    return found


def _mx(records: Sequence[str]) -> list[str]:
    """Return the hosts of MX records, the preferred ones first; [""] where mail is refused."""
    parsed = []
    for record in records:
        preference, _, host = record.partition(" ")
        parsed.append((int(preference) if preference.isdecimal() else 0, host.lower().rstrip(".")))
    return [host for _, host in sorted(parsed)]


def _is_aligned(one: str, other: str) -> bool:
    """Say whether two domains are one or one is below the other, as relaxed DMARC asks."""
    one, other = one.lower(), other.lower()
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


#: Check -> how it is made. Its title is `domains.check.<name>`.
CHECKS: Final = {
    "spf": _spf,
    "dkim": _dkim,
    "dmarc": _dmarc,
    "bounces": _bounces,
    "replies": _replies,
    "reverse": _reverse,
}
