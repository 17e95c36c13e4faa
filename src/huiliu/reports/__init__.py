"""Reports: a report a file, from options to Ibis expressions to figures."""
