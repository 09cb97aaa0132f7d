/* The places of Saltmere, the ways between them, what can be acted on, and who lives where. Map characters: glyphs.c. */

#include "art.h"
#include "cartridge.h"

static const char *const harbour_rows[] = {
    "TTTTTTTTTTTTT--TTTTTTTTTTTTT",
    "TTT....TTTTT.::.TTTTT...TTTT",
    "T..RRRRR..T..::..T..BBBBB.TT",
    "T..RRRRR.....::.....BBBBB..T",
    "T..WODOW.....::.....WPDOW..T",
    "T....:....l..::..l....:..*.T",
    "T....::::::::::::::::::..*.T",
    "T.*......S...::..........*.T",
    "TT.......::::::::::.......TT",
    "-::::::::::::::::::::::::::-",
    "-::::::::::::F:::::::::::::-",
    "TT.......::::::::::.......TT",
    "T..RRRRR....::::....BBBBBB.T",
    "T..RRRRR..u.::::.u..BBBBBB.T",
    "T..WIDOW....::::....WODOOW.T",
    "T....:......::::......:....T",
    "T....::::::::::::::::::...jT",
    "TT..j.......::::...jj...,.TT",
    "~~~~~~~~~..u::::u..~~~~~~~~~",
    "~~~~~~~~~~~~||||~~~~~~~~~~~~",
    "~~~~~~~q~===||||===~~q~~~~~~",
    "~~~~~~~~~===||||===~~~~~~~~~",
};

static const char *const strand_rows[] = {
    "################################",
    "######..####....######...#######",
    "###$..,,..##.,,..####.,,...#####",
    "##...,,,......,,..##..,,,...####",
    "TT..,,,...T...,....#...,....####",
    "TT.....TT.T.......TT........#C##",
    "T..vvvvvvvT...T.....T...,,..:::T",
    "T........................,..:..T",
    "-::::::::::,,,::::::::::,,:::..T",
    "-::::::::::,,,::::::..S,,......T",
    "T..*.....xx....*.....,,,.......T",
    "T.....&..xx.........,,,,...m...T",
    "T...........m.....T..,,....&..TT",
    "~~~....T..........TT........~~~~",
    "~~~~~........&...TT..m....~~~~~~",
    "~~~~~~~~...q.....~~~~~~~~~~~~~~~",
    "~~~~q~~~~~~~~~~~~~~~q~~~~~~~~~~~",
    "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~",
};

static const char *const sea_cave_rows[] = {
    "########################",
    "####...#######.$..######",
    "###..$..#####......#####",
    "###.....####...~~...####",
    "####..#####...~~~~..####",
    "####..####...~~~~~..####",
    "###...####..~~~~~..#####",
    "##...######..~~~...#####",
    "##..########..q...######",
    "##...######......#######",
    "###...####..##..########",
    "####...##...##...#######",
    "#####......####...######",
    "######..c.######...#####",
    "#######..########..c####",
    "#######..#####xx...#####",
    "######....###.xx..######",
    "######.o..........######",
    "#######...###...########",
    "########_###############",
};

static const char *const cliff_rows[] = {
    "####################",
    "#######.BBB..#######",
    "######..BBB...######",
    "#####...BBB....#####",
    "#####...WDW...*#####",
    "####.....:......####",
    "####..l..:..l...####",
    "###......:......,###",
    "###..*...:::...,,###",
    "##vvvvvvv..:vvvvvv##",
    "#..........:......##",
    "#..,,....:::..,,...#",
    "#.,,,,...:...,,,,..#",
    "##.,,...,,,T..,,..##",
    "####..TT,,,TT...####",
    "#######..:....######",
    "####.....::::....###",
    "##..,,......:.....##",
    "#..,,,,..&..:..,,..#",
    "#...,,....:::.,,,..#",
    "##vvvvvvvv:.vvvvvv##",
    "#.........:........#",
    "#..T......:..S..T..#",
    "##.TT....::...TTT.##",
    "TTTTTT...::...TTTTTT",
    "TTTTTTTTT--TTTTTTTTT",
};

