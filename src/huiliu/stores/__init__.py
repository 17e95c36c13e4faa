"""PostgreSQL, and only PostgreSQL: the event log, the vault, and all state."""
