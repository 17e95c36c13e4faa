"""Ad platforms: how each wants people hashed, files made and campaigns asked for."""
