"""Bytes that must not change. `python -m tests.golden.write` adds those of a new payload; it never changes one."""
