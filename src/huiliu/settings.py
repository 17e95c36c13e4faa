"""Every setting as a row: name, type, default, sentence; the only reader of the environment."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from huiliu.kernel.errors import BadSetting
from huiliu.kernel.events import EventNames
from huiliu.kernel.texts import text

__all__ = ["FILE_NAME", "ROWS", "Row", "Settings", "load", "sample", "spoken"]

#: The file that `huiliu init` writes into an instance folder.
FILE_NAME = "huiliu.toml"

#: A cluster may have several masters, of which one leads; `local[2]` is Spark in one process.
_WAREHOUSE = re.compile(r"duckdb|spark://[^\s/,:]+:\d+(,[^\s/,:]+:\d+)*|local\[\d+\]")


@dataclass(frozen=True, slots=True)
class Row:
    """One setting: who would set it, to what, and how they would know."""

    name: str
    type: type[str | int | bool]
    default: str | int | bool
    sentence: str

    @property
    def variable(self) -> str:
        """The environment variable; `<variable>_FILE` names a file that holds the value."""
        return f"HUILIU_{self.name.upper()}"


ROWS = (
    Row("database_url", str, "", "PostgreSQL 15 or newer; empty = Huiliu runs its own."),
    Row("host", str, "127.0.0.1", "The address that web listens on; 0.0.0.0 behind a proxy."),
    Row("port", int, 8400, "The port that web listens on."),
    Row("public_url", str, "", "Where people reach this instance; links in messages start so."),
    Row("zone", str, "Asia/Shanghai", "IANA zone of people whose own zone is not known."),
    Row("locale", str, "zh-CN", "Language of the console and command line: zh-CN or en."),
    Row("log_level", str, "info", "debug, info, warning or error."),
    Row("cookie_secure", bool, False, "Send the session cookie over HTTPS only; true in public."),
    Row("outbound_hosts", str, "", "Hosts that may be called, comma-separated; empty = any "
        "host entered by an administrator, private addresses only if named here."),
    Row("dns_servers", str, "", "DNS servers to ask, such as 10.0.0.2 or 127.0.0.1:5353, "
        "comma-separated; empty = those of the machine."),
    Row("mail_port", int, 0, "The port that reads bounces and complaints by SMTP; 0 = none, 25 in "
        "public."),
    Row("mail_listen", str, "127.0.0.1", "The address that it listens on; 0.0.0.0 in public."),
    Row("mail_host", str, "", "The name that MX records of bounce domains give it; it greets so."),
    Row("mail_max_kb", int, 512, "Larger letters are not read; what comes back holds ours whole."),
    Row("public_events_refused", str, "", "Events that keys of scope collect may not send, "
        "comma-separated, * ends a beginning: Order*,Dispute Opened; empty = they may send all."),
    Row("export_folder", str, "", "Where destinations write files; empty = data/exports in "
        "the instance's folder. With several machines one that all of them share."),
    Row("frequency_cap", int, 4, "Marketing messages a person may get in any rolling 7 days."),
    Row("quiet_start", str, "21:00", "Marketing waits from this local time of the person."),
    Row("quiet_end", str, "08:00", "Marketing goes again from this local time of the person."),
    Row("short_url", str, "", "Where short links begin, such as https://s.brand.example; empty = "
        "public_url. It must reach this instance."),
    Row("track_links", bool, True, "Count clicks: links of messages lead through this instance."),
    Row("track_opens", bool, True, "Count opened e-mails by a picture that nobody sees; people who "
        "objected to profiling get none."),
    Row("message_costs", str, "", "What a message costs by channel, in the brand's currency, for "
        "backtests: sms=0.045,email=0.001; empty = nothing is known."),
    Row("fatigue_limit", int, 7, "More messages of any kind than this in 7 days tire a person; "
        "backtests count such people."),
    Row("duckdb_memory", str, "4GB", "Memory that the embedded warehouse may use."),
    Row("warehouse", str, "duckdb", "Which engine holds the facts: duckdb, or spark://HOST:PORT, "
        "the master of a Spark cluster."),
    Row("warehouse_folder", str, "", "Where Spark's files lie, under the same path on all its "
        "machines; empty = data/facts in the instance's folder."),
    Row("spark_options", str, "", "Options of Spark, name=value, separated by blanks, such as "
        "spark.executor.memory=4g."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force; read once in bootstrap."""

    instance: Path
    database_url: str
    host: str
    port: int
    public_url: str
    zone: str
    locale: str
    log_level: str
    cookie_secure: bool
    outbound_hosts: str
    dns_servers: str
    mail_port: int
    mail_listen: str
    mail_host: str
    mail_max_kb: int
    public_events_refused: str
    export_folder: str
    frequency_cap: int
    quiet_start: str
    quiet_end: str
    short_url: str
    track_links: bool
    track_opens: bool
    message_costs: str
    fatigue_limit: int
    duckdb_memory: str
    warehouse: str
    warehouse_folder: str
    spark_options: str
    #: Where each value came from: default, file, environment.
    origin: Mapping[str, str]


