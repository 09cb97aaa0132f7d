/* Draws what game_ram says. Nothing here changes game state. */
#ifndef SCREEN_H
#define SCREEN_H

#include "gba.h"

/* Copy all tiles to video memory and set the display up. */
void screen_init(void);

/* Draw an area's ground and light; call while the screen is black or blank. */
void screen_load_area(u8 area, u8 bright);

/* Redraw one map cell, after the world changed it. */
void screen_refresh_cell(u8 area, int x, int y);

/* Show or hide the title's big letters. */
void screen_show_logo(u8 shown);

/* Draw everything that moves. Once a frame, in vertical blank. */
void screen_draw(void);

#endif
