/* The rules of the world: walking, talking, harm, and what people and the slime do. */
#ifndef WORLD_H
#define WORLD_H

#include "ram.h"

/* Put every field of a new game in place; frame and rng go on. */
void new_game(void);

/* One frame of mode world. */
void world_step(void);

/* One frame of mode dialogue. */
void dialogue_step(void);

/* Set mode and restart its clock. */
void enter_mode(u8 mode);

/* Fade to another mode, loading `area` on the way (AREA_NONE keeps the present one). */
void begin_transition(u8 mode, u8 area, u8 x, u8 y, u8 facing);

#endif
