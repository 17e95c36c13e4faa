"""Spark for tests: in one process, or a cluster of a master and two workers on loopback."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pyspark
import pytest

from huiliu.warehouses.spark.java import find_java, java_environment
from huiliu.warehouses.spark.session import Spark

__all__ = ["ON_SPARK", "SMALL", "Cluster", "cluster", "local_spark"]

#: PySpark lets go of the sockets that rows come over without closing them.
ON_SPARK = [
    pytest.mark.spark,
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.timeout(900),
]
_BY_ITSELF = "org.apache.spark.sql.catalyst.optimizer.ConvertToLocalRelation"
#: Two cores and little memory: it shares the machine with everything else that is tested.
SMALL = {
    "spark.driver.memory": "768m",
    "spark.executor.memory": "512m",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    # A few rows are answered before Java has made machine code for them.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    # Nor before the driver has answered by itself what executors are to be tested with.
    "spark.sql.optimizer.excludedRules": _BY_ITSELF,
}
_BEGUN = re.compile(r"Starting Spark master at (spark://\S+)")
_JOINED = "Successfully registered with master"
_PATIENCE_S = 120.0


@contextmanager
def local_spark() -> Iterator[Spark]:
    """Lend Spark in this process's own Java."""
    scratch = Path(tempfile.mkdtemp(prefix="huiliu-spark-"))
    spark = Spark("local[2]", scratch, SMALL)
    try:
        yield spark
    finally:
        spark.close()
        shutil.rmtree(scratch, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster: its address, and the processes of its workers."""

    master: str
    workers: Sequence[subprocess.Popen[bytes]]

    def kill(self, worker: int) -> None:
        """Kill a worker and the executors that it started, without a word of warning."""
        os.killpg(self.workers[worker].pid, signal.SIGKILL)
        self.workers[worker].wait()


@contextmanager
def cluster(folder: Path, n_workers: int = 2) -> Iterator[Cluster]:
    """Lend a standalone cluster: a master and workers of one core each, on loopback."""
    folder.mkdir(parents=True, exist_ok=True)
    running: list[subprocess.Popen[bytes]] = []
    try:
        running.append(_start(folder, "master.Master", "--host", "127.0.0.1", "--port", "0",
                              "--webui-port", "0", name="master"))  # fmt: skip
        master = _said(folder / "master.log", running[0], _BEGUN)
        running += [
            _start(
                folder, "worker.Worker", "--host", "127.0.0.1", "--webui-port", "0", "--cores", "1",
                "--memory", "1g", "--work-dir", str(folder / f"work-{n}"), master,
                name=f"worker-{n}",
            )
            for n in range(n_workers)
        ]  # fmt: skip
        for n, worker in enumerate(running[1:]):
            _said(folder / f"worker-{n}.log", worker, re.compile(f"({_JOINED})"))
        yield Cluster(master, running[1:])
    finally:
        for process in reversed(running):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _start(folder: Path, role: str, *words: str, name: str) -> subprocess.Popen[bytes]:
    """Start one of Spark's own processes, in a group of its own."""
    home = Path(pyspark.__file__).parent
    settings = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": "256m"}
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{role}", *words],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            env={**java_environment(find_java(folder)), **settings}, start_new_session=True,
        )  # fmt: skip


def _said(log: Path, process: subprocess.Popen[bytes], words: re.Pattern[str]) -> str:
    """Return what a process says in its log, as soon as it does."""
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        if found := words.search(log.read_text("utf-8", "replace")):
            return found[1]
        assert process.poll() is None, log.read_text("utf-8", "replace")[-2000:]
        time.sleep(0.05)
    raise AssertionError(log.read_text("utf-8", "replace")[-2000:])
