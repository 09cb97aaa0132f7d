/* Draws what game_ram says. Nothing here changes game state. */
#ifndef SCREEN_H
#define SCREEN_H

#include "gba.h"

/* Copy all tiles to video memory and turn the display on. */
void screen_init(void);

/* Show another area from now on, in its own light; call while the screen is black. */
void screen_enter_area(u8 area);

/* Draw one of LOAD_PARTS bands of the area's ground. All at once takes longer than a frame. */
#define LOAD_PARTS 16
void screen_load_part(int part);

/* Draw everything that moves or changes. Once a frame, in vertical blank. */
void screen_draw(void);

#endif
