"""One person from many names: matching, limits, traits and consents; pure."""
