/* The ROM `pad` of the conformance suite (tests/roms/pad.py) on the Game Boy Advance. Start-up code, layout and
   registers are Emberwood's. */
#include "gba.h"

#define CELL 8
#define TOP (2 * CELL) /* above the sprite: the frame counter */
#define SPRITE_COLOUR 0x001F
#define BIT_COLOUR(bit) ((bit) ? 0x7FFF : 0x2800)

#define VRAM ((volatile u16 *)0x06000000)

/* KEYINPUT's bits in the order of the console's buttons: A B L R SELECT START UP DOWN LEFT RIGHT. */
static const u8 key_bits[10] = {0, 1, 9, 8, 2, 3, 6, 7, 5, 4};
enum { UP = 6, DOWN, LEFT, RIGHT };

__attribute__((section(".game_ram"))) volatile struct {
    char magic[4];
    u16 frame, held, counts[10];
    u8 x, y;
} pad;

static u16 background(int x, int y) {
    return (u16)(((x >> 4) & 15) << 10 | ((y >> 4) & 15) << 5 | 0x2108);
}

static void fill(int left, int top, u16 colour) {
    for (int y = top; y < top + CELL; y++)
        for (int x = left; x < left + CELL; x++) VRAM[y * SCREEN_WIDTH + x] = colour;
}

static void restore(int left, int top) {
    for (int y = top; y < top + CELL; y++)
        for (int x = left; x < left + CELL; x++) VRAM[y * SCREEN_WIDTH + x] = background(x, y);
}

static void read_keys(void) {
    u16 keys = (u16)~REG_KEYINPUT, held = 0;
    for (int i = 0; i < 10; i++) {
        if (!(keys >> key_bits[i] & 1)) continue;
        held |= (u16)(1 << i);
        pad.counts[i]++;
    }
    pad.held = held;
    if (held >> UP & 1 && pad.y > TOP) pad.y--;
    if (held >> DOWN & 1 && pad.y < SCREEN_HEIGHT - CELL) pad.y++;
    if (held >> LEFT & 1 && pad.x > 0) pad.x--;
    if (held >> RIGHT & 1 && pad.x < SCREEN_WIDTH - CELL) pad.x++;
}

int main(void) {
    pad.magic[0] = 'P', pad.magic[1] = 'A', pad.magic[2] = 'D', pad.magic[3] = '1';
    pad.x = (SCREEN_WIDTH - CELL) / 2, pad.y = (SCREEN_HEIGHT - CELL) / 2;
    for (int y = 0; y < SCREEN_HEIGHT; y++)
        for (int x = 0; x < SCREEN_WIDTH; x++) VRAM[y * SCREEN_WIDTH + x] = background(x, y);
    REG_DISPCNT = 3 | 1 << 10; /* mode 3, background 2 */
    IRQ_VECTOR = irq_entry;
    REG_DISPSTAT = 1 << 3;
    REG_IE = 1;
    REG_IME = 1;
    for (;;) {
        wait_vblank();
        restore(pad.x, pad.y);
        read_keys();
        pad.frame++;
        fill(pad.x, pad.y, SPRITE_COLOUR);
        for (int i = 0; i < 16; i++) fill(i * CELL, 0, BIT_COLOUR(pad.frame >> i & 1));
    }
}
