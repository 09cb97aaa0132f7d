"""The default names of contexts and scenes, and a project's own labels."""

from pathlib import Path

import pytest

from runtime.errors import ConfigError, UsageError
from runtime.vocabulary import CONTEXTS, SCENES
from streams.annotations.vocabulary import default_vocabulary, load_vocabulary


def test_the_default_has_ten_contexts_and_nineteen_scenes() -> None:
    assert (len(set(CONTEXTS)), len(set(SCENES))) == (10, 19)
    assert (CONTEXTS[3], SCENES[10]) == ("battle", "battle_main")


def test_the_default_has_a_key_of_the_keyboard_for_each_label() -> None:
    keys = default_vocabulary().keys
    assert (tuple(keys["context"].labels), tuple(keys["scene"].labels)) == (CONTEXTS, SCENES)
    pressed = [press for one in keys.values() for press in one.labels.values()]
    assert len(set(pressed)) == len(pressed) == len(default_vocabulary().keyboard())
    assert default_vocabulary().keyboard()["4"] == ("context", "battle")


def test_a_project_names_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_vocabulary() == default_vocabulary()
    Path("labels.toml").write_text(
        'required = ["sky"]\n[keys.sky]\nlabels = { blue = "b", grey = "" }\n[keys.tags]\ntype = "tags"\n'
    )
    found = load_vocabulary()
    assert (found.required, found.keyboard()) == (("sky",), {"b": ("sky", "blue")})
    found.check("sky", "grey")
    found.check("tags", ("anything", "at all"))
    with pytest.raises(UsageError, match="label 'sky' is 'green'; allowed are blue, grey"):
        found.check("sky", "green")
    with pytest.raises(UsageError, match="no label 'sea'; there are sky, tags"):
        found.check("sea", "flat")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('keys.a.labels = { x = "q", y = "q" }', r"keys.a.labels.y: the key 'q' is that of keys.a.labels.x already"),
        ('keys.a.labels = { x = "up" }', r"keys.a.labels.x: 'up': a key of the keyboard is one letter or digit"),
        ("keys.a.labels = {}", r"keys.a.labels: a choice needs at least one label"),
        ('keys.a.kind = "choice"', r"keys.a: .*unknown field `kind`; allowed here are type, labels"),
        ('keys.a.type = "number"', r"labels.toml: keys.a: Invalid enum value 'number' - at `\$.type`"),
        ('keys."a b".type = "text"', r"a key is 1 to 64 letters"),
        ("keys = {}", r"keys: needs at least one key"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "labels.toml"
    path.write_text(f"required = []\n{text}\n")
    with pytest.raises(ConfigError, match=problem):
        load_vocabulary(path)


def test_what_is_required_must_be_there(tmp_path: Path) -> None:
    path = tmp_path / "labels.toml"
    path.write_text('required = ["b"]\n[keys.a]\ntype = "text"\n')
    with pytest.raises(ConfigError, match="required: b: allowed are a"):
        load_vocabulary(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_vocabulary(tmp_path / "none.toml")
