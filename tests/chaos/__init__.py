"""Kills at random moments: `python -m tests.chaos --kills 200 --seed 1`, or `make chaos`; a few run with the tests."""
