/* What is written on the screen in each mode, from what game_ram says. */
#ifndef PANELS_H
#define PANELS_H

#include "gba.h"

/* Draw the present mode's words over the picture of `behind`, an area, if they have changed since the last call. */
void draw_panels(u8 behind);

#endif
