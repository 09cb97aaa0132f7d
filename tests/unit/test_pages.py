"""The pages of memory around watches."""

from runtime.bridges.pages import watched_regions
from runtime.console import CONSOLES
from runtime.game import Watch, check_regions, parse_game
from runtime.wire import Region

GBA, GB = CONSOLES["gba"], CONSOLES["gb"]


def u8(address: int, *shape: int) -> Watch:
    return Watch(name=f"w{address:x}", address=address, type="u8", shape=shape)


def test_a_watch_is_in_the_page_around_it() -> None:
    assert watched_regions(GBA, [u8(0x0200_12FF)]) == (Region("ewram+1200", 0x0200_1200, 256),)


def test_a_watch_over_the_end_of_a_page_takes_both() -> None:
    watch = Watch(name="x", address=0x0300_00FE, type="u32le")
    assert watched_regions(GBA, [watch]) == (Region("iwram+0", 0x0300_0000, 512),)


def test_pages_that_touch_are_one_region_and_others_are_not() -> None:
    watches = [u8(0x0200_0300), u8(0x0200_0010, 0x120), u8(0x0200_0800)]
    assert watched_regions(GBA, watches) == (
        Region("ewram+0", 0x0200_0000, 512),
        Region("ewram+300", 0x0200_0300, 256),
        Region("ewram+800", 0x0200_0800, 256),
    )
    assert watched_regions(GBA, [*watches, u8(0x0200_0200)])[0] == Region("ewram+0", 0x0200_0000, 1024)


def test_areas_come_in_the_consoles_order_and_end_the_last_page() -> None:
    assert watched_regions(GB, [u8(0xFF90), u8(0xDFFF)]) == (
        Region("wram+1f00", 0xDF00, 256),
        Region("hram+0", 0xFF80, 0x7F),
    )


def test_a_page_may_have_another_size() -> None:
    assert watched_regions(GBA, [u8(0x0200_0045)], page=16) == (Region("ewram+40", 0x0200_0040, 16),)


def test_a_watch_outside_the_memory_has_no_page() -> None:
    assert watched_regions(GBA, [u8(0x0800_0000), u8(0x0203_FFFF, 2)]) == ()


def test_every_watch_of_a_game_is_published() -> None:
    text = """
    [game]
    name = "g"
    console = "gba"
    [[watch]]
    name = "a"
    address = 0x02000100
    type = "u16le"
    [[watch]]
    name = "b"
    address = 0x030001F0
    type = "u8"
    shape = [64, 8]
    """
    game = parse_game(text, "g.toml")
    check_regions(game, watched_regions(GBA, game.watch), "g.toml")
