/* The Game Boy registers that our ROMs touch (names as in Pan Docs). */
#ifndef GB_H
#define GB_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef signed char s8;

#define REG(address) (*(volatile u8 *)(address))
#define REG_JOYP REG(0xFF00)
#define REG_LCDC REG(0xFF40)
#define REG_SCY REG(0xFF42)
#define REG_SCX REG(0xFF43)
#define REG_LY REG(0xFF44)
#define REG_BGP REG(0xFF47)
#define REG_OBP0 REG(0xFF48)
#define REG_VBK REG(0xFF4F)
#define REG_BCPS REG(0xFF68) /* and BCPD after it */
#define REG_OCPS REG(0xFF6A) /* and OCPD after it */
#define REG_IE REG(0xFFFF)

#define VRAM_TILES ((volatile u8 *)0x8000)
#define VRAM_MAP ((volatile u8 *)0x9800)
#define OAM ((volatile u8 *)0xFE00)

/* What the start-up code passes to main. */
#define GAME_BOY_COLOR 0x11

void wait_vblank(void); /* crt0.s */

/* Return the buttons held, in the runtime's order: bit 0 A, B, SELECT, START, UP, DOWN, LEFT, RIGHT. */
static u8 read_buttons(void) {
    u8 directions, others;
    REG_JOYP = 0x20;
    directions = REG_JOYP; /* twice: the lines need a moment */
    directions = ~REG_JOYP & 0x0F; /* bit 0 right, left, up, down */
    REG_JOYP = 0x10;
    others = REG_JOYP;
    others = REG_JOYP;
    others = REG_JOYP;
    others = ~REG_JOYP & 0x0F; /* bit 0 A, B, select, start */
    REG_JOYP = 0x30;
    return others | (directions & 0x0C) << 2 | (directions & 1) << 7 | (directions & 2) << 5;
}

#endif
