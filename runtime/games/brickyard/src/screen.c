#include "screen.h"
#include "ram.h"
#include "tiles.h"

#define MAP_WIDTH 32
#define COLUMNS_SHOWN 20
#define ROWS_SHOWN 18
#define MOST_GONE 4
#define LAST_LINE 151 /* of the vertical blank, with time for what follows */

/* Colours of a Game Boy Color: 5 bits each of red, green and blue from the lowest. */
#define RGB(red, green, blue) ((u16)((red) | (green) << 5 | (blue) << 10))

enum { TEXT_COLOURS, WALL_COLOURS = 7 }; /* between them one for each row of bricks */

static const u16 palettes[8][4] = {
    {RGB(1, 1, 4), RGB(10, 10, 14), RGB(20, 20, 24), RGB(31, 31, 31)},
    {RGB(1, 1, 4), RGB(13, 2, 4), RGB(27, 6, 8), RGB(31, 18, 18)},
    {RGB(1, 1, 4), RGB(15, 7, 1), RGB(30, 15, 3), RGB(31, 24, 16)},
    {RGB(1, 1, 4), RGB(15, 13, 1), RGB(29, 26, 4), RGB(31, 31, 18)},
    {RGB(1, 1, 4), RGB(2, 12, 4), RGB(6, 24, 9), RGB(18, 31, 20)},
    {RGB(1, 1, 4), RGB(2, 8, 15), RGB(5, 17, 29), RGB(18, 26, 31)},
    {RGB(1, 1, 4), RGB(9, 3, 14), RGB(18, 8, 27), RGB(26, 20, 31)},
    {RGB(1, 1, 4), RGB(7, 8, 10), RGB(13, 14, 16), RGB(24, 25, 27)},
};

/* The title in letters of 3 x 5 blocks, row by row from the highest bit: B R I C K, Y A R D. */
static const u16 letters[9] = {0x6BAE, 0x6BAD, 0x7497, 0x3923, 0x5BAD, 0x5A92, 0x2BED, 0x6BAD, 0x6B6E};

static u8 colour;
static volatile u8 *gone[MOST_GONE]; /* left halves of bricks to wipe out */
static u8 gone_count;

static void put(u8 column, u8 row, u8 tile, u8 palette)
{
    u16 at = row * (u16)MAP_WIDTH + column;
    VRAM_MAP[at] = tile;
    if (colour) {
        REG_VBK = 1;
        VRAM_MAP[at] = palette;
        REG_VBK = 0;
    }
}

static void load_colours(volatile u8 *index)
{
    *index = 0x80; /* counts up by itself */
    for (u8 i = 0; i < 8; i++)
        for (u8 j = 0; j < 4; j++) {
            index[1] = (u8)palettes[i][j];
            index[1] = (u8)(palettes[i][j] >> 8);
        }
}

static void clear(void)
{
    while (REG_LCDC & 0x80 && REG_LY != 144) /* it may be switched off in vertical blank only */
        ;
    REG_LCDC = 0;
    for (u8 row = 0; row < ROWS_SHOWN; row++)
        for (u8 column = 0; column < COLUMNS_SHOWN; column++)
            put(column, row, TILE_EMPTY, TEXT_COLOURS);
    for (u8 i = 0; i < 160; i++)
        OAM[i] = 0;
    gone_count = 0;
}

static void show(void)
{
    REG_LCDC = 0x93; /* on, tiles at 0x8000, sprites, background */
}

void screen_init(u8 machine)
{
    colour = machine == GAME_BOY_COLOR;
    clear();
    for (u16 i = 0; i < TILE_COUNT * 16; i++)
        VRAM_TILES[i] = tile_bytes[i];
    REG_SCX = REG_SCY = 0;
    REG_BGP = REG_OBP0 = 0x1B; /* colour 0 is black */
    if (colour) {
        load_colours(&REG_BCPS);
        load_colours(&REG_OCPS);
    }
}

void screen_text(u8 column, u8 row, const char *text)
{
    volatile u8 *at = VRAM_MAP + row * (u16)MAP_WIDTH + column;
    for (; *text; text++)
        *at++ = *text == ' ' ? TILE_EMPTY : font_tiles[(u8)(*text - '0')];
}

static void big_letter(u8 column, u8 row, u16 bits)
{
    u16 bit = 0x4000;
    for (u8 y = 0; y < 5; y++)
        for (u8 x = 0; x < 3; x++, bit >>= 1)
            if (bits & bit)
                put(column + x, row + y, TILE_BLOCK, y + 1);
}

void screen_title(void)
{
    clear();
    for (u8 i = 0; i < 5; i++)
        big_letter(i * 4, 2, letters[i]);
    for (u8 i = 0; i < 4; i++)
        big_letter(2 + i * 4, 8, letters[i + 5]);
    show();
}

void screen_field(void)
{
    clear();
    for (u8 column = 0; column < COLUMNS_SHOWN; column++)
        put(column, 1, TILE_WALL, WALL_COLOURS);
    for (u8 row = 2; row < ROWS_SHOWN; row++) {
        put(0, row, TILE_WALL, WALL_COLOURS);
        put(COLUMNS_SHOWN - 1, row, TILE_WALL, WALL_COLOURS);
    }
    for (u8 row = 0; row < ROWS; row++)
        for (u8 column = 0; column < COLUMNS; column++) {
            put(1 + column * 2, WALL_TOP / 8 + row, TILE_BRICK_LEFT, row + 1);
            put(2 + column * 2, WALL_TOP / 8 + row, TILE_BRICK_RIGHT, row + 1);
        }
    screen_text(0, 0, "SCORE 0000");
    screen_text(13, 0, "BALLS 3");
    for (u8 i = 0; i < 3; i++) {
        OAM[i * 4] = (u8)(PADDLE_Y + 16);
        OAM[i * 4 + 2] = TILE_PADDLE_LEFT + i;
        OAM[i * 4 + 3] = 5; /* colours of a Game Boy Color */
    }
    OAM[14] = TILE_BALL;
    show();
}

void screen_brick_gone(u8 row, u8 column)
{
    if (gone_count < MOST_GONE)
        gone[gone_count++] = VRAM_MAP + (WALL_TOP / 8 + row) * (u16)MAP_WIDTH + 1 + column * 2;
}

void screen_draw(void)
{
    OAM[1] = ram.paddle_x + 8;
    OAM[5] = ram.paddle_x + 16;
    OAM[9] = ram.paddle_x + 24;
    OAM[12] = ram.ball_y + 16;
    OAM[13] = ram.ball_x + 8;
    VRAM_MAP[19] = font_tiles[ram.lives];
    if (!gone_count || REG_LY < 144 || REG_LY > LAST_LINE)
        return; /* in the next frame, then: while the picture is drawn nothing can be written */
    while (gone_count) {
        volatile u8 *brick = gone[--gone_count];
        brick[0] = TILE_EMPTY; /* its colour 0 is the same in all palettes */
        brick[1] = TILE_EMPTY;
    }
    for (u8 i = 0; i < 4; i++)
        VRAM_MAP[6 + i] = font_tiles[ram.digits[i]];
}
