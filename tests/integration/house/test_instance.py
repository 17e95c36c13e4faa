"""An instance folder: what is in it, and that only one process runs it."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path
from threading import Timer

import pytest

from huiliu.bootstrap import make_instance
from huiliu.kernel.errors import BadInput, NotFound, Occupied
from huiliu.stores.instance import Folder


def test_a_new_instance_has_a_config_file_a_closed_key_and_a_data_folder(tmp_path: Path) -> None:
    """Nobody but the owner can read the instance key."""
    made = make_instance(tmp_path / "shop")

    assert (made.root / "huiliu.toml").is_file()
    assert made.key.stat().st_mode & 0o777 == 0o600
    assert made.data.is_dir()


def test_an_instance_is_never_made_over_something_else(tmp_path: Path) -> None:
    """A wrong folder name costs nothing."""
    (tmp_path / "holiday.jpg").write_bytes(b"")

    with pytest.raises(BadInput):
        make_instance(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_a_folder_without_a_key_is_no_instance(tmp_path: Path) -> None:
    """Commands in a wrong folder say so instead of making one."""
    with pytest.raises(NotFound):
        Folder(tmp_path).require()


def test_a_second_holder_is_refused_and_told_who_the_first_is(tmp_path: Path) -> None:
    """Two starters on one folder never both win."""
    folder = make_instance(tmp_path / "shop")

    with folder.held("serve") as mark:
        mark.write(ready=True, address="http://127.0.0.1:8400")
        holder = folder.holder()
        with pytest.raises(Occupied) as caught, folder.held("command", wait_s=30):
            pass

    assert holder is not None
    assert (holder.what, holder.ready, holder.address) == (
        "serve", True, "http://127.0.0.1:8400",
    )  # fmt: skip
    assert (caught.value.by, caught.value.pid) == ("serve", holder.pid)
    assert folder.holder() is None


def test_the_lock_of_a_killed_process_counts_for_nothing(tmp_path: Path) -> None:
    """The operating system frees it, however the process died."""
    folder = make_instance(tmp_path / "shop")
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from huiliu.stores.instance import Folder\n"
        "with Folder(Path(sys.argv[1])).held('serve'):\n"
        "    print('held', flush=True); os.kill(os.getpid(), signal.SIGKILL)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(folder.root)], capture_output=True, check=False
    )

    assert done.stdout == b"held\n"
    assert folder.holder() is None
    with folder.held("serve"):
        pass


def test_who_only_looks_keeps_nobody_from_starting(tmp_path: Path) -> None:
    """A look holds the lock for a moment: the words of a killed `serve` say nothing then."""
    folder = make_instance(tmp_path / "shop")
    lock = folder.data / "instance.lock"
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"],
                          capture_output=True, check=True).stdout  # fmt: skip
    written = f'{{"pid": {int(gone)}, "what": "serve", "ready": true, "address": ""}}'
    lock.write_text(written, "utf-8")

    with lock.open("r+b") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        beside = folder.holder()
        over = Timer(0.2, fcntl.flock, (looking, fcntl.LOCK_UN))
        over.start()
        with folder.held("serve", wait_s=300):
            held = folder.holder()
        over.join()

    assert beside is None
    assert held is not None
    assert held.pid != int(gone)


def test_a_container_that_is_started_again_does_not_take_itself_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words of a killed `serve` name the number of the new one, and somebody looks then."""
    folder = make_instance(tmp_path / "shop")
    lock = folder.data / "instance.lock"
    written = f'{{"pid": {os.getpid()}, "what": "serve", "ready": true, "address": ""}}'
    lock.write_text(written, "utf-8")

    with lock.open("r+b") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        # Whoever looks is done by the time of the second try.
        monkeypatch.setattr("time.sleep", lambda _: fcntl.flock(looking, fcntl.LOCK_UN))
        with folder.held("serve", wait_s=300):
            held = folder.holder()

    assert held is not None
    assert held.ready is False


def test_what_a_holder_said_goes_with_it(tmp_path: Path) -> None:
    """Whoever finds the lock taken before the next one has written sees no words of the last."""
    folder = make_instance(tmp_path / "shop")
    with folder.held("serve") as mark:
        mark.write(ready=True, address="http://127.0.0.1:8400")

    with (folder.data / "instance.lock").open("r+b") as taken:
        fcntl.flock(taken, fcntl.LOCK_EX)
        found = folder.holder()

    assert found is not None
    assert (found.pid, found.what, found.ready) == (0, "starting", False)
