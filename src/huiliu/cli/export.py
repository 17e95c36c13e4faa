"""`huiliu export`: the documents of the instance are written into a folder, to be kept in git."""

from __future__ import annotations

from pathlib import Path

from huiliu.bootstrap import open_instance
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say
from huiliu.kernel.texts import text
from huiliu.services.export_folder import export_folder

__all__ = ["export"]

_BRAND = 1


def export(folder: Path, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Write every document that is in use into a folder, in its canonical form."""
    with open_instance(instance) as house:
        done = export_folder(house.world, _BRAND, folder)
    if json:
        emit(
            {
                "documents": [
                    {"kind": kind, "slug": slug, "file": file}
                    for kind, slug, file in done.documents
                ],
                "written": done.n_written,
                "not_in_instance": list(done.strangers),
            }
        )
        return
    say(text("folder.exported", n=len(done.documents), written=done.n_written, folder=folder))
    if done.strangers:
        say(text("folder.strangers", files=", ".join(done.strangers)))
