/* The text layer: status line, dialogue box, messages. */
#ifndef TEXT_H
#define TEXT_H

#include "gba.h"

/* Copy the font and the interface pieces to video memory. */
void text_init(void);

/* Empty the text layer. */
void text_clear(void);

/* Draw the status line, and the box while somebody speaks. */
void text_draw_status(void);
void text_draw_dialogue(void);

/* Write over the scene, centred on a row of 8 pixels. */
void text_centred(int row, const char *text);

#endif
