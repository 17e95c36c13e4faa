"""What journeys, shops, catalogue and forwarding need."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make every table of journeys, shops, catalogue and forwarding."""
    script = Path(__file__).parents[1] / "0003_journeys.sql"
    # The driver itself runs many statements at once, and leaves `%` alone.
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(script.read_text("utf-8"))
