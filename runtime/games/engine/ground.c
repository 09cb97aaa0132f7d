#include "ground.h"

#include "art.h"
#include "places.h"

#define JOINS(blob) (1 << (blob))
#define WATER (JOINS(BLOB_WATER_GRASS) | JOINS(BLOB_WATER_FLOOR))
#define TREES (2 << BLOB_RUG) /* the shapes of the second country join as the first's, so they need no bits */
#define HOUSE_WALL (4 << BLOB_RUG)

/* What each map character counts as, for neighbours that join up. A table, because a cell asks a
 * dozen times and an area has hundreds of cells. */
static const u8 families[128] = {
    ['\0'] = 0xFF, /* the land goes on beyond the map's edge */
    [':'] = JOINS(BLOB_PATH),
    ['-'] = JOINS(BLOB_PATH),
    ['F'] = JOINS(BLOB_PATH),
    ['L'] = JOINS(BLOB_PATH),
    ['D'] = JOINS(BLOB_PATH) | HOUSE_WALL,
    ['d'] = JOINS(BLOB_PATH) | HOUSE_WALL,
    ['W'] = HOUSE_WALL,
    ['O'] = HOUSE_WALL,
    ['='] = JOINS(BLOB_PATH) | WATER,
    ['~'] = WATER,
    ['|'] = JOINS(BLOB_PATH) | WATER,
    ['q'] = WATER,
    ['y'] = JOINS(BLOB_PATH),
    ['w'] = JOINS(BLOB_PATH),
    ['e'] = JOINS(BLOB_PATH),
    ['K'] = JOINS(BLOB_PATH) | HOUSE_WALL,
    ['P'] = HOUSE_WALL,
    ['I'] = HOUSE_WALL,
    ['C'] = JOINS(BLOB_PATH) | JOINS(BLOB_ROCK),
    ['G'] = JOINS(BLOB_ROCK),
    ['g'] = JOINS(BLOB_ROCK),
    ['#'] = JOINS(BLOB_ROCK),
    ['H'] = JOINS(BLOB_BEAM),
    ['V'] = JOINS(BLOB_BEAM),
    ['k'] = JOINS(BLOB_BEAM),
    ['h'] = JOINS(BLOB_BEAM),
    ['M'] = JOINS(BLOB_BEAM),
    ['s'] = JOINS(BLOB_BEAM),
    ['r'] = JOINS(BLOB_RUG),
    ['T'] = TREES,
};
_Static_assert(HOUSE_WALL <= 0xFF, "families has eight bits");

static int belongs(u8 area, int x, int y, u8 family)
{
    return families[(u8)glyph_at(area, x, y)] & family;
}

static void blob_tiles(u8 area, int x, int y, int blob, u16 tiles[4])
{
    enum { CORNER, TOP_OR_BOTTOM, SIDE, NOTCH, FULL };
    u8 same = blob == BLOB_PATH_WILD ? JOINS(BLOB_PATH) : blob == BLOB_WATER_WILD ? WATER : JOINS(blob);
    for (int part = 0; part < 4; part++) {
        int dx = part & 1 ? 1 : -1;
        int dy = part & 2 ? 1 : -1;
        int beside = belongs(area, x + dx, y, same);
        int above = belongs(area, x, y + dy, same);
        int variant = CORNER;
        if (beside && above)
            variant = belongs(area, x + dx, y + dy, same) ? FULL : NOTCH;
        else if (beside)
            variant = TOP_OR_BOTTOM;
        else if (above)
            variant = SIDE;
        tiles[part] = art_blobs[blob * 20 + part * 5 + variant];
    }
}

/* 0 left end, 1 middle, 2 right end of a row of like things. */
static int place_in_row(int more_left, int more_right)
{
    if (!more_left)
        return 0;
    return more_right ? 1 : 2;
}

static int roof_of(u8 area, int x, int y, int first)
{
    char roof = glyph_at(area, x, y);
    int row = glyph_at(area, x, y - 1) == roof ? 3 : 0;
    return first + row +
           place_in_row(glyph_at(area, x - 1, y) == roof, glyph_at(area, x + 1, y) == roof);
}

static int wall_of(u8 area, int x, int y)
{
    return META_WALL_LEFT +
           place_in_row(belongs(area, x - 1, y, HOUSE_WALL), belongs(area, x + 1, y, HOUSE_WALL));
}

static int cliff_of(u8 area, int x, int y)
{
    int left = belongs(area, x - 1, y, JOINS(BLOB_ROCK));
    int right = belongs(area, x + 1, y, JOINS(BLOB_ROCK));
    if (left)
        return right ? META_CLIFF_MIDDLE : META_CLIFF_RIGHT;
    return right ? META_CLIFF_LEFT : META_CLIFF_SINGLE;
}

static int bare_ground(u8 ground, int x, int y)
{
    u32 mix = (u32)x * 0x9E37u + (u32)y * 0x79B9u;
    u32 pick = (mix ^ mix >> 7) & 7;
    int variant = pick < 5 ? 0 : pick < 7 ? 1 : 2;
    if (ground == GROUND_PLANKS)
        return META_PLANKS;
    return (ground == GROUND_FLOOR ? META_FLOOR_0 : META_GRASS_0) + variant;
}

/* Choose the picture of a thing by the ground it stands on. */
static int on_ground(u8 ground, int grass, int floor, int planks)
{
    return ground == GROUND_FLOOR ? floor : ground == GROUND_PLANKS ? planks : grass;
}

