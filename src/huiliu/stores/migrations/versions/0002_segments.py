"""What segments, tags and lists need."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make every table of segments, tags and lists."""
    script = Path(__file__).parents[1] / "0002_segments.sql"
    # The driver itself runs many statements at once, and leaves `%` alone.
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(script.read_text("utf-8"))
