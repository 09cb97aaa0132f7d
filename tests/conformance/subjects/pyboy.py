"""PyBoy on Game Boy and Game Boy Color."""

import importlib.util

from tests.conformance.subject import Subject


def not_installed(subject: Subject) -> str:
    """See Subject.missing."""
    return "" if importlib.util.find_spec("pyboy") else "the package pyboy is not installed"


SUBJECTS = [
    Subject(name=f"pyboy-{console}", family="pyboy", console=console, missing=not_installed, picture_lag=1)
    for console in ("gb", "gbc")
]
