"""A named address becomes a watch in the user's own game.toml."""

from pathlib import Path

import msgspec
import pytest

from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import ConfigError, UsageError
from runtime.game import find_game, load_game
from runtime.session_meta import SessionMeta
from streams.memory_search.naming import Named, add_watch, user_file, user_game
from tests.streams_source import meta_of

EMBERWOOD = find_game("emberwood")


@pytest.fixture
def meta() -> SessionMeta:
    text = EMBERWOOD.read_text(encoding="utf-8")
    rom = str(EMBERWOOD.parent / "emberwood.gba")
    return msgspec.structs.replace(meta_of(ScriptedBackend(), "s", rom=rom, game_toml=text), game="emberwood")


def lines_added(before: str, after: str) -> list[str]:
    """Return the lines that are new; all others are there in their order."""
    left = iter(after.splitlines())
    new: list[str] = []
    for line in before.splitlines():
        for other in left:
            if other == line:
                break
            new.append(other)
        else:
            pytest.fail(f"the line is gone: {line}")
    return new + list(left)


def test_a_built_in_game_gets_a_copy_of_the_users(meta: SessionMeta, tmp_path: Path) -> None:
    packaged = EMBERWOOD.read_bytes()
    path = add_watch(meta, tmp_path, Named("my.counter", 0x0200_0400, "u16", 'counts "things"'))
    assert path == tmp_path / "emberwood" / "game.toml"
    assert EMBERWOOD.read_bytes() == packaged
    text = path.read_text(encoding="utf-8")
    before = meta.game_toml.replace('rom = "emberwood.gba"', f'rom = "{meta.rom}"')
    assert [line for line in lines_added(before, text) if line] == [
        "[[watch]]", 'name = "my.counter"', "address = 0x02000400", 'type = "u16le"', r'meaning = "counts \"things\""',
    ]  # fmt: skip
    game = load_game(path)
    assert game.watch[-1].name == "my.counter"
    assert game.watch[:-1] == load_game(EMBERWOOD).watch
    assert game.objective == load_game(EMBERWOOD).objective
    assert Path(game.game.rom).is_file()
    assert user_game(meta, tmp_path) == game
    assert [entry.name for entry in path.parent.iterdir()] == ["game.toml"]


def test_a_second_watch_joins_the_first_and_a_name_is_given_once(meta: SessionMeta, tmp_path: Path) -> None:
    path = add_watch(meta, tmp_path, Named("one", 0x0200_0400, "u8"))
    path.write_text(path.read_text(encoding="utf-8") + "\n# the last words\n", encoding="utf-8")
    add_watch(meta, tmp_path, Named("two", 0x0200_0402, "s16be"))
    before = path.read_bytes()
    with pytest.raises(UsageError, match="it has a watch 'one' already"):
        add_watch(meta, tmp_path, Named("one", 0x0200_0404, "u8"))
    with pytest.raises(ConfigError, match="outside the published memory"):
        add_watch(meta, tmp_path, Named("three", 0x0900_0000, "u8"))
    with pytest.raises(UsageError, match="no type 'float'"):
        add_watch(meta, tmp_path, Named("three", 0x0200_0404, "float"))
    assert path.read_bytes() == before
    assert [watch.name for watch in load_game(path).watch[-2:]] == ["one", "two"]
    assert before.endswith(b"# the last words\n")


def test_the_description_it_was_launched_with_is_extended_where_it_lies(meta: SessionMeta, tmp_path: Path) -> None:
    own = tmp_path / "games" / "mine.toml"
    own.parent.mkdir()
    own.write_text(
        '[game]\nname = "mine"\nconsole = "gba"\n\n[episode]  # ends\nsuccess = "hp == 0"\n\n'
        '[[watch]]\nname = "hp"\naddress = 0x02000000  # found by hand\ntype = "u8"\n'
        'values = { 0 = "[[dead]]" }\n\n# where to\n[start]\npress = "A"\nwhen = "hp == 1"\n',
        encoding="utf-8",
    )
    launched = msgspec.structs.replace(
        meta, launch_plan='[game]\nname = "games/mine.toml"\n', launch_folder=str(tmp_path)
    )
    assert user_file(launched, tmp_path / "elsewhere") == own
    before = own.read_text(encoding="utf-8")
    add_watch(launched, tmp_path / "elsewhere", Named("mp", 0x0200_0001, "u8"))
    text = own.read_text(encoding="utf-8")
    assert text == before.replace(
        "\n# where to", '\n[[watch]]\nname = "mp"\naddress = 0x02000001\ntype = "u8"\n\n# where to'
    )


def test_a_rom_without_description_gets_a_first_one(meta: SessionMeta, tmp_path: Path) -> None:
    bare = msgspec.structs.replace(meta, game="", game_toml="", session="unknown")
    path = add_watch(bare, tmp_path, Named("lives", 0x0300_0000, "u8"))
    assert path == tmp_path / "unknown" / "game.toml"
    game = load_game(path)
    assert [watch.name for watch in game.watch] == ["lives"]
    assert game.game.knows(Path(meta.rom).read_bytes()) is (meta.rom_sha256 == load_game(EMBERWOOD).game.sha256)


def test_where_tables_cannot_be_told_apart_the_watch_comes_last(meta: SessionMeta, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "game.toml").write_text(
        '[game]\nname = "odd"\nconsole = "gba"\ntitle = """\n[[watch]]\n[game]\n"""\n', encoding="utf-8"
    )
    odd = msgspec.structs.replace(meta, game="odd")
    path = add_watch(odd, tmp_path, Named("lives", 0x0300_0000, "u8"))
    assert load_game(path).game.title == "[[watch]]\n[game]\n"
    assert path.read_text(encoding="utf-8").endswith('[[watch]]\nname = "lives"\naddress = 0x03000000\ntype = "u8"\n')


def test_a_folder_that_takes_no_file_is_named(meta: SessionMeta, tmp_path: Path) -> None:
    (tmp_path / "emberwood").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match=r"emberwood/game.toml: cannot be written"):
        add_watch(meta, tmp_path, Named("lives", 0x0300_0000, "u8"))
