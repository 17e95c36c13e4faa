"""AWS signature version 4, as queues of Amazon want it.

Source: docs.aws.amazon.com, "Create a signed AWS API request"; held against botocore.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from huiliu.kernel.times import as_datetime

__all__ = ["signed_headers"]

_ALGORITHM: Final = "AWS4-HMAC-SHA256"


def signed_headers(  # noqa: PLR0913 - all that is signed
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    access_key: str,
    secret_key: str,
    region: str,
    service: str,
    now: int,
) -> dict[str, str]:
    """Return the headers of a POST with those that sign it."""
    parts = urlsplit(url)
    at = as_datetime(now).astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    signed = {name.lower(): value for name, value in headers.items()}
    signed |= {"host": parts.netloc, "x-amz-date": at}
    names = ";".join(sorted(signed))
    canonical = "\n".join((
        "POST", parts.path or "/", "",
        *(f"{name}:{signed[name].strip()}" for name in sorted(signed)), "",
        names, hashlib.sha256(body).hexdigest(),
    ))  # fmt: skip
    scope = f"{at[:8]}/{region}/{service}/aws4_request"
    text = "\n".join((_ALGORITHM, at, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{secret_key}".encode()
    for part in (at[:8], region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    credential = f"Credential={access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**headers, "X-Amz-Date": at, "Authorization": f"{_ALGORITHM} {credential}"}
