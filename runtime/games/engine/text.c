#include "text.h"

#include "art.h"

/* Character block 0: tiles 0 and 1 empty, then the interface, then two fonts at their ASCII codes. */
#define UI_TILE(piece) (2 + (piece))
#define SEE_THROUGH_FONT 128
#define TEXT_BANK (15 << 12)
#define NAME_BANK (13 << 12)
#define FLIP_X 0x0400
#define FLIP_Y 0x0800

enum { COLOUR_PANEL = 1, COLOUR_TEXT = 2, COLOUR_SHADOW = 3 };

static volatile u16 *const layer = SCREEN_BLOCK(27);

static void put(int column, int row, int tile)
{
    layer[row * 32 + column] = TEXT_BANK | tile;
}

static void store_row(int tile, int row, const u8 pixels[8])
{
    volatile u16 *to = CHAR_BLOCK(0) + tile * 16 + row * 2;
    to[0] = pixels[0] | pixels[1] << 4 | pixels[2] << 8 | pixels[3] << 12;
    to[1] = pixels[4] | pixels[5] << 4 | pixels[6] << 8 | pixels[7] << 12;
}

static void store_glyph(int code)
{
    const u8 *rows = &art_font[(code - 32) * 8];
    for (int y = 0; y < 8; y++) {
        u8 on_panel[8], over_scene[8];
        for (int x = 0; x < 8; x++) {
            int inked = rows[y] >> x & 1;
            int shaded = y > 0 && x > 0 && (rows[y - 1] >> (x - 1) & 1);
            on_panel[x] = inked ? COLOUR_TEXT : COLOUR_PANEL;
            over_scene[x] = inked ? COLOUR_TEXT : shaded ? COLOUR_SHADOW : 0;
        }
        store_row(code, y, on_panel);
        store_row(SEE_THROUGH_FONT + code, y, over_scene);
    }
}

void text_init(void)
{
    for (int code = 32; code < 128; code++)
        store_glyph(code);
    for (int piece = 0; piece < UI_COUNT; piece++)
        for (int y = 0; y < 8; y++)
            store_row(UI_TILE(piece), y, &art_interface[piece * 64 + y * 8]);
}

void text_clear(void)
{
    clear_cells(0, 0, 32, ROWS);
}

void clear_cells(int column, int row, int width, int height)
{
    for (int y = row; y < row + height; y++)
        for (int x = column; x < column + width; x++)
            layer[y * 32 + x] = 0;
}

void draw_box(int column, int row, int width, int height)
{
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            int at_side = x == 0 || x == width - 1;
            int at_edge = y == 0 || y == height - 1;
            int piece = at_side ? (at_edge ? UI_BOX_TOP_LEFT : UI_BOX_LEFT) : at_edge ? UI_BOX_TOP : UI_BOX_FILL;
            put(column + x, row + y,
                UI_TILE(piece) | (x == width - 1 ? FLIP_X : 0) | (at_edge && y ? FLIP_Y : 0));
        }
}

void put_icon(int column, int row, int piece)
{
    put(column, row, UI_TILE(piece));
}

void put_words(int column, int row, const char *words)
{
    for (; *words; words++)
        put(column++, row, *words);
}

void put_name(int column, int row, const char *name)
{
    for (; *name; column++)
        layer[row * 32 + column] = NAME_BANK | *name++;
}

void put_number(int column, int row, u32 number, int width)
{
    for (int at = width - 1; at >= 0; at--) {
        put(column + at, row, number || at == width - 1 ? '0' + (int)(number % 10) : ' ');
        number /= 10;
    }
}

void put_typed(int column, int row, const char *text, int length)
{
    int at = column;
    for (int i = 0; i < length && text[i]; i++) {
        if (text[i] == '\n') {
            at = column;
            row += 2;
        } else {
            put(at++, row, text[i]);
        }
    }
}

void put_bar(int column, int row, int width, u32 left, u32 whole)
{
    int pixels = (left * width * 8 + whole - 1) / whole; /* a last spark of life still shows */
    for (int i = 0; i < width; i++, pixels -= 8)
        put_icon(column + i, row, UI_BAR_0 + (pixels < 0 ? 0 : pixels > 8 ? 8 : pixels));
}

void put_centred(int row, const char *text)
{
    int length = 0;
    while (text[length])
        length++;
    int column = (COLUMNS - length) / 2;
    for (; *text; text++)
        put(column++, row, SEE_THROUGH_FONT + *text);
}