static const char *const lighthouse_rows[] = {
    "HHHHHHHHHHHHHHH",
    "HHVHkkHhHHHVHHH",
    "H...........^.H",
    "Hjj..........pH",
    "Hj....rrr..tt.H",
    "H.....rrr.....H",
    "Hb....rrr.....H",
    "Hb............H",
    "H...........z.H",
    "Hp...........jH",
    "HHHHHHHMHHHHHHH",
};

static const char *const lamp_room_rows[] = {
    "HHHHHHHHHHHHHHH",
    "HVVHVVHVHVVHVVH",
    "H.............H",
    "H.............H",
    "H......A......H",
    "H.............H",
    "H....rrrrr....H",
    "H....rrrrr..^.H",
    "Hj...........jH",
    "HHHHHHHHHHHHHHH",
};

static const char *const marsh_rows[] = {
    "TTTTTTTTTTTTTTTTTTTTTTTTTTTTTT",
    "TTTT....TTTTT~~~TTTT...TTTTTTT",
    "TTT..,,..TTT~~~~~TT.,,..TTTTTT",
    "TT..,,,...T~~~~~~T..,,,..TTTTT",
    "TT.,,,...*..~~~~....,,....TTTT",
    "T...,..TT....~~...T....TT..TTT",
    "T....~~~TT...~~..TT...~~~T..TT",
    "T...~~~~~T...~~..T...~~~~~...T",
    "TT...~~~.....~~......~~~.....T",
    "-:::,,:::::,====:::::,,::::::-",
    "-:::,,:::::,====:::::,,::::::-",
    "TT....T.....~~~~....S........T",
    "T..,,..T...~~~~~...:..T.,,...T",
    "T.,,,,.TT..~~~~....:.TT,,,,..T",
    "T..,,...T...~~..T..:..T.,,..TT",
    "TT.......T..~~.TT..:....T...TT",
    "TTT.&..TTT..~~.T...:.....T.TTT",
    "TTTTTTTTT...~~....::...~~~.TTT",
    "TTTTTT.....~~~q..,,,..~~~~~TTT",
    "TTTT..xx..~~~~....:..~~~~~~TTT",
    "TTT..xx..~~~~....::...~~~~TTTT",
    "TTT.$...TT~~T...::...TTTTTTTTT",
    "TTTTT..TTTTTTT..::..TTTTTTTTTT",
    "TTTTTTTTTTTTTTTT--TTTTTTTTTTTT",
};

static const char *const reedham_rows[] = {
    "TTTTTTTTTTTTTTTTTTTTTTTT",
    "TTT..TTTTT....TTTTTTTTTT",
    "TT..RRRR.....RRRRR...TTT",
    "T...RRRR..*..RRRRR....TT",
    "T...WODW.....WODOW.*..TT",
    "T.....:........:......~T",
    "T~....:....l...:....~~~T",
    "~~~...:::::::::::..~~~~~",
    "~~~~....S.:::...q.~~~~~~",
    "~~~====:::::::::=======-",
    "~~~====:::::::::=======-",
    "~~.....w..:::....~~~~~~~",
    "~~....,,..:::.....~~~~~T",
    "~...RRRRR..:...*...~~~TT",
    "T...RRRRR..:.......~~TTT",
    "T...WOKOW..:..jj....TTTT",
    "TT....:::::...T....TTTTT",
    "TTTTTTTTTTTTTTTTTTTTTTTT",
};

