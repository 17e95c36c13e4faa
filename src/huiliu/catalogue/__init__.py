"""What a brand sells: products, what changes about them, and which are worth showing to whom."""
