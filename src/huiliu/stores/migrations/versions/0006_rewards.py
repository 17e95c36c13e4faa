"""Rewards: coupons and promotions, points, codes, the checkout, bringing friends."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make every table of rewards."""
    script = Path(__file__).parents[1] / "0006_rewards.sql"
    # The driver itself runs many statements at once, and leaves `%` alone.
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(script.read_text("utf-8"))
