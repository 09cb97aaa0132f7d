"""What is wrong in a TOML file is named by file, line, key and what is allowed there."""

from pathlib import Path

import msgspec
import pytest

from runtime import toml_file
from runtime.errors import ConfigError


class Leaf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    x: int
    y: int = 0


class Branch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: str
    leaves: tuple[Leaf, ...] = ()
    leaf: Leaf | None = None


class Tree(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    title: str = ""
    branch: tuple[Branch, ...] = ()
    root: Leaf | None = None
    labels: dict[str, str] = {}


def failure(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        toml_file.parse(text, Tree, "tree.toml")
    return caught.value


def test_a_whole_file_decodes() -> None:
    text = 'title = "t"\n[root]\nx = 1\n[[branch]]\nname = "a"\nleaves = [{ x = 2, y = 3 }]\n[labels]\n0 = "zero"\n'
    assert toml_file.parse(text, Tree, "t") == Tree(
        title="t", root=Leaf(1), branch=(Branch(name="a", leaves=(Leaf(2, 3),)),), labels={"0": "zero"}
    )


CASES: dict[str, tuple[str, int, str, str]] = {
    "no TOML": ("title = \n", 1, "TOML", "Invalid value"),
    "a key twice": ('title = "a"\ntitle = "b"\n', 2, "TOML", "Cannot overwrite"),
    "unknown at the top": ('title = "a"\n\ncolour = 1\n', 3, "colour", "allowed here are title, branch, root, labels"),
    "unknown table": ("[trunk]\nx = 1\n", 1, "trunk", "allowed here are title, branch, root, labels"),
    "unknown in a table": ("[root]\nx = 1\nz = 2\n", 3, "root.z", "allowed here are x, y"),
    "unknown in the second of an array": (
        '[[branch]]\nname = "a"\n\n[[branch]]\nname = "b"\ncolour = 1\n',
        6,
        "branch[1].colour",
        "allowed here are name, leaves, leaf",
    ),
    "unknown in a sub-table of an array's second": (
        '[[branch]]\nname = "a"\n[branch.leaf]\nx = 1\n[[branch]]\nname = "b"\n[branch.leaf]\nx = 1\nz = 1\n',
        9,
        "branch[1].leaf.z",
        "allowed here are x, y",
    ),
    "unknown in an array within an array": (
        '[[branch]]\nname = "a"\n[[branch.leaves]]\nx = 1\n[[branch]]\nname = "b"\n[[branch.leaves]]\nx = 1\n'
        "[[branch.leaves]]\nx = 1\nz = 1\n",
        11,
        "branch[1].leaves[1].z",
        "allowed here are x, y",
    ),
    "unknown in an inline table": (
        '[[branch]]\nname = "a"\nleaves = [{ x = 1, z = 1 }]\n',
        3,
        "branch[0].leaves[0].z",
        "allowed here are x, y",
    ),
    "missing": ('[[branch]]\nname = "a"\n[[branch]]\nleaves = []\n', 3, "branch[1]", "the key 'name' is missing"),
    "missing in a table": ("title = 'a'\n[root]\ny = 1\n", 2, "root", "the key 'x' is missing; allowed here are x, y"),
    "wrong type": ("[root]\nx = 'one'\n", 2, "root.x", "Expected `int`, got `str`"),
    "wrong type in an array": ('[[branch]]\nname = "a"\n[[branch]]\nname = 3\n', 4, "branch[1].name", "Expected `str`"),
    "a value where a table belongs": ("root = 3\n", 1, "root", "Expected `object"),
    "a quoted key": ('[root]\n"x" = true\n', 2, "root.x", "Expected `int`, got `bool`"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_error_names_line_key_and_what_is_allowed(name: str) -> None:
    text, line, key, problem = CASES[name]
    error = failure(text)
    assert (error.file, error.line, error.key) == ("tree.toml", line, key)
    assert problem in error.problem
    assert str(error) == f"tree.toml:{line}: {key}: {error.problem}"


def test_a_key_in_a_string_of_many_lines_is_not_taken_for_the_key() -> None:
    error = failure('[root]\ny = 1\nx = """\ny = 2\n"""\n')
    assert (error.line, error.key) == (3, "root.x")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read") as caught:
        toml_file.load(tmp_path / "missing.toml", Tree)
    assert caught.value.file == str(tmp_path / "missing.toml")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "picture.toml"
    path.write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        toml_file.load(path, Tree)
