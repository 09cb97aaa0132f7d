/* The rules of walking about: steps, ledges, ways, harm, meeting monsters, acting on what is ahead. */
#ifndef WORLD_H
#define WORLD_H

#include "ram.h"

/* One frame of mode world. */
void world_step(void);

/* Set mode and restart its clock. */
void enter_mode(u8 mode);

/* Fade to another mode; for mode world, into an area. */
void begin_transition(u8 mode, u8 area, u8 x, u8 y, u8 facing);

#endif
