"""The metric catalogue: one definition of each figure, for pages, targets, gates and reports."""
