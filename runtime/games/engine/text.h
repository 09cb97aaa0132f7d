/* The text layer: characters, boxes and icons at columns and rows of 8 pixels. */
#ifndef TEXT_H
#define TEXT_H

#include "gba.h"

#define COLUMNS 30
#define ROWS 20

/* Copy the font and the interface pieces to video memory. */
void text_init(void);

/* Empty the text layer, or a part of it. */
void text_clear(void);
void clear_cells(int column, int row, int width, int height);

/* Draw an empty box. */
void draw_box(int column, int row, int width, int height);

/* Write on a box; names are golden. put_line writes at most `length` characters up to \0 and knows \n. */
void put_icon(int column, int row, int piece);
void put_words(int column, int row, const char *words);
void put_name(int column, int row, const char *name);
void put_number(int column, int row, u32 number, int width);
void put_typed(int column, int row, const char *text, int length);

/* Draw how much is left of something as a bar of `width` characters. */
void put_bar(int column, int row, int width, u32 left, u32 whole);

/* Write over the scene, centred. */
void put_centred(int row, const char *text);

#endif
