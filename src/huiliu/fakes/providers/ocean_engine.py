"""Ocean Engine: protobuf lines, data sources that become audiences by and by, rotating tokens."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import re
import zipfile
from typing import ClassVar, Final

import msgspec

from huiliu.fakes.providers.ads import FakeAds, form_of
from huiliu.fakes.providers.cloud import Asked, Given

__all__ = ["FakeOceanEngine"]

_SHA: Final = re.compile(r"[0-9a-f]{64}")
_ADVERTISER: Final = "1700000000000001"


class FakeOceanEngine(FakeAds):
    """The Marketing API and the conversions of Ocean Engine."""

    name: ClassVar[str] = "ocean_engine"
    #: Looks at a data source until the platform has made an audience of it.
    looks: int = 1

    @property
    def config(self) -> dict[str, str]:
        """Return the fields of an account here."""
        return {"advertiser_id": _ADVERTISER, "app_id": "1800000000000002",
                "secret": "fake-app-secret", "refresh_token": "refresh-0",
                "endpoint": self.url}  # fmt: skip

    def refuse(self, asked: Asked) -> Given | None:
        """Check the token."""
        if asked.path == "/open_api/oauth2/refresh_token/":
            said = asked.json()
            is_ours = said.get("secret") == "fake-app-secret"
            if not is_ours or not self.renewed(str(said.get("refresh_token"))):
                return _fault(40103, "refresh_token已过期")
            return _well({"access_token": self.token, "refresh_token": self.renewal,
                          "expires_in": 86_400, "refresh_token_expires_in": 2_592_000})  # fmt: skip
        if asked.path == "/api/v2/conversion":
            return None
        if self.is_denied:
            return _fault(40002, "没有权限进行相关操作")
        if asked.headers.get("access-token") != self.token:
            return _fault(40105, "access_token已过期")
        return self.busy() if self.is_busy() else None

    def busy(self) -> Given:
        """Answer one call too many."""
        return _fault(40100, "请求过于频繁")

    def answer(self, asked: Asked) -> Given:
        """Answer the calls that we make."""
        path = asked.path.removeprefix("/open_api")
        if path == "/2/dmp/data_source/file/upload/":
            return self._upload(asked)
        given = {**asked.values(), **asked.json()}
        answers = {
            "/2/dmp/data_source/create/": self._create,
            "/2/dmp/data_source/update/": self._update,
            "/2/dmp/data_source/read/": self._read,
            "/2/dmp/custom_audience/publish/": self._publish,
            "/2/dmp/custom_audience/push_v2/": lambda _: _well({}),
            "/2/advertiser/info/": lambda _: _well([{"id": 1, "name": "青山茶铺"}]),
            "/v3.0/project/status/update/": self._status,
            "/v3.0/project/budget/update/": self._budget,
            "/v3.0/report/custom/get/": self._report,
            "/api/v2/conversion": self._conversion,
        }
        answer = answers.get(path)
        return answer(given) if answer is not None else _fault(40400, "no such path")

    def _upload(self, asked: Asked) -> Given:
        """Take a file whose every line is one message of ids."""
        fields, files = form_of(asked)
        content = files.get("file", b"")
        if hashlib.md5(content, usedforsecurity=False).hexdigest() != fields.get("file_signature"):
            return _fault(40001, "file_signature mismatch")
        if content[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                content = archive.read(archive.namelist()[0])
        ids: list[str] = []
        try:
            for line in content.splitlines():
                found = [_item(one) for one in _fields(base64.b64decode(line, validate=True))]
                if len(found) > 10_000:
                    return _fault(40001, "idList too long")
                ids += found
        except (ValueError, KeyError, IndexError, binascii.Error) as fault:
            return _fault(40001, f"cannot be parsed: {type(fault).__name__}")
        path = f"file-{len(self.files)}"
        self.files[path] = ids
        return _well({"file_path": path})

    def _create(self, given: dict[str, object]) -> Given:
        """Make a data source."""
        name = str(given.get("data_source_name", ""))
        if not 0 < len(name) <= 30 or given.get("data_format") != 0:
            return _fault(40001, "data_source_name")
        known = self.made("ds")
        return self._apply(known, given, 1, {"data_source_id": known})

    def _update(self, given: dict[str, object]) -> Given:
        """Add to a data source, or take from it."""
        known = str(given.get("data_source_id"))
        if known not in self.audiences:
            return _fault(40001, "data_source_id")
        return self._apply(known, given, int(str(given.get("operation_type"))), {})

    def _apply(self, known: str, given: dict[str, object], how: int, data: object) -> Given:
        """Add (1), delete (2) or reset (3) by files."""
        paths = given.get("file_paths")
        named = paths if isinstance(paths, list) else []
        if any(one not in self.files for one in named):
            return _fault(40001, "file_paths")
        ids = {one for path in named for one in self.files[path]}
        if how == 2:
            self.audiences[known] -= ids
        else:
            self.audiences[known] = ids | (self.audiences[known] if how == 1 else set())
        return _well(data)

    def _read(self, given: dict[str, object]) -> Given:
        """Tell of a data source; its audience is there after some looks."""
        known = msgspec.json.decode(str(given["data_source_id_list"]))[0]
        self.looks -= 1
        row: dict[str, object] = {"data_source_id": known, "status": 2}
        if self.looks < 0:
            row["default_audience"] = {"custom_audience_id": int(known.removeprefix("ds"))}
        return _well({"data_list": [row]})

    def _publish(self, given: dict[str, object]) -> Given:
        """Publish an audience."""
        self.published.add(f"ds{given['custom_audience_id']}")
        return _well({})

    def _status(self, given: dict[str, object]) -> Given:
        """Let projects run or pause them."""
        rows = given.get("data")
        for row in rows if isinstance(rows, list) else []:
            known = str(row["project_id"])
            if known not in self.campaigns or row["opt_status"] not in {"ENABLE", "DISABLE"}:
                return _fault(40001, "project_id")
            self.campaigns[known]["on"] = row["opt_status"] == "ENABLE"
        return _well({"project_ids": []})

    def _budget(self, given: dict[str, object]) -> Given:
        """Set daily budgets, in yuan."""
        rows = given.get("data")
        for row in rows if isinstance(rows, list) else []:
            if row["budget_mode"] != "BUDGET_MODE_DAY" or row["budget"] < 300:
                return _fault(40001, "budget")
            self.campaigns[str(row["project_id"])]["budget"] = row["budget"]
        return _well({"project_ids": []})

    def _report(self, given: dict[str, object]) -> Given:
        """Tell of costs between two days."""
        first, last = str(given["start_time"]), str(given["end_time"])
        rows = [
            {"dimensions": {"stat_time_day": day, "cdp_project_id": known,
                            "cdp_project_name": name},
             "metrics": {"stat_cost": cost, "show_cnt": str(shown), "click_cnt": str(clicks),
                         "convert_cnt": str(done)}}
            for day, known, name, cost, shown, clicks, done in self.costs
            if first <= day <= last
        ]  # fmt: skip
        return _well({"rows": rows, "page_info": {"page": 1, "total_page": 1}})

    def _conversion(self, given: dict[str, object]) -> Given:
        """Take a conversion that says which click led to it."""
        context = given.get("context")
        ad = context.get("ad", {}) if isinstance(context, dict) else {}
        if not ad.get("callback") or not isinstance(given.get("timestamp"), int):
            return _fault(40001, "callback")
        self.told(str(given.get("outer_event_id")), given)
        return _well({})


def _fields(raw: bytes) -> list[bytes]:
    """Return the embedded messages of field 1 of a protobuf message."""
    found, at = [], 0
    while at < len(raw):
        if raw[at] != 0x0A:
            raise ValueError(raw[at])
        size, at = _varint(raw, at + 1)
        found.append(raw[at : at + size])
        at += size
    return found


def _item(raw: bytes) -> str:
    """Return the id of one item, which must be the SHA-256 of a number."""
    at, kind, known = 0, -1, ""
    while at < len(raw):
        key, at = _varint(raw, at)
        if key >> 3 == 2:
            kind, at = _varint(raw, at)
        elif key >> 3 == 3:
            size, at = _varint(raw, at)
            known = raw[at : at + size].decode()
            at += size
        else:
            raise ValueError(key)
    if kind != 6 or not _SHA.fullmatch(known):
        raise ValueError(kind)
    return known


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    """Return a number and where it ends."""
    found = shift = 0
    while True:
        byte = raw[at]
        found |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return found, at


def _well(data: object) -> Given:
    """Answer well."""
    return Given({"code": 0, "message": "OK", "request_id": "F1", "data": data})


def _fault(code: int, message: str) -> Given:
    """Answer with a fault, inside a status 200 as they do."""
    return Given({"code": code, "message": message, "request_id": "F1", "data": {}})
