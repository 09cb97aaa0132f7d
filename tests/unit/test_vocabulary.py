"""The default names of contexts and scenes, and a project's own."""

from pathlib import Path

import pytest

from runtime.errors import ConfigError
from runtime.vocabulary import CONTEXTS, SCENES, Vocabulary, load_vocabulary


def test_the_default_has_ten_contexts_and_nineteen_scenes() -> None:
    assert (len(set(CONTEXTS)), len(set(SCENES))) == (10, 19)
    assert (CONTEXTS[3], SCENES[10]) == ("battle", "battle_main")


def test_a_project_names_its_own(tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.toml"
    path.write_text('contexts = ["sky", "sea"]\n')
    assert load_vocabulary(path) == Vocabulary(contexts=("sky", "sea"), scenes=SCENES)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("scenes = []\n", "scenes: needs at least one name"),
        ('contexts = ["sky", "sea", "sky"]\n', "contexts: 'sky' given twice"),
        ('context = ["sky"]\n', "allowed here are contexts, scenes"),
        ("scenes = [1]\n", "Expected `str`, got `int`"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "vocabulary.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=problem):
        load_vocabulary(path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_vocabulary(tmp_path / "none.toml")
