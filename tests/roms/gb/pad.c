/* The ROM `pad` of the conformance suite (tests/roms/pad.py) on the Game Boy and Game Boy Color. */
#include "gb.h"

#define WIDTH 160
#define HEIGHT 144
#define CELL 8
#define TOP (2 * CELL) /* above the sprite: the frame counter */

enum { DARK = 1, BRIGHT /* the next, for `bits` */, SPRITE, CHECKS };
enum { UP = 4, DOWN, LEFT, RIGHT };

volatile __at(0xC000) struct {
    char magic[4];
    u16 frame, held, counts[10];
    u8 x, y;
} pad;

/* Two bytes for each of 8 rows: a colour's low and high bit (Pan Docs, "Tile Data"). */
static void tile(u8 number, u8 low, u8 high) {
    volatile u8 *row = VRAM_TILES + number * 16;
    for (u8 y = 0; y < 8; y++) {
        *row++ = low;
        *row++ = high;
    }
}

static void colours(volatile u8 *index) {
    static const u16 shades[4] = {0x7FFF, 0x3DEF, 0x6000, 0x001F};
    *index = 0x80; /* count up by itself */
    for (u8 i = 0; i < 4; i++) {
        index[1] = (u8)shades[i];
        index[1] = (u8)(shades[i] >> 8);
    }
}

/* One cell for each bit, from the lowest. */
static void bits(volatile u8 *cell, u8 byte) {
    *cell++ = (byte & 1) + DARK;
    *cell++ = (byte >> 1 & 1) + DARK;
    *cell++ = (byte >> 2 & 1) + DARK;
    *cell++ = (byte >> 3 & 1) + DARK;
    *cell++ = (byte >> 4 & 1) + DARK;
    *cell++ = (byte >> 5 & 1) + DARK;
    *cell++ = (byte >> 6 & 1) + DARK;
    *cell++ = (byte >> 7) + DARK;
}

static void draw(void) {
    OAM[0] = pad.y + 16;
    OAM[1] = pad.x + 8;
    bits(VRAM_MAP, (u8)pad.frame);
    if (!(u8)pad.frame) bits(VRAM_MAP + 8, (u8)(pad.frame >> 8));
}

static void count(u8 held) {
    volatile u16 *frames = pad.counts;
    for (; held; held >>= 1) {
        if (held & 1) (*frames)++;
        frames++;
    }
}

static void move(u8 held) {
    if (held & 1 << UP && pad.y > TOP) pad.y--;
    if (held & 1 << DOWN && pad.y < HEIGHT - CELL) pad.y++;
    if (held & 1 << LEFT && pad.x > 0) pad.x--;
    if (held & 1 << RIGHT && pad.x < WIDTH - CELL) pad.x++;
}

void main(u8 machine) {
    pad.magic[0] = 'P', pad.magic[1] = 'A', pad.magic[2] = 'D', pad.magic[3] = '1';
    pad.x = (WIDTH - CELL) / 2, pad.y = (HEIGHT - CELL) / 2;
    while (REG_LY != 144);
    REG_LCDC = 0;
    tile(0, 0, 0);
    tile(DARK, 0xFF, 0);
    tile(BRIGHT, 0, 0xFF);
    tile(SPRITE, 0xFF, 0xFF);
    tile(CHECKS, 0xF0, 0);
    for (u16 i = 0; i < 32 * 32; i++) VRAM_MAP[i] = i >= 64 ? CHECKS : 0;
    for (u8 i = 0; i < 160; i++) OAM[i] = 0;
    OAM[2] = SPRITE;
    draw();
    REG_BGP = REG_OBP0 = 0xE4;
    if (machine == GAME_BOY_COLOR) {
        colours(&REG_BCPS);
        colours(&REG_OCPS);
    }
    REG_SCX = REG_SCY = 0;
    REG_LCDC = 0x93; /* on, tiles at 0x8000, sprites, background */
    REG_IE = 1;
    for (;;) { /* all of it within the vertical blank: some emulators end a frame there */
        u8 held;
        wait_vblank();
        held = read_buttons();
        pad.held = held;
        pad.frame++;
        move(held);
        draw();
        count(held);
    }
}
