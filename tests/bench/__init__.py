"""Benchmarks: each file prints rows of what was measured beside its limit or peer. Run them with `make bench`."""
