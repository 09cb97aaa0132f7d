"""`runtime doctor` names every family of emulators, and what it cannot do."""

from pathlib import Path

import pytest

from runtime.families import family, family_names, missing_of, options_of
from tests.desk import Desk


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("doctor")
    return Desk(folder).run("doctor")


@pytest.mark.parametrize("name", family_names())
def test_a_backend_is_shown_with_what_it_lacks(told: str, name: str) -> None:
    found = family(name)
    can = found.capabilities(options_of(found, {}))
    shown = told.split(f"backend {name} ", 1)[1].split(" backend ", 1)[0]
    assert f"consoles: {', '.join(found.consoles)}; memory: {can.scan}" in shown
    without = missing_of(can)
    assert ("without:" in shown) == bool(without)
    for text in without:
        assert text in shown
