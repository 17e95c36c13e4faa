"""Who runs PostgreSQL when Huiliu itself is root, and how that user gets to its folder."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

__all__ = ["Account", "let_in", "unprivileged_account"]

_USER = "huiliu-pg"
_ACL = "system.posix_acl_access"
# Linux: include/uapi/linux/posix_acl.h and posix_acl_xattr.h.
_OWNER, _NAMED_USER, _GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
_NOBODY_ID = 0xFFFFFFFF
_ENTRY = struct.Struct("<HHI")


class _Options(TypedDict, total=False):
    """How `subprocess.run` becomes another user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """A system user."""

    name: str
    uid: int
    gid: int

    def as_options(self) -> _Options:
        """Return the arguments that make `subprocess.run` act as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def unprivileged_account() -> Account | None:
    """Return the user to run PostgreSQL as; None = ourselves, because we are not root.

    The user `huiliu-pg` is made where it does not exist; where no user can be made, it is
    `nobody`.
    """
    if os.geteuid() != 0:
        return None
    found = _lookup(_USER)
    if found is None and (useradd := shutil.which("useradd")):
        subprocess.run(  # noqa: S603 - fixed arguments
            [useradd, "--system", "--no-create-home", "--shell", "/bin/false", _USER],
            check=False, capture_output=True,
        )  # fmt: skip
        found = _lookup(_USER)
    return found or _lookup("nobody")


def let_in(account: Account | None, folders: Iterable[Path]) -> None:
    """Give the user the first folder, and the right to pass through (not list) those above all.

    Only the one user is let in, by an access list; a file system without them opens the way to
    everyone instead.
    """
    if account is None:
        return
    for nth, folder in enumerate(folders):
        if nth == 0:
            os.chown(folder, account.uid, account.gid)
            folder.chmod(0o700)
        for above in folder.resolve().parents:
            _let_pass(account, above)


def _lookup(name: str) -> Account | None:
    """Return the user of that name, if there is one."""
    import pwd  # noqa: PLC0415 - does not exist on Windows

    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name, entry.pw_uid, entry.pw_gid)


def _let_pass(account: Account, folder: Path) -> None:
    """Let the user pass through one folder if it could not already."""
    found = folder.stat()
    if found.st_mode & 0o001 or (found.st_uid == account.uid and found.st_mode & 0o100):
        return
    try:
        _add_to_access_list(account, folder, found.st_mode)
    except (OSError, AttributeError):
        folder.chmod(found.st_mode | 0o001)


def _add_to_access_list(account: Account, folder: Path, mode: int) -> None:
    """Add `user:<uid>:--x` to the folder's POSIX access list."""
    try:
        stored = os.getxattr(folder, _ACL)
        entries = [_ENTRY.unpack_from(stored, at) for at in range(4, len(stored), _ENTRY.size)]
    except OSError:
        group = mode >> 3 & 7
        entries = [
            (_OWNER, mode >> 6 & 7, _NOBODY_ID), (_GROUP, group, _NOBODY_ID),
            (_MASK, group, _NOBODY_ID), (_OTHER, mode & 7, _NOBODY_ID),
        ]  # fmt: skip
    entries = [e for e in entries if not (e[0] == _NAMED_USER and e[2] == account.uid)]
    entries = [(tag, rights | (tag == _MASK), who) for tag, rights, who in entries]
    entries.append((_NAMED_USER, 1, account.uid))
    entries.sort(key=lambda entry: (entry[0], entry[2]))
    packed = b"".join(_ENTRY.pack(*entry) for entry in entries)
    os.setxattr(folder, _ACL, struct.pack("<I", 2) + packed)
