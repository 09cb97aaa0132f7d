/* What the player has achieved and carries: flags, items, levels; a new game, a saved one. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "cartridge.h"

#define MOST_LEVELS 12
#define MOST_GOLD 999

int flag_is_set(u8 flag);
void set_flag(u8 flag);

/* Take or give items, within 0 and what may be carried. */
void change_item(u8 item, int by);

/* Return the row-th item carried, of those that can be used (`usable`) or of all; ITEM_NONE past the last. */
u8 carried_item(u8 row, int usable);

/* Return how many rows carried_item has. */
u8 carried_rows(int usable);

/* Add hp up to the most there is. */
void heal(u8 by);

/* Subtract hp down to 0. */
void lose_hp(u8 by);

/* Add gold up to MOST_GOLD, or take it. */
void change_gold(int by);

/* Add experience. Returns how many levels that gave. */
u8 gain_xp(u16 by);

/* Strength of a blow and how much of an enemy's blow is warded off, before chance. */
u8 player_attack(void);
u8 player_defence(void);

/* Next number of the generator. */
u32 next_random(void);

/* Return 0 .. below - 1. */
u32 random_below(u32 below);

/* Put every field of a new game in place; frame and rng go on. */
void new_game(void);

/* Keep the game, and go on with the kept one. The copy lives as long as the console is on: a battery's
 * memory would make a run depend on the one before it, and recordings would not come out the same again. */
void save_game(void);
void load_game(void);
int has_saved_game(void);

#endif
