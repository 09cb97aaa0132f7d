/* Which tiles make up a map cell. */
#ifndef GROUND_H
#define GROUND_H

#include "gba.h"

/* Write the four tile numbers of a cell: top left, top right, bottom left, bottom right. */
void cell_tiles(u8 area, int x, int y, u16 tiles[4]);

#endif
