"""Content that people make and post, what it brought, communities, and links that stand in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

__all__ = ["BoardStore", "GroupRow", "MaterialRow", "OutcomeRow", "PieceRow", "PublicLink"]


class PieceRow(msgspec.Struct, frozen=True, gc=False):
    """One piece of content on its way."""

    brand_id: int
    #: 16 bytes.
    task_id: bytes
    title: str
    platform: str
    account: str
    #: Slug of a brief; "" = none.
    brief: str
    words: str
    #: Slug of a segment; "" = everybody.
    audience: str
    assignee: str
    #: Slug of a community; "" = none.
    group: str
    #: Where its link leads; "" = it has none.
    target: str
    #: What people type or say; "" = none.
    code: str
    #: Code of our own link; "" = none.
    link: str
    #: Where it was published.
    post_url: str
    #: planned, made, published, measured or dropped.
    state: str
    #: 0 = no date.
    due_at: int
    opened_at: int
    opened_by: str
    #: 0 = it is not.
    published_at: int
    changed_at: int
    #: Counts changes of this row.
    version: int
    #: Which journey asked for it; "" = a person did.
    journey: str = ""
    node: str = ""
    #: How many runs of the journey asked for it.
    n_people: int = 0
    #: How many files there are, and whether somebody wrote down what it brought; read only.
    n_materials: int = 0
    is_measured: bool = False

    @property
    def key(self) -> str:
        """What it is known by among things that have a day."""
        return self.task_id.hex()


class MaterialRow(msgspec.Struct, frozen=True, gc=False):
    """A file that belongs to a piece of content."""

    brand_id: int
    task_id: bytes
    #: 16 bytes, made of its content.
    material_id: bytes
    name: str
    #: As its first bytes say: `image/png`, `video/mp4` ...
    type: str
    size: int
    added_at: int
    added_by: str


class OutcomeRow(msgspec.Struct, frozen=True, gc=False):
    """What a piece of content or a live session had brought by a day."""

    brand_id: int
    #: content or live.
    kind: str
    #: Id of the task, slug of the session.
    subject: str
    #: `2026-12-01`.
    day: str
    figures: Mapping[str, int]
    #: Minor units; None = nobody said.
    revenue: int | None
    currency: str
    #: form, csv or api.
    source: str
    noted_at: int
    noted_by: str


class GroupRow(msgspec.Struct, frozen=True, gc=False):
    """A community in which one of the staff speaks."""

    brand_id: int
    slug: str
    name: str
    platform: str
    owner: str
    audience: str
    size: int
    #: How many it can hold; 0 = no limit.
    most: int
    #: open, full or closed.
    state: str
    note: str
    made_at: int
    changed_at: int


class PublicLink(msgspec.Struct, frozen=True, gc=False):
    """A link that stands where nobody is known."""

    code: str
    brand_id: int
    #: content or live.
    kind: str
    subject: str
    url: str
    #: What its address says besides, as utm_source, utm_campaign and utm_content.
    source: str
    campaign: str
    content: str
    made_at: int


class BoardStore(Protocol):
    """Content, its outcomes and communities, inside one transaction."""

    def open(self, rows: Sequence[PieceRow]) -> list[bytes]:
        """Open pieces; one that is there only counts who asks again. Return the ids of new ones."""
        ...

    def lock(self, brand_id: int, task_id: bytes) -> PieceRow:
        """Lock one piece; raise NotFound."""
        ...

    def piece(self, brand_id: int, task_id: bytes) -> PieceRow:
        """Return one piece; raise NotFound."""
        ...

    def change(self, row: PieceRow) -> None:
        """Write a piece that this transaction holds."""
        ...

    def column(
        self, brand_id: int, state: str, choice: Mapping[str, str], limit: int
    ) -> list[PieceRow]:
        """Return pieces of a state: open ones by their date, the others changed last first.

        Args:
            brand_id: whose.
            state: which column of the board.
            choice: platform, assignee or group that is asked for; what is missing is any.
            limit: how many at most.
        """
        ...

    def counts(self, brand_id: int, choice: Mapping[str, str]) -> Mapping[str, int]:
        """Return state -> how many pieces there are."""
        ...

    def assignees(self, brand_id: int) -> list[str]:
        """Return for whom pieces are, by name."""
        ...

    def due(self, brand_id: int, first: int, past: int) -> list[PieceRow]:
        """Return pieces that are not dropped and due in [first, past), by date."""
        ...

    def find(self, brand_id: int, field: str, said: str) -> list[PieceRow]:
        """Return pieces by `post_url`, `code` or `title`, those opened last first."""
        ...

    def add_material(self, row: MaterialRow, data: bytes) -> bool:
        """Keep a file; False = the same one is there already."""
        ...

    def materials(self, brand_id: int, task_id: bytes) -> list[MaterialRow]:
        """Return the files of a piece, first ones first."""
        ...

    def material(
        self, brand_id: int, task_id: bytes, material_id: bytes
    ) -> tuple[MaterialRow, bytes]:
        """Return one file; raise NotFound."""
        ...

    def remove_material(self, brand_id: int, task_id: bytes, material_id: bytes) -> None:
        """Forget a file; raise NotFound."""
        ...

    def stored_bytes(self, brand_id: int) -> int:
        """Return how much room all files take."""
        ...

    def note(self, row: OutcomeRow) -> None:
        """Write down what something had brought by a day; said again, it is replaced."""
        ...

    def outcomes(self, brand_id: int, kind: str, subject: str) -> list[OutcomeRow]:
        """Return what something brought, the newest day first."""
        ...

    def latest(self, brand_id: int, kind: str, since: str) -> Mapping[str, OutcomeRow]:
        """Return subject -> its newest outcome, of those noted for a day from `since` on."""
        ...

    def put_group(self, row: GroupRow, day: str) -> bool:
        """Store or replace a community and its size on a day; True = it is new."""
        ...

    def groups(self, brand_id: int) -> list[GroupRow]:
        """Return every community, by name."""
        ...

    def group(self, brand_id: int, slug: str) -> GroupRow:
        """Return one community; raise NotFound."""
        ...

    def sizes(self, brand_id: int, slug: str) -> list[tuple[str, int]]:
        """Return (day, size) of a community, by day."""
        ...

    def remove_group(self, brand_id: int, slug: str) -> None:
        """Forget a community and its sizes; raise NotFound."""
        ...

    def put_link(self, link: PublicLink) -> None:
        """Store or replace a link."""
        ...

    def link(self, code: str) -> PublicLink | None:
        """Return the link of a code, whosever it is."""
        ...

    def clicked(self, brand_id: int, code: str, day: int, what: str, slot: int) -> None:
        """Count one click of a person or machine on a day."""
        ...

    def clicks(self, brand_id: int, codes: Sequence[str]) -> Mapping[tuple[str, str], int]:
        """Return (code, person or machine) -> how often."""
        ...