static const char *const bay_rows[] = {
    "TTTTTTTTTTT--TTTTTTTTTTT",
    "TTTT....TTT::TTT....TTTT",
    "TT..,,...T.::..T..,,..TT",
    "T..,,,,...,,,,....,,,..T",
    "T...,,..*..::..m...,...T",
    "TT.........::.........TT",
    "~~~....S..:::..........T",
    "~~~~....:::......#######",
    "~~~~~...:::.....########",
    "~~~~~.&..:::::::#####G##",
    "~~~~~~........::::::::.T",
    "~~~~~~~.....x.......,,,T",
    "~~~~~~~~...xx...,,..,,,T",
    "~~~~~~~~~......,,,,...TT",
    "~~~~q~~~~~~...q...~~~~~~",
    "~~~~~~~~~~~~~~~~~~~~~~~~",
};

static const char *const hold_rows[] = {
    "######################",
    "######....####.^.#####",
    "#####..$...##....F####",
    "#####......##.....####",
    "######..######...#####",
    "#######.#######.######",
    "####....#####...######",
    "###..~~..###..~~..####",
    "###..~~..###..~~..####",
    "###......##.......####",
    "####.xx...........####",
    "#####....####..c.#####",
    "######..######...#####",
    "######..#####..#######",
    "#####....###..########",
    "#####.o......#########",
    "######...#############",
    "#######_##############",
};

static const char *const cabin_rows[] = {
    "HHHHHHHHHHHHHHH",
    "HVVHHkkHkkHHVVH",
    "H....$...$....H",
    "H....rrrrr....H",
    "HHHHHHH.HHHHHHH",
    "HHHHHHH.HHHHHHH",
    "Hj...........jH",
    "H..tt.....tt..H",
    "H....rrrrr....H",
    "Hj...rrrrr...jH",
    "HHHHHHHMHHHHHHH",
};

static const char *const office_rows[] = {
    "HHHHHHHHHHHHHHH",
    "HVHkkHVHkkHhHVH",
    "H.............H",
    "H..tt......tt.H",
    "H.............H",
    "H....rrrrr....H",
    "H....rrrrr...bH",
    "H............bH",
    "Hp...........pH",
    "HHHHHHHMHHHHHHH",
};

static const char *const store_rows[] = {
    "HHHHHHHHHHHHHHH",
    "HVHssHssHssHVHH",
    "H....n....n...H",
    "Hj...nnnnnn..jH",
    "Hj............H",
    "H............sH",
    "Hs..rrrrrrr..sH",
    "Hs..rrrrrrr...H",
    "Hp...........pH",
    "HHHHHHHMHHHHHHH",
};

static const char *const inn_rows[] = {
    "HHHHHHHHHHHHHHH",
    "HHVHhHkkHVHHVHH",
    "Hb.n.....n..b.H",
    "Hb.nnnnnnn..b.H",
    "H.............H",
    "H...........b.H",
    "H...rrrrr...b.H",
    "Htt.rrrrr.....H",
    "Hp...........pH",
    "HHHHHHHMHHHHHHH",
};

static const char *const cottage_rows[] = {
    "HHHHHHHHHHHHHHH",
    "HHVHkHHhHHVHHHH",
    "H.............H",
    "Hb.........tt.H",
    "Hb............H",
    "H....rrrrr....H",
    "H....rrrrr....H",
    "Hp...........pH",
    "H.............H",
    "HHHHHHHMHHHHHHH",
};

static const char *const hut_rows[] = {
    "HHHHHHHHHHHHHHH",
    "HHssHVHhHVHssHH",
    "Hp...........pH",
    "H....tt.......H",
    "H...........b.H",
    "Hp..rrrr....b.H",
    "H...rrrr......H",
    "Hp...........pH",
    "H.............H",
    "HHHHHHHMHHHHHHH",
};

static const char *const ferry_rows[] = {
    "HHHHHHHHHHHHHHH",
    "HHVHHkHHhHVHHHH",
    "Hj..........b.H",
    "Hj..........b.H",
    "H..tt.........H",
    "H.............H",
    "H....rrrr....jH",
    "H....rrrr...jjH",
    "Hp..........jjH",
    "HHHHHHHMHHHHHHH",
};

