/* Emberwood's numbers: places, people, items, texts, scripts. The tables beside this file are indexed by them. */
#ifndef NUMBERS_H
#define NUMBERS_H

enum area_id {
    AREA_NONE,
    AREA_VILLAGE,
    AREA_FOREST,
    AREA_CAVE,
    AREA_HOUSE,
    AREA_STORE,
    AREA_SOUTH_ROAD,
    AREA_MIRLAKE,
    AREA_INN,
    AREA_FISHER_HUT,
    AREA_GROVE,
    AREA_MILL,
    AREA_EAST_PASS,
    AREA_GATE_CAVE,
    AREA_THRONE,
    AREA_SCENE, /* behind title, intro and ending */
    AREA_MEADOW_BATTLE,
    AREA_CAVE_BATTLE,
    AREA_COUNT
};

/* The main story. */
enum stage {
    STAGE_ASK_ELDER,
    STAGE_FETCH_EMBER,
    STAGE_CARRY_EMBER,
    STAGE_LIGHT_SHRINE,
    STAGE_ASK_WARDEN,
    STAGE_FIND_KEY,
    STAGE_OPEN_GATE,
    STAGE_BEAT_KING,
    STAGE_LIGHT_BEACON,
    STAGE_DONE
};

enum side_quest { SIDE_THREADS, SIDE_RING, SIDE_HUNT, SIDE_MAP, SIDE_LETTER };

enum person_id {
    PERSON_ELDER,
    PERSON_VILLAGER,
    PERSON_WEAVER,
    PERSON_SLIME,
    PERSON_SHOPKEEPER,
    PERSON_HUNTER,
    PERSON_WARDEN,
    PERSON_INNKEEPER,
    PERSON_FISHER,
    PERSON_MAPMAKER,
    PERSON_CHILD,
    PERSON_MILLER,
    PERSON_LAKE_SHOPKEEPER,
    PERSON_MILL_GHOUL,
    PERSON_THORN_KING,
    PERSON_COUNT
};

enum item_id {
    ITEM_NONE,
    ITEM_POTION,
    ITEM_TONIC,
    ITEM_KEY,      /* opens the mill */
    ITEM_IRON_KEY, /* opens the gate in the pass */
    ITEM_EMBER,
    ITEM_THREAD,
    ITEM_RING,
    ITEM_LETTER,
    ITEM_SWORD,
    ITEM_SHIELD,
    ITEM_FLAME,
    ITEM_NIGHT,
    ITEM_COUNT
};

enum enemy_id {
    ENEMY_NONE,
    ENEMY_SLIME,
    ENEMY_BAT,
    ENEMY_WOLF,
    ENEMY_THORNLING,
    ENEMY_TOAD,
    ENEMY_GHOUL,
    ENEMY_KNIGHT,
    ENEMY_THORN_KING,
    ENEMY_COUNT
};

enum shop_id { SHOP_NONE, SHOP_VILLAGE, SHOP_INN, SHOP_COUNT };

#endif
