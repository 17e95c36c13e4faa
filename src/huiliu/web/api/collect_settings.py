"""What analytics.js asks for at its start: where to send, and that no other place is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["settings_for"]


def settings_for(write_key: str, scope: Mapping[str, Any]) -> dict[str, object]:
    """Return a source's settings in the shape that analytics.js reads.

    It is told to send to the host it asked, so that changing its one host name (`cdnURL`) is
    enough.

    Source: @segment/analytics-next, `LegacySettings` in browser/index.ts.
    """
    headers: dict[bytes, bytes] = dict(scope["headers"])
    own_host, own_scheme = headers.get(b"host", b""), scope.get("scheme", "https").encode()
    host = headers.get(b"x-forwarded-host", own_host).decode("latin-1")
    protocol = headers.get(b"x-forwarded-proto", own_scheme).decode("latin-1")
    return {
        "integrations": {
            "Segment.io": {
                "apiKey": write_key,
                "apiHost": f"{host}/v1",
                "protocol": "https" if protocol == "https" else "http",
                "unbundledIntegrations": [],
                "addBundledMetadata": False,
                "maybeBundledConfigIds": {},
                "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
            }
        },
        "plan": {
            kind: {"__default": {"enabled": True, "integrations": {}}}
            for kind in ("track", "identify", "group")
        },
        "edgeFunction": {},
        "analyticsNextEnabled": True,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [],
    }
