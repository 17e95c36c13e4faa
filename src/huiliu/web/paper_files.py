"""A white paper's file, as browsers and servers get it."""

from __future__ import annotations

from starlette.responses import Response

from huiliu.ports.white_papers import WhitePaperRow

__all__ = ["file_answer"]


def file_answer(row: WhitePaperRow, made: bytes) -> Response:
    """Return a paper's file."""
    name = f"white-paper-{row.quarter}-{row.locale}.pdf"
    return Response(
        made, media_type="application/pdf",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip
