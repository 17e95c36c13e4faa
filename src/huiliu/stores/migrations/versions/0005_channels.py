"""What every channel of the mission needs: contact points, WeChat, push, in-app, ads, content."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make every table of the channels."""
    script = Path(__file__).parents[1] / "0005_channels.sql"
    # The driver itself runs many statements at once, and leaves `%` alone.
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(script.read_text("utf-8"))