def load(instance: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of an instance: environment over file over default.

    Raises:
        BadSetting: an unknown name, or a value of the wrong kind.
    """
    environment = os.environ if environment is None else environment
    written = _read_file(instance / FILE_NAME)
    known = {row.name for row in ROWS}
    for name in written:
        if name not in known:
            raise BadSetting(
                name, str(written[name]), text("setting.unknown", known=", ".join(sorted(known)))
            )
    values: dict[str, str | int | bool] = {}
    origin: dict[str, str] = {}
    for row in ROWS:
        raw, where = _find(row, written, environment)
        values[row.name] = _convert(row, raw)
        origin[row.name] = where
    _check(values)
    return Settings(instance=instance, origin=origin, **values)  # type: ignore[arg-type] # rows and fields are held equal by a test


def sample() -> str:
    """Return a config file that shows every setting at its default, commented out."""
    lines = ["# Huiliu reads this file at start; an environment variable HUILIU_<NAME> goes first."]
    for row in ROWS:
        shown = f'"{row.default}"' if row.type is str else str(row.default).lower()
        lines += ["", f"# {row.sentence}", f"# {row.name} = {shown}"]
    return "\n".join(lines) + "\n"


def spoken(environment: Mapping[str, str] | None = None) -> str:
    """Return the language of the system: zh-CN where the POSIX locale is Chinese, else en.

    The variable of the setting goes first: it counts even where other settings are broken.
    """
    environment = os.environ if environment is None else environment
    for variable in ("HUILIU_LOCALE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if found := environment.get(variable):
            return "zh-CN" if found.lower().startswith("zh") else "en"
    return "en"


def _read_file(path: Path) -> dict[str, object]:
    """Return what the config file sets; no file sets nothing."""
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as fault:
        raise BadSetting(str(path), "", text("setting.not_toml", cause=fault)) from fault


def _find(
    row: Row, written: Mapping[str, object], environment: Mapping[str, str]
) -> tuple[object, str]:
    """Return a setting's raw value and where it came from."""
    if row.variable in environment:
        return environment[row.variable], "environment"
    if file_name := environment.get(f"{row.variable}_FILE"):
        try:
            return Path(file_name).read_text("utf-8").strip(), "secret file"
        except OSError as fault:
            raise BadSetting(
                f"{row.variable}_FILE", file_name, text("setting.unreadable", cause=fault)
            ) from fault
    if row.name in written:
        return written[row.name], "file"
    return row.default, "default"


def _convert(row: Row, raw: object) -> str | int | bool:
    """Return the value as its row's type."""
    if row.type is bool:
        words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
        found = words.get(str(raw).lower())
        if found is None:
            raise BadSetting(row.name, str(raw), text("setting.not_bool"))
        return found
    if row.type is int:
        try:
            return int(str(raw))
        except ValueError as fault:
            raise BadSetting(row.name, str(raw), text("setting.not_int")) from fault
    return str(raw)


def _check(values: Mapping[str, str | int | bool]) -> None:
    """Raise BadSetting for values that cannot work."""
    try:
        ZoneInfo(str(values["zone"]))
    except (KeyError, ValueError, OSError) as fault:
        raise BadSetting("zone", str(values["zone"]), text("setting.no_zone")) from fault
    if values["locale"] not in {"zh-CN", "en"}:
        raise BadSetting("locale", str(values["locale"]), text("setting.no_locale"))
    if not _may_be_postgres(str(values["database_url"])):
        # Not shown: it may hold a password.
        raise BadSetting("database_url", "***", text("setting.no_database_url"))
    if not _WAREHOUSE.fullmatch(str(values["warehouse"])):
        raise BadSetting("warehouse", str(values["warehouse"]), text("setting.no_warehouse"))
    if any("=" not in one for one in str(values["spark_options"]).split()):
        raise BadSetting("spark_options", str(values["spark_options"]), text("setting.no_options"))
    try:
        EventNames.parse(str(values["public_events_refused"]))
    except ValueError as fault:
        name = "public_events_refused"
        raise BadSetting(name, str(values[name]), text("setting.no_event_names")) from fault
    for name in ("port", "mail_port"):
        if not 0 <= int(values[name]) < 65536:
            raise BadSetting(name, str(values[name]), text("setting.no_port"))
    if not 16 <= int(values["mail_max_kb"]) <= 65536:
        raise BadSetting("mail_max_kb", str(values["mail_max_kb"]), text("setting.no_mail_max_kb"))


def _may_be_postgres(url: str) -> bool:
    """Say whether PostgreSQL's client can read this: a URL of its own, `word=value`s or nothing."""
    if "://" not in url:
        return not url or "=" in url
    try:
        parts = urlsplit(url)
        # A port that is no number shows only when it is asked for; several hosts have several.
        is_port = "," in url or parts.port != 0
    except ValueError:
        return False
    return is_port and parts.scheme in {"postgresql", "postgres"}
