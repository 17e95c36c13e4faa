"""Use cases, a verb a file: read, decide in the core, write in one transaction."""
