"""The spine's tables."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table of the spine."""
    script = Path(__file__).parents[1] / "0001_spine.sql"
    # The driver itself runs many statements at once, and leaves `%` alone.
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(script.read_text("utf-8"))
