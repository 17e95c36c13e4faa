"""Long-running processes: the supervisor and the roles that it runs."""
