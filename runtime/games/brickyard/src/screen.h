/* Draws what ram.h says. Nothing here changes the game. */
#ifndef SCREEN_H
#define SCREEN_H

#include "gb.h"

#define SCREEN_WIDTH 160
#define SCREEN_HEIGHT 144

/* The field, pixels. */
#define LEFT 8
#define RIGHT 152
#define TOP 16
#define PADDLE_Y 134
#define PADDLE_WIDTH 24
#define BALL 4
#define WALL_TOP 32
#define BRICK_WIDTH 16
#define BRICK_HEIGHT 8

void screen_init(u8 machine);
void screen_title(void);        /* all of it, while the screen is off */
void screen_field(void);        /* all of it, while the screen is off */
void screen_text(u8 column, u8 row, const char *text);
void screen_brick_gone(u8 row, u8 column); /* remember it until screen_draw */
void screen_draw(void);         /* what changed in this frame; in vertical blank */

#endif
