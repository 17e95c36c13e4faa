"""A Spark context that starts with the first question, and sessions that know only the facts."""

from __future__ import annotations

import importlib.util
import logging
import os
import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from huiliu.kernel.errors import BadSetting, Unavailable
from huiliu.kernel.texts import text
from huiliu.warehouses.spark.java import find_java

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["Spark"]

#: What Huiliu needs to be so, and small defaults for the rest; `spark_options` wins.
_OPTIONS: Final[Mapping[str, str]] = {
    "spark.app.name": "huiliu",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.driver.memory": "1g",
    "spark.executor.memory": "1g",
    "spark.sql.shuffle.partitions": "8",
    # Instants are UTC and have no zone of their own, in every expression.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    # What cannot be computed is missing, as in the other readers; it stops no question.
    "spark.sql.ansi.enabled": "false",
    # The manifest says which files there are; nobody needs to list folders for that.
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "1000000",
    # A question names views, never files.
    "spark.sql.runSQLOnFiles": "false",
}

#: Functions that would let a question run any code of the driver's Java.
_REACHING_OUT: Final = ("reflect", "java_method", "try_reflect")

#: The driver plans and collects: it is up sooner with Java's quick compiler alone.
_JAVA: Final = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"

_LOGS: Final = """\
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = {"event": "library", "level": "%p", "library": "%c"}%n%ex{0}
"""


class Spark:
    """One Spark context of this process; it is started when it is first needed."""

    def __init__(self, master: str, scratch: Path, options: Mapping[str, str]) -> None:
        """Remember where the master is; nothing is started yet.

        Raises:
            BadSetting: PySpark is not installed.
        """
        if importlib.util.find_spec("pyspark") is None:
            raise BadSetting("warehouse", master, text("setting.no_pyspark"))
        self._master = master
        self._scratch = scratch
        self._options = options
        self._starting = threading.Lock()
        self._first: SparkSession | None = None

    def session(self) -> SparkSession:
        """Return a session of its own, with no views yet.

        Raises:
            Unavailable: there is no Java, or the master does not answer.
        """
        with self._starting:
            if self._first is None:
                self._first = self._start()
            session = self._first.newSession()
        _shut_off(session)
        return session

    def close(self) -> None:
        """Let go of the cluster."""
        with self._starting:
            if self._first is not None:
                self._first.stop()
                self._first = None

    def _start(self) -> SparkSession:
        """Start Java and join the cluster."""
        from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra, and a second to import

        self._scratch.mkdir(parents=True, exist_ok=True)
        here = _address(self._master)
        logs = self._scratch / "log4j2.properties"
        logs.write_text(_LOGS, "utf-8")
        # PySpark starts Java with this process's own environment.
        os.environ["JAVA_HOME"] = str(find_java(self._scratch))  # noqa: TID251
        # It would print statements, constants and all.
        logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL + 1)
        builder = SparkSession.builder.master(self._master)
        options = {
            **_OPTIONS,
            "spark.driver.host": here,
            "spark.driver.bindAddress": here,
            "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={logs.resolve()} {_JAVA}",
            "spark.sql.warehouse.dir": str((self._scratch / "tables").resolve()),
            **self._options,
        }
        for name, value in options.items():
            builder = builder.config(name, value)
        try:
            return builder.getOrCreate()
        except Exception as fault:
            # Java's own errors come as they are; whatever it is, there is no session.
            raise Unavailable("Spark", str(fault).strip().partition("\n")[0]) from fault


def _shut_off(session: SparkSession) -> None:
    """Take away what a question could reach outside the facts with."""
    # Only the Java side can forget a function; the types of PySpark do not show it.
    java = session._jsparkSession.sessionState()  # noqa: SLF001
    jvm = session._jvm  # noqa: SLF001
    assert jvm is not None, "a session has a Java"
    for name in _REACHING_OUT:
        known = jvm.org.apache.spark.sql.catalyst.FunctionIdentifier(name)
        java.functionRegistry().dropFunction(known)


def _address(master: str) -> str:
    """Return the address of this machine at which a master's machines can answer."""
    if not master.startswith("spark://"):
        return "127.0.0.1"
    first = urlsplit(master.partition(",")[0])
    try:
        found = socket.getaddrinfo(first.hostname, first.port, type=socket.SOCK_DGRAM)
        family, kind, _, _, place = found[0]
        with socket.socket(family, kind) as probe:
            # Nothing is sent: this only asks which way it would go.
            probe.connect(place)
            return str(probe.getsockname()[0])
    except OSError as fault:
        raise Unavailable("Spark", f"{master}: {fault}") from fault