static int counter_of(u8 area, int x, int y)
{
    return META_COUNTER_LEFT + place_in_row(glyph_at(area, x - 1, y) == 'n', glyph_at(area, x + 1, y) == 'n');
}

static int metatile_of(u8 area, int x, int y)
{
    u8 ground = areas[area].ground;
    char glyph = present_glyph(area, x, y);
    switch (glyph) {
    case ',': return META_TALL_GRASS;
    case '*': return META_FLOWERS;
    case 'm': return META_MUSHROOMS;
    case 'c': return META_CRYSTALS;
    case 'T':
        return META_TREE + (belongs(area, x, y - 1, TREES) ? 1 : 0) + (belongs(area, x, y + 1, TREES) ? 2 : 0);
    case 'o': return on_ground(ground, META_BOULDER_GRASS, META_BOULDER_FLOOR, META_BOULDER_FLOOR);
    case 'x': return on_ground(ground, META_BRAMBLE_GRASS, META_BRAMBLE_FLOOR, META_BRAMBLE_FLOOR);
    case '$': return on_ground(ground, META_CHEST_GRASS, META_CHEST_FLOOR, META_CHEST_PLANKS);
    case '%': return on_ground(ground, META_CHEST_OPEN_GRASS, META_CHEST_OPEN_FLOOR, META_CHEST_OPEN_PLANKS);
    case '&': return on_ground(ground, META_SPARKLE_GRASS, META_SPARKLE_FLOOR, META_SPARKLE_PLANKS);
    case 'j': return on_ground(ground, META_BARREL_GRASS, META_BARREL_PLANKS, META_BARREL_PLANKS);
    case '0': return on_ground(ground, META_BATTLE_GRASS, META_BATTLE_FLOOR, META_BATTLE_FLOOR);
    case 'u': return META_STUMP;
    case 'y': return META_THORN_WALL;
    case '=': return META_BRIDGE;
    case '|': return META_BRIDGE_UP;
    case 'q': return META_REEDS;
    case 'v': return META_LEDGE_DOWN;
    case '<': return META_LEDGE_LEFT;
    case '>': return META_LEDGE_RIGHT;
    case 'C': return META_CAVE_MOUTH;
    case '^': return META_STAIRS;
    case 'i': return META_STATUE;
    case 'l': return META_LAMP;
    case 'w': return META_WELL;
    case 'R': return roof_of(area, x, y, META_ROOF_TOP_LEFT);
    case 'B': return roof_of(area, x, y, META_SLATE_TOP_LEFT);
    case 'W': return wall_of(area, x, y);
    case 'O': return META_WINDOW;
    case 'P': return META_SHOP_SIGN;
    case 'I': return META_INN_SIGN;
    case 'D': return META_DOOR_OPEN;
    case 'd': return META_DOOR_SHUT;
    case 'K': return META_DOOR_LOCKED;
    case 'G': return META_GATE;
    case 'g': return META_GATE_OPEN;
    case 'f': return META_FENCE;
    case 'S': return META_SIGN;
    case 'F': return META_SPRING;
    case 'L': return META_SHRINE_DARK;
    case 'e': return META_SHRINE_LIT;
    case 'A': return META_BEACON_COLD;
    case 'a': return META_BEACON_LIT;
    case 'E': return META_EMBER;
    case '#': return cliff_of(area, x, y);
    case 'H': return META_INDOOR_WALL;
    case 'V': return META_INDOOR_WINDOW;
    case 'k': return META_SHELF;
    case 's': return META_GOODS;
    case 'h': return META_HEARTH;
    case 't': return glyph_at(area, x + 1, y) == 't' ? META_TABLE_LEFT : META_TABLE_RIGHT;
    case 'n': return counter_of(area, x, y);
    case 'p': return META_PLANT;
    case 'b': return glyph_at(area, x, y + 1) == 'b' ? META_BED_HEAD : META_BED_FOOT;
    case 'z': return META_MILLSTONE;
    case 'M': return META_MAT;
    default: return bare_ground(ground, x, y);
    }
}

/* Return the joining shape a cell is drawn with, or -1 for a whole picture. */
static int blob_of(u8 area, int x, int y)
{
    u8 ground = areas[area].ground;
    char glyph = present_glyph(area, x, y);
    switch (glyph) {
    case ':': case '-': return ground == GROUND_WILD ? BLOB_PATH_WILD : BLOB_PATH;
    case '~':
        return ground == GROUND_FLOOR ? BLOB_WATER_FLOOR : ground == GROUND_WILD ? BLOB_WATER_WILD : BLOB_WATER_GRASS;
    case 'r': return BLOB_RUG;
    case '#': return belongs(area, x, y + 1, JOINS(BLOB_ROCK)) ? BLOB_ROCK : -1;
    case 'H': return belongs(area, x, y + 1, JOINS(BLOB_BEAM)) ? BLOB_BEAM : -1;
    default: return -1;
    }
}

void cell_tiles(u8 area, int x, int y, u16 tiles[4])
{
    int blob = blob_of(area, x, y);
    if (blob >= 0) {
        blob_tiles(area, x, y, blob, tiles);
        return;
    }
    int metatile = metatile_of(area, x, y);
    if (areas[area].ground == GROUND_WILD)
        metatile = art_wild[metatile];
    if (areas[area].second_look)
        metatile = art_second[metatile];
    const u16 *picture = &art_metatiles[metatile * 4];
    for (int part = 0; part < 4; part++)
        tiles[part] = picture[part];
}
