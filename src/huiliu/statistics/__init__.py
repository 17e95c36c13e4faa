"""Statistics on numpy and scipy: arrays in, values out, nothing random and nothing endless."""
