"""Worth: costs, experiments and holdouts, the guard, notices, reports, decisions."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make every table of what things are worth."""
    script = Path(__file__).parents[1] / "0007_worth.sql"
    # The driver itself runs many statements at once, and leaves `%` alone.
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(script.read_text("utf-8"))