static const char *const boathouse_rows[] = {
    "HHHHHHHHHHHHHHH",
    "HHHHHVHHHVHHHHH",
    "Hjj....$....jjH",
    "Hj...........jH",
    "H...z.....z...H",
    "H.............H",
    "H....jj.jj....H",
    "H.............H",
    "Hj...........jH",
    "HHHHHHHMHHHHHHH",
};

/* Behind title, intro and ending. */
static const char *const scene_rows[] = {
    "~~~~~~~~~~~~~~~",
    "~~~~~~~~~~~~~~~",
    "~~~~q~~~~~~~~~~",
    "~~~~~~~~~~~q~~~",
    "~~~~~~~~~~~~~~~",
    "TT~~~~~~~~~~~TT",
    "T...~~~L~~~.,.T",
    "T.*..:::::....T",
    "TT...:::::..*TT",
    "TTTT.:::::.TTTT",
};

#define TOWN GROUND_GRASS, SCENE_TOWN
#define ROUTE GROUND_GRASS, SCENE_ROUTE
#define INSIDE GROUND_PLANKS, SCENE_HOUSE
#define CAVERN GROUND_FLOOR, SCENE_CAVE
#define DAY {16, 16, 16}
#define DUSK {15, 15, 16}
#define MIST {14, 15, 14}
#define GLOOM {12, 13, 16}
#define NO_PERIL 0, {0}, BACKDROP_SHORE

const struct area areas[AREA_COUNT] = {
    [AREA_HARBOUR] = {"SALTMERE", harbour_rows, 28, 22, TOWN, DUSK, NO_PERIL},
    [AREA_STRAND] = {"STRAND", strand_rows, 32, 18, ROUTE, DUSK,
                     36, {ENEMY_CRAB, ENEMY_CRAB, ENEMY_GULL}, BACKDROP_SHORE},
    [AREA_SEA_CAVE] = {"SEA CAVE", sea_cave_rows, 24, 20, CAVERN, GLOOM,
                       12, {ENEMY_JELLY, ENEMY_CRAB, ENEMY_EEL}, BACKDROP_CAVE},
    [AREA_CLIFF] = {"CLIFFS", cliff_rows, 20, 26, ROUTE, DUSK,
                    36, {ENEMY_GULL, ENEMY_CRAB}, BACKDROP_SHORE, 1},
    [AREA_LIGHTHOUSE] = {"LIGHTHOUSE", lighthouse_rows, 15, 11, INSIDE, DAY, NO_PERIL},
    [AREA_LAMP_ROOM] = {"LAMP ROOM", lamp_room_rows, 15, 10, INSIDE, DAY, NO_PERIL},
    [AREA_MARSH] = {"MARSH", marsh_rows, 30, 24, GROUND_WILD, SCENE_FOREST, MIST,
                    36, {ENEMY_MUDLING, ENEMY_GULL, ENEMY_EEL}, BACKDROP_MARSH},
    [AREA_REEDHAM] = {"REEDHAM", reedham_rows, 24, 18, GROUND_WILD, SCENE_TOWN, MIST, 0, {0}, BACKDROP_MARSH, 1},
    [AREA_BAY] = {"BAY", bay_rows, 24, 16, ROUTE, DUSK,
                  36, {ENEMY_DROWNED, ENEMY_GULL, ENEMY_CRAB}, BACKDROP_SHORE},
    [AREA_HOLD] = {"HOLD", hold_rows, 22, 18, CAVERN, GLOOM,
                   12, {ENEMY_DROWNED, ENEMY_LURKER, ENEMY_JELLY}, BACKDROP_CAVE},
    [AREA_CABIN] = {"CABIN", cabin_rows, 15, 11, INSIDE, DAY, 0, {0}, BACKDROP_CAVE},
    [AREA_OFFICE] = {"OFFICE", office_rows, 15, 10, INSIDE, DAY, NO_PERIL},
    [AREA_STORE] = {"STORE", store_rows, 15, 10, GROUND_PLANKS, SCENE_STORE, DAY, NO_PERIL},
    [AREA_INN] = {"INN", inn_rows, 15, 10, INSIDE, DAY, NO_PERIL},
    [AREA_COTTAGE] = {"COTTAGE", cottage_rows, 15, 10, INSIDE, DAY, NO_PERIL},
    [AREA_HUT] = {"HUT", hut_rows, 15, 10, INSIDE, DAY, NO_PERIL},
    [AREA_FERRY_HOUSE] = {"FERRY", ferry_rows, 15, 10, INSIDE, DAY, NO_PERIL},
    [AREA_BOATHOUSE] = {"BOATHOUSE", boathouse_rows, 15, 10, INSIDE, DAY, NO_PERIL},
    [AREA_SCENE] = {"", scene_rows, 15, 10, GROUND_GRASS, SCENE_TITLE, {6, 8, 13}, NO_PERIL},
};

