"""All subjects: each module here has a list SUBJECTS."""

import importlib
import pkgutil

from tests.conformance.subject import Subject

ALL: tuple[Subject, ...] = tuple(
    subject
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda found: found.name)
    for subject in importlib.import_module(f"{__name__}.{module.name}").SUBJECTS
)
