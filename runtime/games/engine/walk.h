/* Directions on the map. */
#ifndef WALK_H
#define WALK_H

#include "gba.h"

/* Cells to the right and down for each enum facing. */
static const s8 step_x[4] = {0, 0, -1, 1};
static const s8 step_y[4] = {1, -1, 0, 0};

#endif
