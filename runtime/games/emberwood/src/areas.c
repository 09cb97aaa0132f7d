#include "areas.h"

/*
 * Map characters
 *   T tree      . ground    , tall grass  * flowers   m mushrooms  c crystals (solid)
 *   : path      = bridge    ~ water       # rock      o boulder    x brambles
 *   R red roof  B blue roof W wall        O window    D open door  d shut door
 *   f fence     S sign      F spring      L shrine    E ember      C cave mouth
 *   H inner wall  V inner window  k shelf  h hearth  t table  p plant  b bed  r rug  M mat
 *   _ the cave's way out: ground that is an exit    - the same on a path
 */
static const char *const village_rows[] = {
    "TTTTTTTTTTTTTTTTTTTTTTTT",
    "TTT......TTT......TTTTTT",
    "T..RRRR.......BBBBB..TTT",
    "T..RRRR..**...BBBBB...TT",
    "T..WODW..*....WOdOW.*..T",
    "T.*..:..........:..**.TT",
    "T....:....:.....:.....TT",
    "T.ff.::::::::::::......T",
    "T.*f.::..:::F::.....T..T",
    "T,.f.::..::::::::::::::-",
    "T,...::::::::::::::::::-",
    "T.,..::..::::::.....,..T",
    "T....:............~~...T",
    "T.ff.:..S.......~~~~~..T",
    "T.,..*...,.....~~~~~~~.T",
    "TT..,..TT......~~~~~~~.T",
    "TTT.TTTTTT..,...~~~~.TTT",
    "TTTTTTTTTTTTTTTTTTTTTTTT",
};

static const char *const forest_rows[] = {
    "TTTTTTTTTTTTTTTTTTTTTTTTTTTTTT",
    "TTTTTTTTTTTTTTT~~~~TT#########",
    "TT.....TTTTTTTT~~~..T#########",
    "T..,.*..TTTT..,~~~..T#########",
    "T...TT..mTT..,.~~~.TT###C#####",
    "T..TTTT....*..T~~~~..TT.:..TTT",
    "TT..TT..,...TTTT~~~,...::...TT",
    "TTT......TTTTTT~~~~.T..:..,..T",
    "-:::::::::xx:::====::::::..T.T",
    "-:::::::::xx:::====:::::...TTT",
    "TTTT..TTTTTTT..~~~~..::.*..TTT",
    "TT..,..TTTTT..T~~~..S::.....TT",
    "T...*....TT..TT~~~.T.:..T..mTT",
    "T.TT..,.m....TT~~~TT.:.TTT...T",
    "T.TTT....,..TTT~~~T..:..TT.,.T",
    "T..TT.TT...TTT~~~~..:::......T",
    "TT....TTTTTTTT~~~TT.:L:..*..TT",
    "TTT.,..TTTTTT~~~~TT.:::::...TT",
    "TTTTTTTTTTTTT~~~TTTT...m..TTTT",
    "TTTTTTTTTTTTTTTTTTTTTTTTTTTTTT",
};

static const char *const cave_rows[] = {
    "####################",
    "####...#############",
    "###..E...........###",
    "###......##.....c###",
    "####....######....##",
    "#####xx#########..##",
    "####..x##~~~####..##",
    "###...###~~~~##...##",
    "##..#..##~~~~##..###",
    "##c###.####~###.####",
    "##..##...######..###",
    "###......xx..##...##",
    "####.##..xx...#.o.##",
    "##########........##",
    "##########.##..c####",
    "##########_#########",
};

static const char *const house_rows[] = {
    "HHHHHHHHHHHHHHH",
    "HHVHkkHhHkkHVHH",
    "H.............H",
    "Hb..........p.H",
    "Hb..rrrrr..tt.H",
    "H...rrrrr.....H",
    "H...rrrrr..tt.H",
    "H.............H",
    "Hp...........pH",
    "HHHHHHHMHHHHHHH",
};

/* Behind the title and the ending. */
static const char *const scene_rows[] = {
    "TTTTTTTTTTTTTTT",
    "TTTTTTTTTTTTTTT",
    "TTTTTTTTTTTTTTT",
    "TTTT.......TTTT",
    "TTT..*...,..TTT",
    "TT..,..L..*..TT",
    "TT....:::....TT",
    "T~~..,:::..m.TT",
    "~~~~..::::..TTT",
    "~~~~~.::::::TTT",
};

const struct area areas[AREA_COUNT] = {
    [AREA_VILLAGE] = {village_rows, 24, 18, GROUND_GRASS, {16, 16, 16}},
    [AREA_FOREST] = {forest_rows, 30, 20, GROUND_GRASS, {13, 14, 15}},
    [AREA_CAVE] = {cave_rows, 20, 16, GROUND_FLOOR, {13, 12, 15}},
    [AREA_HOUSE] = {house_rows, 15, 10, GROUND_PLANKS, {16, 16, 15}},
    [AREA_SCENE] = {scene_rows, 15, 10, GROUND_GRASS, {7, 8, 12}},
};

static const struct way ways[] = {
    {AREA_VILLAGE, 5, 4, STEP_ON, AREA_HOUSE, 7, 8, FACING_UP},
    {AREA_HOUSE, 7, 9, STEP_ON, AREA_VILLAGE, 5, 5, FACING_DOWN},
    {AREA_VILLAGE, 23, 9, FACING_RIGHT, AREA_FOREST, 0, 8, FACING_RIGHT},
    {AREA_VILLAGE, 23, 10, FACING_RIGHT, AREA_FOREST, 0, 9, FACING_RIGHT},
    {AREA_FOREST, 0, 8, FACING_LEFT, AREA_VILLAGE, 23, 9, FACING_LEFT},
    {AREA_FOREST, 0, 9, FACING_LEFT, AREA_VILLAGE, 23, 10, FACING_LEFT},
    {AREA_FOREST, 24, 4, STEP_ON, AREA_CAVE, 10, 15, FACING_UP},
    {AREA_CAVE, 10, 15, FACING_DOWN, AREA_FOREST, 24, 5, FACING_DOWN},
};

const struct way *find_way(u8 area, u8 x, u8 y, u8 facing)
{
    for (u32 i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        const struct way *way = &ways[i];
        if (way->area == area && way->x == x && way->y == y && way->facing == facing)
            return way;
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

u8 kind_of(char glyph)
{
    switch (glyph) {
    case '.': case ',': case '*': case 'm': case 'r':
        return KIND_GROUND;
    case ':': case '=':
        return KIND_PATH;
    case '~':
        return KIND_WATER;
    case 'x':
        return KIND_BRAMBLE;
    case 'D': case 'C': case 'M': case '_': case '-':
        return KIND_EXIT;
    case 'E':
        return KIND_ITEM;
    case 'F':
        return KIND_SPRING;
    case 'L':
        return KIND_SHRINE;
    case 'S':
        return KIND_SIGN;
    default:
        return KIND_WALL;
    }
}

void load_map(u8 area)
{
    const struct area *place = &areas[area];
    game.map_width = place->width;
    game.map_height = place->height;
    for (int y = 0; y < MAP_STRIDE; y++)
        for (int x = 0; x < MAP_STRIDE; x++) {
            u8 inside = x < place->width && y < place->height;
            u8 kind = inside ? kind_of(place->rows[y][x]) : KIND_WALL;
            /* A taken ember leaves bare ground. */
            if (kind == KIND_ITEM && game.quest_stage >= QUEST_CARRY_EMBER)
                kind = KIND_GROUND;
            game.map_tiles[y * MAP_STRIDE + x] = kind;
        }
}
