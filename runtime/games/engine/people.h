/* Whoever is on the map besides the player: where they stand, and how they wander. */
#ifndef PEOPLE_H
#define PEOPLE_H

#include "cartridge.h"

/* Put everybody where they live, as the flags have it. */
void place_people(void);

/* Let come and go whom the flags call or send away. */
void refresh_people(void);

/* Bring monsters that were beaten back to their places. On entering an area. */
void revive_monsters(void);

/* Return who is at a cell of the present area, or 0. */
struct actor *actor_at(u8 x, u8 y);

/* Return what the cartridge says of an actor. */
const struct person *person_of(const struct actor *actor);

/* One frame of everybody in the present area. Returns the monster that walked into the player, or 0. */
struct actor *step_people(void);

#endif