/* A door in an outer wall, and the mat behind it; the player comes out below the door. */
#define HOUSE_DOOR(outside, x, y, inside, mat_x, mat_y)                                            \
    {outside, x, y, STEP_ON, inside, mat_x, (mat_y) - 1, FACING_UP},                               \
    {inside, mat_x, mat_y, STEP_ON, outside, x, (y) + 1, FACING_DOWN}
/* Two edges that meet, walked over in a direction and back. */
#define EDGE(a, ax, ay, out, b, bx, by, back) {a, ax, ay, out, b, bx, by, out}, {b, bx, by, back, a, ax, ay, back}

const struct way ways[] = {
    HOUSE_DOOR(AREA_HARBOUR, 5, 4, AREA_OFFICE, 7, 9),
    HOUSE_DOOR(AREA_HARBOUR, 22, 4, AREA_STORE, 7, 9),
    HOUSE_DOOR(AREA_HARBOUR, 5, 14, AREA_INN, 7, 9),
    HOUSE_DOOR(AREA_HARBOUR, 22, 14, AREA_COTTAGE, 7, 9),
    EDGE(AREA_HARBOUR, 13, 0, FACING_UP, AREA_CLIFF, 9, 25, FACING_DOWN),
    EDGE(AREA_HARBOUR, 14, 0, FACING_UP, AREA_CLIFF, 10, 25, FACING_DOWN),
    EDGE(AREA_HARBOUR, 27, 9, FACING_RIGHT, AREA_STRAND, 0, 8, FACING_LEFT),
    EDGE(AREA_HARBOUR, 27, 10, FACING_RIGHT, AREA_STRAND, 0, 9, FACING_LEFT),
    EDGE(AREA_HARBOUR, 0, 9, FACING_LEFT, AREA_MARSH, 29, 9, FACING_RIGHT),
    EDGE(AREA_HARBOUR, 0, 10, FACING_LEFT, AREA_MARSH, 29, 10, FACING_RIGHT),
    {AREA_STRAND, 29, 5, STEP_ON, AREA_SEA_CAVE, 8, 19, FACING_UP},
    {AREA_SEA_CAVE, 8, 19, FACING_DOWN, AREA_STRAND, 29, 6, FACING_DOWN},
    HOUSE_DOOR(AREA_CLIFF, 9, 4, AREA_LIGHTHOUSE, 7, 10),
    {AREA_LIGHTHOUSE, 12, 2, STEP_ON, AREA_LAMP_ROOM, 11, 7, FACING_LEFT},
    {AREA_LAMP_ROOM, 12, 7, STEP_ON, AREA_LIGHTHOUSE, 11, 2, FACING_LEFT},
    EDGE(AREA_MARSH, 0, 9, FACING_LEFT, AREA_REEDHAM, 23, 9, FACING_RIGHT),
    EDGE(AREA_MARSH, 0, 10, FACING_LEFT, AREA_REEDHAM, 23, 10, FACING_RIGHT),
    EDGE(AREA_MARSH, 16, 23, FACING_DOWN, AREA_BAY, 11, 0, FACING_UP),
    EDGE(AREA_MARSH, 17, 23, FACING_DOWN, AREA_BAY, 12, 0, FACING_UP),
    HOUSE_DOOR(AREA_REEDHAM, 6, 4, AREA_HUT, 7, 9),
    HOUSE_DOOR(AREA_REEDHAM, 15, 4, AREA_FERRY_HOUSE, 7, 9),
    HOUSE_DOOR(AREA_REEDHAM, 6, 15, AREA_BOATHOUSE, 7, 9),
    {AREA_BAY, 21, 9, STEP_ON, AREA_HOLD, 7, 17, FACING_UP},
    {AREA_HOLD, 7, 17, FACING_DOWN, AREA_BAY, 21, 10, FACING_DOWN},
    {AREA_HOLD, 15, 1, STEP_ON, AREA_CABIN, 7, 9, FACING_UP},
    {AREA_CABIN, 7, 10, STEP_ON, AREA_HOLD, 15, 2, FACING_DOWN},
};
const u16 way_count = sizeof ways / sizeof ways[0];

