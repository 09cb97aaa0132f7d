#include "places.h"

#include "glyphs.h"
#include "progress.h"

const struct way *find_way(u8 area, u8 x, u8 y, u8 facing)
{
    for (u32 i = 0; i < way_count; i++) {
        const struct way *way = &ways[i];
        if (way->area == area && way->x == x && way->y == y && way->facing == facing)
            return way;
    }
    return 0;
}

const struct thing *find_thing(u8 area, u8 x, u8 y)
{
    for (u32 i = 0; i < thing_count; i++) {
        const struct thing *thing = &things[i];
        if (thing->area == area && thing->x == x && thing->y == y)
            return thing;
    }
    return 0;
}

char glyph_at(u8 area, int x, int y)
{
    const struct area *place = &areas[area];
    if (x < 0 || y < 0 || x >= place->width || y >= place->height)
        return '\0';
    return place->rows[y][x];
}

char present_glyph(u8 area, int x, int y)
{
    char glyph = glyph_at(area, x, y);
    if (!may_change(glyph))
        return glyph;
    const struct thing *thing = find_thing(area, x, y);
    return thing && flag_is_set(thing->flag) ? thing->after : glyph;
}

u8 tile_at(u8 x, u8 y)
{
    if (x >= game.map_width || y >= game.map_height)
        return KIND_WALL;
    return game.map_tiles[y * MAP_STRIDE + x];
}

void load_map(u8 area)
{
    const struct area *place = &areas[area];
    game.map_width = place->width;
    game.map_height = place->height;
    for (int y = 0; y < MAP_STRIDE; y++)
        for (int x = 0; x < MAP_STRIDE; x++) {
            int inside = x < place->width && y < place->height;
            game.map_tiles[y * MAP_STRIDE + x] = inside ? kind_of(present_glyph(area, x, y)) : KIND_WALL;
        }
}

void refresh_things(u8 flag)
{
    for (u32 i = 0; i < thing_count; i++) {
        const struct thing *thing = &things[i];
        if (thing->flag == flag && thing->area == game.area)
            game.map_tiles[thing->y * MAP_STRIDE + thing->x] = kind_of(present_glyph(game.area, thing->x, thing->y));
    }
}
