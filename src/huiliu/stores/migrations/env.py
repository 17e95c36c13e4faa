"""Alembic's entry: runs the migrations on the connection that stores/migrate.py hands over."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table="huiliu_version",
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
