#include "scene.h"

#include "cartridge.h"

static u8 context_now(void)
{
    static const u8 of_mode[] = {
        [MODE_TITLE] = CONTEXT_TITLE,           [MODE_WORLD] = CONTEXT_OVERWORLD,
        [MODE_DIALOGUE] = CONTEXT_DIALOGUE,     [MODE_TRANSITION] = CONTEXT_TRANSITION,
        [MODE_ENDING] = CONTEXT_CUTSCENE,       [MODE_GAME_OVER] = CONTEXT_GAME_OVER,
        [MODE_BATTLE] = CONTEXT_BATTLE,         [MODE_MENU] = CONTEXT_MENU,
        [MODE_SHOP] = CONTEXT_SHOP,             [MODE_CUTSCENE] = CONTEXT_CUTSCENE,
    };
    return game.menu_kind == MENU_ITEMS ? CONTEXT_INVENTORY : of_mode[game.mode];
}

static u8 story_scene(void)
{
    if (game.scene_behind != cartridge.scene_area)
        return areas[game.scene_behind].scene;
    return game.quest_stage == cartridge.last_stage ? SCENE_ENDING : SCENE_INTRO;
}

static u8 battle_scene(void)
{
    switch (game.battle_phase) {
    case BATTLE_START: return SCENE_BATTLE_START;
    case BATTLE_ITEMS: return SCENE_BATTLE_ITEM;
    case BATTLE_END: return SCENE_BATTLE_END;
    default: return SCENE_BATTLE_MAIN;
    }
}

static u8 menu_scene(void)
{
    if (game.menu_kind == MENU_ITEMS)
        return SCENE_MENU_ITEMS;
    return game.menu_kind == MENU_SAVE ? SCENE_MENU_SAVE : SCENE_MENU_MAIN;
}

static u8 scene_of(u8 mode)
{
    switch (mode) {
    case MODE_TITLE: return SCENE_TITLE;
    case MODE_DIALOGUE: return SCENE_DIALOGUE;
    case MODE_ENDING: return SCENE_ENDING;
    case MODE_GAME_OVER: return SCENE_GAME_OVER;
    case MODE_BATTLE: return battle_scene();
    case MODE_MENU: return menu_scene();
    case MODE_SHOP: return SCENE_SHOP_COUNTER;
    case MODE_CUTSCENE: return story_scene();
    default: return areas[game.scene_behind].scene;
    }
}

void tell_scene(void)
{
    game.context = context_now();
    if (game.mode != MODE_TRANSITION)
        game.scene = scene_of(game.mode);
    else if (game.switched)
        game.scene = scene_of(game.next_mode);
    else if (game.scene_behind == game.area)
        game.scene = areas[game.area].scene; /* whatever box was open is gone, the place is still there */
}
