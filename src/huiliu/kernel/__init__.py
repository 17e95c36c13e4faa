"""What every room may know: ids, times, money, events, facts, texts, errors, registry."""
