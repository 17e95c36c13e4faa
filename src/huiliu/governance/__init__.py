"""What is personal and what becomes of it: the data dictionary, detection, normal forms."""
