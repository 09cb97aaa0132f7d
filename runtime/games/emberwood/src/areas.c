/* The places of Emberwood, the ways between them, what can be acted on, and who lives where. Map characters: glyphs.c. */

#include "art.h"
#include "cartridge.h"

static const char *const village_rows[] = {
    "TTTTTTTTTTTTTTTTTTTTTTTT",
    "TTT......TTT......TTTTTT",
    "T..RRRR.......BBBBB..TTT",
    "T..RRRR..**...BBBBB...TT",
    "T..WODW..*....WPDOW.*..T",
    "T.*..:..........:..**.TT",
    "T....:....:.....:.....TT",
    "T.ff.::::::::::::......T",
    "T.*f.::..:::F::.....T..T",
    "T,.f.::..::::::::::::::-",
    "T,...::::::::::::::::::-",
    "T.,..::..::::::.....,..T",
    "T....:.....::.....~~...T",
    "T.ff.:..S..::...~~~~~..T",
    "T.,..*...,.::..~~~~~~~.T",
    "TT..,..TT..::..~~~~~~~.T",
    "TTT.TTTTTTTyyT..~~~~.TTT",
    "TTTTTTTTTTT--TTTTTTTTTTT",
};

static const char *const forest_rows[] = {
    "TTTT-TTTTTTTTTTTTTTTTTTTTTTTTT",
    "TTTT.TTTTTTTTTT~~~~TT#########",
    "TT.....TTTTTTTT~~~..T#########",
    "T..,.*..TTTT..,~~~..T#########",
    "T.,.TT..mTT..,.~~~.TT###C#####",
    "T.,TTT.....*..T~~~~..TT.:..TTT",
    "TT..TT..,...TTTT~~~,..,,,,..TT",
    "TTT..,,..TTTTTT~~~~.T,,,,,,..T",
    "-:::,,,,::xx:::====::::,,,:::-",
    "-:::,,,,::xx:::====:::,,,,:::-",
    "TTTT..TTTTTTT..~~~~..::.*..TTT",
    "TT..,..TTTTT..T~~~..S::,....TT",
    "T...*....TT..TT~~~.T.:,.T..mTT",
    "T.TT..,.m....TT~~~TT.:.TTT...T",
    "T.TTT..,,,..TTT~~~T..:..TT.,.T",
    "T..TT.TT.&.TTT~~~~..:::......T",
    "TT....TTTTTTTT~~~TT.:L:..*..TT",
    "TTT.$..TTTTTT~~~~TT.:::::...TT",
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
    "##$.##...######..###",
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

static const char *const store_rows[] = {
    "HHHHHHHHHHHHHHH",
    "HHVHssHssHsHVHH",
    "H...n.....n..jH",
    "H...nnnnnnn..jH",
    "H.............H",
    "Hs...........sH",
    "Hs...rrrrr...sH",
    "H....rrrrr....H",
    "Hp...........pH",
    "HHHHHHHMHHHHHHH",
};

static const char *const south_road_rows[] = {
    "TTTTTTTTTTT--TTTTTTTTTTT",
    "TTT....TTTT::TTT.....TTT",
    "TT..,,..TT.::..T.,,...TT",
    "T..,,,,....::......,,..T",
    "T..,,,,..f.::.f..T.,,..T",
    "TT......ff.::.ff.TT....T",
    "Tvvvvvvvvf.::.fvvvvvvvvT",
    "T..........::..........T",
    "T..*...S..,,,,,,,...m..T",
    "TT,,,,,,,,,,,,,,,,,,,,,T",
    "TTTT,,,,,,,,,,,,,,,,,TTT",
    "T~~TT..:............TTTT",
    "~~~~T..:..TTTTTT..TTT..T",
    "~~~~~..:..T&...T..T....T",
    "~~~~..,,,,TT...T.....,,T",
    "~~~.,,,,,,T....T..T.,,,T",
    "~~q..::.......TT..TT,,,T",
    "TT..::..vvvvvvT......,.T",
    "T..::...,,,,..T..T.....T",
    "T..:...,,,,,..T.TTT...TT",
    "T..:.....,,...T.T.....TT",
    "T..::::::::...T.T.$.TTTT",
    "TT.......::..TT.TTTTTTTT",
    "TTTTTTTTT--TTTTTTTTTTTTT",
};

static const char *const mirlake_rows[] = {
    "TTTTTTTTTTT--TTTTTTTTTTTTTTT",
    "TT...TTTTT.::...TTTT....TTTT",
    "T.RRRRRR...::...BBBB......TT",
    "T.RRRRRR...::...BBBB..*...TT",
    "T.WIODOW.l.::.l.WODW....*..T",
    "T....:.....::....:.........T",
    "T....:::::::::::::.........T",
    "T....*..S..::....:..RRRRR..T",
    "T..ff......::..w.:..RRRRR..T",
    "T..f..*....::....:..WOKOW..T",
    "T..f.......::....:....:..j.T",
    "T....,,....::....::::::....T",
    "T~..,,,...:::..............T",
    "~~~.......:::..l.....~~~...T",
    "~~~~~.~q..|||..~~~~~~~~~~~.T",
    "~~~~~~~~~~|||~~~~~~~~~~~~~~T",
    "~~~~~~~~~~|||~~~~~~~~~~~~~~~",
    "~~~~~~~~==|||==~~~~~~~~~~~~~",
    "~~~~~~~~==|||==~~~~~~~~~~~~~",
    "~~~~~~~~~~~~~~~~~~~~~~~~~~~~",
};

static const char *const inn_rows[] = {
    "HHHHHHHHHHHHHHH",
    "HVHHkkHHhHHVHHH",
    "H...n......n.bH",
    "H...nnnnnnnn.bH",
    "H.............H",
    "Hb..........tbH",
    "Hb..rrrrrr...bH",
    "H...rrrrrr....H",
    "Hp...........pH",
    "HHHHHHMHHHHHHHH",
};

static const char *const fisher_rows[] = {
    "HHHHHHHHHHHHHHH",
    "HHVHHkHhHHHHVHH",
    "Hj............H",
    "Hj..........b.H",
    "H...tt......b.H",
    "H.............H",
    "H....rrrr.....H",
    "Hj...rrrr....jH",
    "Hjj.........jjH",
    "HHHHHHHMHHHHHHH",
};

static const char *const grove_rows[] = {
    "TTTTTTTTTTTTTTTTTTTT",
    "TTTTT...TTTT....TTTT",
    "TTT..,,..TT..,,..TTT",
    "TT..,,&..TT..,,.$.TT",
    "T...,,,......,,...TT",
    "T.m.......*.......TT",
    "TTT..TTTT...TTTT...T",
    "TT...T~~TT.TT~~T...T",
    "T..,,T~~T...T~~T,,.T",
    "T..,,.~~~....~~T,,.T",
    "T...,,.~~~qq~~~..,.T",
    "TT.....*~~~~~~...&TT",
    "TTT..m....~~.....TTT",
    "TTTTT............TTT",
    "TTTTTTTT...TTTTTTTTT",
    "TTTTTTTTT-TTTTTTTTTT",
};

static const char *const mill_rows[] = {
    "HHHHHHHHHHHHHHH",
    "HHHkHHHHHHHkHHH",
    "H.....j$j.....H",
    "H.....j.j.....H",
    "HHHHHHH.HHHHHHH",
    "HHHHHHH.HHHHHHH",
    "H.............H",
    "H..zz.....zz..H",
    "H..zz.....zz..H",
    "H.............H",
    "Hjj..rrrr...jjH",
    "HHHHHHHMHHHHHHH",
};

static const char *const pass_rows[] = {
    "##############################",
    "######...#####....####...#####",
    "####...,,..###.$...##..,,..###",
    "###..,,,,...##..T......,,,..##",
    "##...,,...>....TT..####.,,..##",
    "##T.......>..,,T...####......#",
    "##TT..TT..>.,,,...######..G###",
    "-:::,,,:..>.,,..::,,::##..:###",
    "-:::,,,::::::,,:::,,:::::::###",
    "##..,TT...>.,,,...,,.TT....###",
    "##..,,T...>.,:,..T.......*..##",
    "###.,,,.T.>..:...TT..,,,....##",
    "###..,,...>.::.o.....,,,,..###",
    "####...######:##.....,,..#####",
    "######.#####.S.####.....######",
    "##############################",
};

static const char *const gate_cave_rows[] = {
    "############################",
    "####......########.....#####",
    "###..$##....####...##...####",
    "###...####...##...####...###",
    "####.######......######..###",
    "####.###~~~###..##~~###..###",
    "###...#~~~~~####~~~~###.####",
    "##..x.##~~~######~~~##...###",
    "##.xx..###########~###.c.###",
    "##..####...####..#####...###",
    "###..##..#..##..o..####.####",
    "####....###....###......####",
    "######.#####..#####..#######",
    "####...####..x..####..######",
    "###..#######xx#..####...####",
    "##..####....x.##..#####..###",
    "##.c###..##...###..####..###",
    "##.....####..#####......####",
    "####.########..#####.#######",
    "###..&######..########.^####",
    "####.#######...........#####",
    "#############_##############",
};

static const char *const throne_rows[] = {
    "#################",
    "#######...#######",
    "#####...A...#####",
    "####..c...c..####",
    "###...........###",
    "###..i.....i..###",
    "########.########",
    "###..i.....i..###",
    "##.............##",
    "##..xx.....xx..##",
    "###..i.....i..###",
    "####F........####",
    "########_########",
};

/* Behind title, intro and ending. */
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

#define TOWN GROUND_GRASS, SCENE_TOWN
#define ROUTE GROUND_GRASS, SCENE_ROUTE
#define INSIDE GROUND_PLANKS, SCENE_HOUSE
#define CAVERN GROUND_FLOOR, SCENE_CAVE
#define NO_PERIL 0, {0}, BACKDROP_MEADOW

const struct area areas[AREA_COUNT] = {
    [AREA_VILLAGE] = {"VILLAGE", village_rows, 24, 18, TOWN, {16, 16, 16}, NO_PERIL},
    [AREA_FOREST] = {"FOREST", forest_rows, 30, 20, GROUND_GRASS, SCENE_FOREST, {13, 14, 15},
                     56, {ENEMY_SLIME, ENEMY_SLIME, ENEMY_WOLF}, BACKDROP_MEADOW},
    [AREA_CAVE] = {"CAVE", cave_rows, 20, 16, CAVERN, {13, 12, 15},
                   24, {ENEMY_BAT, ENEMY_BAT, ENEMY_SLIME}, BACKDROP_CAVE},
    [AREA_HOUSE] = {"HOUSE", house_rows, 15, 10, INSIDE, {16, 16, 15}, NO_PERIL},
    [AREA_STORE] = {"STORE", store_rows, 15, 10, GROUND_PLANKS, SCENE_STORE, {16, 16, 15}, NO_PERIL},
    [AREA_SOUTH_ROAD] = {"ROAD", south_road_rows, 24, 24, ROUTE, {16, 16, 15},
                         56, {ENEMY_WOLF, ENEMY_TOAD, ENEMY_THORNLING}, BACKDROP_MEADOW},
    [AREA_MIRLAKE] = {"MIRLAKE", mirlake_rows, 28, 20, TOWN, {16, 16, 16}, NO_PERIL, 1},
    [AREA_INN] = {"INN", inn_rows, 15, 10, INSIDE, {16, 15, 14}, NO_PERIL},
    [AREA_FISHER_HUT] = {"HUT", fisher_rows, 15, 10, INSIDE, {15, 16, 16}, NO_PERIL},
    [AREA_GROVE] = {"GROVE", grove_rows, 20, 16, GROUND_GRASS, SCENE_FOREST, {12, 15, 14},
                    56, {ENEMY_SLIME, ENEMY_THORNLING, ENEMY_WOLF}, BACKDROP_MEADOW},
    [AREA_MILL] = {"MILL", mill_rows, 15, 12, INSIDE, {13, 12, 13}, 0, {0}, BACKDROP_CAVE},
    [AREA_EAST_PASS] = {"PASS", pass_rows, 30, 16, GROUND_WILD, SCENE_ROUTE, {16, 16, 16},
                        56, {ENEMY_WOLF, ENEMY_THORNLING, ENEMY_TOAD}, BACKDROP_SNOW},
    [AREA_GATE_CAVE] = {"DEEPS", gate_cave_rows, 28, 22, CAVERN, {11, 11, 15},
                        22, {ENEMY_BAT, ENEMY_GHOUL, ENEMY_KNIGHT}, BACKDROP_CAVE, 1},
    [AREA_THRONE] = {"THRONE", throne_rows, 17, 13, CAVERN, {13, 10, 14}, 0, {0}, BACKDROP_CAVE, 1},
    [AREA_SCENE] = {"", scene_rows, 15, 10, GROUND_GRASS, SCENE_TITLE, {7, 8, 12}, NO_PERIL},
};

/* A door in an outer wall, and the mat behind it; the player comes out below the door. */
#define HOUSE_DOOR(outside, x, y, inside, mat_x, mat_y)                                            \
    {outside, x, y, STEP_ON, inside, mat_x, (mat_y) - 1, FACING_UP},                               \
    {inside, mat_x, mat_y, STEP_ON, outside, x, (y) + 1, FACING_DOWN}
/* Two edges that meet, walked over in a direction and back. */
#define EDGE(a, ax, ay, out, b, bx, by, back) {a, ax, ay, out, b, bx, by, out}, {b, bx, by, back, a, ax, ay, back}

const struct way ways[] = {
    HOUSE_DOOR(AREA_VILLAGE, 5, 4, AREA_HOUSE, 7, 9),
    HOUSE_DOOR(AREA_VILLAGE, 16, 4, AREA_STORE, 7, 9),
    EDGE(AREA_VILLAGE, 23, 9, FACING_RIGHT, AREA_FOREST, 0, 8, FACING_LEFT),
    EDGE(AREA_VILLAGE, 23, 10, FACING_RIGHT, AREA_FOREST, 0, 9, FACING_LEFT),
    EDGE(AREA_VILLAGE, 11, 17, FACING_DOWN, AREA_SOUTH_ROAD, 11, 0, FACING_UP),
    EDGE(AREA_VILLAGE, 12, 17, FACING_DOWN, AREA_SOUTH_ROAD, 12, 0, FACING_UP),
    {AREA_FOREST, 24, 4, STEP_ON, AREA_CAVE, 10, 15, FACING_UP},
    {AREA_CAVE, 10, 15, FACING_DOWN, AREA_FOREST, 24, 5, FACING_DOWN},
    EDGE(AREA_FOREST, 4, 0, FACING_UP, AREA_GROVE, 9, 15, FACING_DOWN),
    EDGE(AREA_FOREST, 29, 8, FACING_RIGHT, AREA_EAST_PASS, 0, 7, FACING_LEFT),
    EDGE(AREA_FOREST, 29, 9, FACING_RIGHT, AREA_EAST_PASS, 0, 8, FACING_LEFT),
    EDGE(AREA_SOUTH_ROAD, 9, 23, FACING_DOWN, AREA_MIRLAKE, 11, 0, FACING_UP),
    EDGE(AREA_SOUTH_ROAD, 10, 23, FACING_DOWN, AREA_MIRLAKE, 12, 0, FACING_UP),
    HOUSE_DOOR(AREA_MIRLAKE, 5, 4, AREA_INN, 6, 9),
    HOUSE_DOOR(AREA_MIRLAKE, 18, 4, AREA_FISHER_HUT, 7, 9),
    HOUSE_DOOR(AREA_MIRLAKE, 22, 9, AREA_MILL, 7, 11),
    {AREA_EAST_PASS, 26, 6, STEP_ON, AREA_GATE_CAVE, 13, 21, FACING_UP},
    {AREA_GATE_CAVE, 13, 21, FACING_DOWN, AREA_EAST_PASS, 26, 7, FACING_DOWN},
    {AREA_GATE_CAVE, 23, 19, STEP_ON, AREA_THRONE, 8, 12, FACING_UP},
    {AREA_THRONE, 8, 12, FACING_DOWN, AREA_GATE_CAVE, 22, 19, FACING_LEFT},
};
const u16 way_count = sizeof ways / sizeof ways[0];

const struct thing things[] = {
    {AREA_VILLAGE, 8, 13, SCRIPT_VILLAGE_SIGN, FLAG_NONE, 'S'},
    {AREA_VILLAGE, 12, 8, SCRIPT_SPRING, FLAG_NONE, 'F'},
    {AREA_VILLAGE, 11, 16, SCRIPT_THORNS, FLAG_SHRINE_LIT, ':'},
    {AREA_VILLAGE, 12, 16, SCRIPT_THORNS, FLAG_SHRINE_LIT, ':'},
    {AREA_FOREST, 20, 11, SCRIPT_FOREST_SIGN, FLAG_NONE, 'S'},
    {AREA_FOREST, 21, 16, SCRIPT_SHRINE, FLAG_SHRINE_LIT, 'e'},
    {AREA_FOREST, 9, 15, SCRIPT_THREAD, FLAG_THREAD_FOREST, '.'},
    {AREA_FOREST, 4, 17, SCRIPT_CHEST_POTION, FLAG_CHEST_FOREST, '%'},
    {AREA_CAVE, 5, 2, SCRIPT_EMBER, FLAG_EMBER_TAKEN, '.'},
    {AREA_CAVE, 2, 10, SCRIPT_CHEST_POTION, FLAG_CHEST_CAVE, '%'},
    {AREA_SOUTH_ROAD, 7, 8, SCRIPT_ROAD_SIGN, FLAG_NONE, 'S'},
    {AREA_SOUTH_ROAD, 11, 13, SCRIPT_THREAD, FLAG_THREAD_ROAD, '.'},
    {AREA_SOUTH_ROAD, 18, 21, SCRIPT_CHEST_RING, FLAG_CHEST_RING, '%'},
    {AREA_MIRLAKE, 8, 7, SCRIPT_MIRLAKE_SIGN, FLAG_NONE, 'S'},
    {AREA_MIRLAKE, 15, 8, SCRIPT_WELL, FLAG_NONE, 'w'},
    {AREA_MIRLAKE, 22, 9, SCRIPT_MILL_DOOR, FLAG_MILL_OPEN, 'D'},
    {AREA_GROVE, 6, 3, SCRIPT_THREAD, FLAG_THREAD_GROVE_A, '.'},
    {AREA_GROVE, 17, 11, SCRIPT_THREAD, FLAG_THREAD_GROVE_B, '.'},
    {AREA_GROVE, 16, 3, SCRIPT_CHEST_TONIC, FLAG_CHEST_GROVE, '%'},
    {AREA_MILL, 7, 2, SCRIPT_CHEST_IRON_KEY, FLAG_CHEST_MILL, '%'},
    {AREA_EAST_PASS, 13, 14, SCRIPT_PASS_SIGN, FLAG_NONE, 'S'},
    {AREA_EAST_PASS, 15, 2, SCRIPT_CHEST_GOLD, FLAG_CHEST_PASS, '%'},
    {AREA_EAST_PASS, 26, 6, SCRIPT_GATE, FLAG_GATE_OPEN, 'C'},
    {AREA_GATE_CAVE, 5, 2, SCRIPT_CHEST_TONIC, FLAG_CHEST_DEEPS, '%'},
    {AREA_GATE_CAVE, 5, 19, SCRIPT_THREAD, FLAG_THREAD_DEEPS, '.'},
    {AREA_THRONE, 4, 11, SCRIPT_SPRING, FLAG_NONE, 'F'},
    {AREA_THRONE, 8, 2, SCRIPT_BEACON, FLAG_BEACON_LIT, 'a'},
    {AREA_SCENE, 7, 5, SCRIPT_NONE, FLAG_BEACON_LIT, 'e'},
};
const u16 thing_count = sizeof things / sizeof things[0];

#define STANDS(area, x, y, facing, who, script) {area, x, y, facing, 0, 0, 0, 0, 0, SPRITE_##who##_DOWN, script, 0, 0, 0, 0}

const struct person people[PERSON_COUNT] = {
    [PERSON_ELDER] = STANDS(AREA_VILLAGE, 10, 6, FACING_DOWN, ELDER, SCRIPT_ELDER),
    [PERSON_VILLAGER] = {AREA_VILLAGE, 9, 13, FACING_DOWN, 9, 11, 14, 15, 40, SPRITE_VILLAGER_DOWN, SCRIPT_VILLAGER,
                         0, 0, 0, 0},
    [PERSON_WEAVER] = STANDS(AREA_HOUSE, 9, 4, FACING_DOWN, WEAVER, SCRIPT_WEAVER),
    [PERSON_SLIME] = {AREA_FOREST, 26, 11, FACING_DOWN, 23, 10, 27, 13, 22, SPRITE_SLIME_A, SCRIPT_NONE,
                      0, 0, ENEMY_SLIME, 1},
    [PERSON_SHOPKEEPER] = STANDS(AREA_STORE, 7, 2, FACING_DOWN, SHOPKEEPER, SCRIPT_SHOPKEEPER),
    [PERSON_HUNTER] = STANDS(AREA_VILLAGE, 20, 7, FACING_DOWN, HUNTER, SCRIPT_HUNTER),
    [PERSON_WARDEN] = STANDS(AREA_MIRLAKE, 14, 12, FACING_LEFT, WARDEN, SCRIPT_WARDEN),
    [PERSON_INNKEEPER] = STANDS(AREA_INN, 7, 2, FACING_DOWN, INNKEEPER, SCRIPT_INNKEEPER),
    [PERSON_FISHER] = STANDS(AREA_FISHER_HUT, 6, 4, FACING_DOWN, FISHER, SCRIPT_FISHER),
    [PERSON_MAPMAKER] = STANDS(AREA_MIRLAKE, 20, 11, FACING_LEFT, MAPMAKER, SCRIPT_MAPMAKER),
    [PERSON_CHILD] = {AREA_MIRLAKE, 7, 10, FACING_DOWN, 6, 8, 9, 11, 30, SPRITE_CHILD_DOWN, SCRIPT_CHILD, 0, 0, 0, 0},
    [PERSON_GHOUL] = {AREA_MILL, 7, 4, FACING_DOWN, 0, 0, 0, 0, 0, SPRITE_GHOUL_A, SCRIPT_GHOUL, FLAG_GHOUL_GONE, 0, 0, 1},
    [PERSON_KING] = {AREA_THRONE, 8, 6, FACING_DOWN, 0, 0, 0, 0, 0, SPRITE_KING_A, SCRIPT_KING, FLAG_KING_GONE, 0, 0, 1},
};
