"""Who receives the mail of a domain, and how long one that asks for patience is left alone."""

from __future__ import annotations

from typing import Final

from huiliu.kernel.times import HOUR, MINUTE

__all__ = ["domain_group", "wait_of"]

#: Domains behind one and the same gate: what one of them says is said for all.
_GROUPS: Final = {
    "gmail.com": ("gmail.com", "googlemail.com"),
    "outlook.com": ("outlook.com", "hotmail.com", "live.com", "msn.com", "live.cn", "hotmail.co.uk",
                    "hotmail.fr", "outlook.fr", "outlook.de", "outlook.jp", "live.co.uk"),
    "yahoo.com": ("yahoo.com", "ymail.com", "rocketmail.com", "aol.com", "yahoo.co.uk", "yahoo.fr",
                  "yahoo.de", "yahoo.es", "yahoo.it", "yahoo.ca"),
    "icloud.com": ("icloud.com", "me.com", "mac.com"),
    "qq.com": ("qq.com", "foxmail.com", "vip.qq.com"),
    "163.com": ("163.com", "126.com", "yeah.net", "vip.163.com", "vip.126.com", "188.com"),
    "sina.com": ("sina.com", "sina.cn", "vip.sina.com"),
    "gmx.net": ("gmx.net", "gmx.de", "web.de", "gmx.at", "gmx.ch"),
}  # fmt: skip
_GROUP_OF: Final = {domain: name for name, domains in _GROUPS.items() for domain in domains}
#: A domain that asks for patience is left alone so long, by how often it has asked in a row.
#: Source: research, section 1.4: 5, 15, 60 minutes, 4 hours.
_WAITS: Final = (5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR)


def domain_group(address: str) -> str:
    """Return the domain that stands for all behind the same gate as this address's."""
    domain = address.rpartition("@")[2].lower().rstrip(".")
    return _GROUP_OF.get(domain, domain)


def wait_of(times_in_a_row: int) -> int:
    """Return how long a domain is left alone that asked for patience so many times in a row."""
    return _WAITS[min(max(times_in_a_row, 1), len(_WAITS)) - 1]
