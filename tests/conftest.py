"""Hypothesis without a deadline, for no test asserts how fast the machine is, and without files of its own."""

from hypothesis import settings

settings.register_profile("framewire", max_examples=50, deadline=None, database=None)
settings.load_profile("framewire")