const struct thing things[] = {
    {AREA_SCENE, 7, 6, SCRIPT_NONE, FLAG_LAMP_LIT, 'e'},
    {AREA_HARBOUR, 9, 7, SCRIPT_HARBOUR_SIGN, FLAG_NONE, 'S'},
    {AREA_HARBOUR, 13, 10, SCRIPT_FOUNTAIN, FLAG_NONE, 'F'},
    {AREA_STRAND, 22, 9, SCRIPT_STRAND_SIGN, FLAG_NONE, 'S'},
    {AREA_STRAND, 3, 2, SCRIPT_CHEST_BREW, FLAG_CHEST_STRAND, '%'},
    {AREA_STRAND, 6, 11, SCRIPT_SHELL, FLAG_SHELL_STRAND_A, '.'},
    {AREA_STRAND, 27, 12, SCRIPT_SHELL, FLAG_SHELL_STRAND_B, '.'},
    {AREA_STRAND, 13, 14, SCRIPT_SHELL, FLAG_SHELL_STRAND_C, '.'},
    {AREA_SEA_CAVE, 5, 2, SCRIPT_OIL, FLAG_OIL_TAKEN, '%'},
    {AREA_SEA_CAVE, 15, 1, SCRIPT_CHEST_BREW, FLAG_CHEST_CAVE, '%'},
    {AREA_CLIFF, 13, 22, SCRIPT_CLIFF_SIGN, FLAG_NONE, 'S'},
    {AREA_CLIFF, 9, 18, SCRIPT_SHELL, FLAG_SHELL_CLIFF, '.'},
    {AREA_LAMP_ROOM, 7, 4, SCRIPT_LAMP, FLAG_LAMP_LIT, 'a'},
    {AREA_MARSH, 20, 11, SCRIPT_MARSH_SIGN, FLAG_NONE, 'S'},
    {AREA_MARSH, 4, 16, SCRIPT_SHELL, FLAG_SHELL_MARSH, '.'},
    {AREA_MARSH, 4, 21, SCRIPT_CHEST_BROOCH, FLAG_CHEST_BROOCH, '%'},
    {AREA_REEDHAM, 8, 8, SCRIPT_REEDHAM_SIGN, FLAG_NONE, 'S'},
    {AREA_REEDHAM, 7, 11, SCRIPT_PUMP, FLAG_NONE, 'w'},
    {AREA_REEDHAM, 6, 15, SCRIPT_BOATHOUSE_DOOR, FLAG_BOATHOUSE_OPEN, 'D'},
    {AREA_BAY, 7, 6, SCRIPT_BAY_SIGN, FLAG_NONE, 'S'},
    {AREA_BAY, 6, 9, SCRIPT_SHELL, FLAG_SHELL_BAY, '.'},
    {AREA_BAY, 21, 9, SCRIPT_HOLD_GATE, FLAG_HOLD_OPEN, 'C'},
    {AREA_HOLD, 17, 2, SCRIPT_FOUNTAIN, FLAG_NONE, 'F'},
    {AREA_HOLD, 7, 2, SCRIPT_CHEST_SALVE, FLAG_CHEST_HOLD, '%'},
    {AREA_CABIN, 5, 2, SCRIPT_CHEST_GOLD, FLAG_CHEST_CABIN_A, '%'},
    {AREA_CABIN, 9, 2, SCRIPT_CHEST_SALVE, FLAG_CHEST_CABIN_B, '%'},
    {AREA_BOATHOUSE, 7, 2, SCRIPT_CHEST_HOLD_KEY, FLAG_CHEST_BOATHOUSE, '%'},
};
const u16 thing_count = sizeof things / sizeof things[0];

