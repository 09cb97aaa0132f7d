/* The places of Emberwood: maps, ways between them, who lives where. */
#ifndef AREAS_H
#define AREAS_H

#include "ram.h"

enum area_id { AREA_NONE, AREA_VILLAGE, AREA_FOREST, AREA_CAVE, AREA_HOUSE, AREA_SCENE, AREA_COUNT };
enum ground { GROUND_GRASS, GROUND_FLOOR, GROUND_PLANKS };

#define STEP_ON 0xFF /* a way taken by stepping on its cell rather than by walking off the edge */

struct area {
    const char *const *rows;
    u8 width, height;
    u8 ground;
    u8 light[3]; /* red, green, blue in sixteenths */
};

struct way {
    u8 area, x, y;
    u8 facing; /* the direction that leaves, or STEP_ON */
    u8 to_area, to_x, to_y, to_facing;
};

extern const struct area areas[AREA_COUNT];

/* Return the way out of a cell in a direction (or STEP_ON), or 0. */
const struct way *find_way(u8 area, u8 x, u8 y, u8 facing);

/* Return the map character at a cell; '\0' outside the area. */
char glyph_at(u8 area, int x, int y);

/* Return the enum kind of a map character. */
u8 kind_of(char glyph);

/* Fill game.map_tiles, map_width and map_height for an area. */
void load_map(u8 area);

#endif
