/* Reading the cartridge's maps: what is at a cell now, and where one gets from it. */
#ifndef PLACES_H
#define PLACES_H

#include "cartridge.h"

/* Return the way out of a cell in a direction (or STEP_ON), or 0. */
const struct way *find_way(u8 area, u8 x, u8 y, u8 facing);

/* Return the thing at a cell, or 0. */
const struct thing *find_thing(u8 area, u8 x, u8 y);

/* Return the map character drawn for a cell; '\0' outside the area. */
char glyph_at(u8 area, int x, int y);

/* Return the same as the flags have changed it. */
char present_glyph(u8 area, int x, int y);

/* Return the kind at a cell of the present area; wall outside it. */
u8 tile_at(u8 x, u8 y);

/* Fill game.map_tiles, map_width and map_height for an area. */
void load_map(u8 area);

/* Set what a flag changes in the present area anew. */
void refresh_things(u8 flag);

#endif