#define STANDS(area, x, y, facing, who, script) {area, x, y, facing, 0, 0, 0, 0, 0, SPRITE_##who##_DOWN, script, 0, 0, 0, 0}

const struct person people[PERSON_COUNT] = {
    [PERSON_MASTER] = STANDS(AREA_HARBOUR, 16, 11, FACING_DOWN, MASTER, SCRIPT_MASTER),
    [PERSON_PIP] = STANDS(AREA_HARBOUR, 18, 7, FACING_DOWN, CHILD, SCRIPT_PIP),
    [PERSON_TAM] = STANDS(AREA_HARBOUR, 10, 20, FACING_DOWN, FISHER, SCRIPT_TAM),
    [PERSON_SAILOR] = {AREA_HARBOUR, 9, 16, FACING_DOWN, 8, 15, 18, 17, 50, SPRITE_SAILOR_DOWN, SCRIPT_SAILOR, 0, 0, 0, 0},
    [PERSON_CLERK] = STANDS(AREA_OFFICE, 5, 3, FACING_DOWN, SAILOR, SCRIPT_CLERK),
    [PERSON_NELL] = STANDS(AREA_STORE, 7, 2, FACING_DOWN, SHOPKEEPER, SCRIPT_NELL),
    [PERSON_INNKEEPER] = STANDS(AREA_INN, 6, 2, FACING_DOWN, INNKEEPER, SCRIPT_INNKEEPER),
    [PERSON_WIDOW] = STANDS(AREA_COTTAGE, 10, 3, FACING_LEFT, WIDOW, SCRIPT_WIDOW),
    [PERSON_KEEPER] = STANDS(AREA_LIGHTHOUSE, 8, 3, FACING_DOWN, KEEPER, SCRIPT_KEEPER),
    [PERSON_WREN] = STANDS(AREA_HUT, 7, 3, FACING_DOWN, HERBALIST, SCRIPT_WREN),
    [PERSON_FERRYMAN] = STANDS(AREA_FERRY_HOUSE, 5, 4, FACING_DOWN, FERRYMAN, SCRIPT_FERRYMAN),
    [PERSON_REED_CHILD] = {AREA_REEDHAM, 11, 12, FACING_DOWN, 9, 11, 16, 14, 35, SPRITE_CHILD_DOWN, SCRIPT_REED_CHILD,
                           0, 0, 0, 0},
    [PERSON_CRAB] = {AREA_STRAND, 15, 11, FACING_DOWN, 12, 10, 19, 13, 22, SPRITE_CRAB_A, SCRIPT_NONE, 0, 0, ENEMY_CRAB, 1},
    [PERSON_DROWNED] = {AREA_BAY, 13, 8, FACING_DOWN, 11, 6, 15, 12, 26, SPRITE_DROWNED_A, SCRIPT_NONE,
                        0, 0, ENEMY_DROWNED, 1},
    [PERSON_CAPTAIN] = {AREA_CABIN, 7, 5, FACING_DOWN, 0, 0, 0, 0, 0, SPRITE_CAPTAIN_A, SCRIPT_CAPTAIN,
                        FLAG_CAPTAIN_GONE, 0, 0, 1},
};
