"""Attribution: which channels a purchase is ascribed to, by rules and by models."""
