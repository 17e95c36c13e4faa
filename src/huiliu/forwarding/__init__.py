"""What leaves for other tools: which facts, under which names, in whose words, signed."""
