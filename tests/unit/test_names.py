"""Another distribution with one of our package names is found before it does harm."""

from pathlib import Path

import pytest

from runtime.errors import NameTakenError
from runtime.names import NAMES, check_names


def install(folder: Path, name: str, *files: str) -> None:
    """Leave the traces of an installed distribution."""
    metadata = folder / f"{name.replace('-', '_')}-1.2.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (metadata / "RECORD").write_text("".join(f"{file},sha256=x,1\n" for file in files))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_our_names_are_ours_alone_here() -> None:
    check_names()


@pytest.mark.parametrize("package", NAMES)
def test_a_distribution_that_owns_one_of_our_names_is_named(site: Path, package: str) -> None:
    install(site, "openai-thing", "other/__init__.py", f"{package}/__init__.py", f"{package}/x.py")
    with pytest.raises(NameTakenError, match=rf"openai-thing 1\.2 installed the package {package},") as caught:
        check_names()
    assert "pip uninstall openai-thing" in str(caught.value)
    assert caught.value.exit_status == 2


def test_the_first_file_of_a_record_counts_too(site: Path) -> None:
    install(site, "first", "agents/__init__.py")
    with pytest.raises(NameTakenError, match="agents"):
        check_names()


def test_a_package_of_ours_below_another_package_is_no_clash(site: Path) -> None:
    install(
        site, "harmless", "other/agents/__init__.py", "agents.py.txt", "agents_more/__init__.py", "data/runtime.json"
    )
    check_names()


def test_a_distribution_without_a_record_is_no_clash(site: Path) -> None:
    install(site, "bare")
    (site / "bare-1.2.dist-info" / "RECORD").unlink()
    check_names()


def test_our_own_distribution_is_no_clash(site: Path) -> None:
    install(site, "Framewire", "agents/__init__.py")
    check_names()


def test_a_distribution_whose_metadata_lacks_a_name_is_no_clash(site: Path) -> None:
    """A half-removed distribution leaves a folder with an empty METADATA behind."""
    metadata = site / "broken-1.2.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\n")
    check_names()
