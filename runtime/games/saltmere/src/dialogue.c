/* What people, signs and things say, and what the menu says is to be done. */

#include "cartridge.h"

const struct say says[SAY_COUNT] = {
    [SAY_INTRO] =
        {"",
         "Saltmere lives by the sea,\nand the sea by its light.\f"
         "For a hundred years a lamp\nled every ship home.\f"
         "Three nights ago it went\nout, and the ships wait\f"
         "beyond the rocks, afraid.\nSomebody has to help."},
    [SAY_ENDING] =
        {"",
         "The great lens turns, and\na beam runs over the sea.\f"
         "One by one the ships come\nhome, past the rocks.\f"
         "In Saltmere they ring all\nbells until the morning."},
    [SAY_MASTER_ASKS] =
        {"MASTER BRAND",
         "The lighthouse is dark and\nno ship dares come home!\f"
         "Go north along the cliffs.\nTalk to the keeper in the\f"
         "lighthouse. Ask him what\nhe needs.\f"
         "Take two brews with you.\nThe tall grass is not safe."},
    [SAY_MASTER_WAITS] =
        {"MASTER BRAND",
         "Go north along the cliffs\nand talk to the keeper in\f"
         "the lighthouse."},
    [SAY_MASTER_LATER] =
        {"MASTER BRAND",
         "Do what the keeper says.\nAll of us count on you."},
    [SAY_MASTER_END] =
        {"MASTER BRAND",
         "Look at them! Every ship\nis safe in the harbour."},
    [SAY_KEEPER_EARLY] =
        {"KEEPER ODD",
         "Visitors? Nobody comes up\nhere without a reason.\f"
         "Talk to Master Brand in\nthe harbour first."},
    [SAY_KEEPER_ASKS] =
        {"KEEPER ODD",
         "My lamp is empty, and I am\ntoo old for that cave.\f"
         "Bring me the lamp oil from\nthe sea cave.\f"
         "The cave is at the east\nend of the strand, and the\f"
         "strand is east of the\nharbour."},
    [SAY_KEEPER_WAITS] =
        {"KEEPER ODD",
         "Bring me the lamp oil from\nthe sea cave, in the east."},
    [SAY_KEEPER_THANKS] =
        {"KEEPER ODD",
         "Thank you! Here, a salve.\nBut look: the great lens\f"
         "of the lamp is gone, too!\nSomebody stole it.\f"
         "Talk to Wren in Reedham.\nShe knows all that happens\f"
         "out in the marsh. It is\nwest of the harbour, and\f"
         "Reedham is west of it."},
    [SAY_KEEPER_WREN] =
        {"KEEPER ODD",
         "Talk to Wren in Reedham,\nin the west, past the\f"
         "marsh. She knows who took\nthe great lens."},
    [SAY_KEEPER_LATER] =
        {"KEEPER ODD",
         "Find the great lens! Then\ntake the great lens to the\f"
         "lamp in the lamp room."},
    [SAY_KEEPER_LENS] =
        {"KEEPER ODD",
         "You have the great lens!\nTake the great lens to the\f"
         "lamp in the lamp room: up\nthe stairs, over there."},
    [SAY_KEEPER_END] =
        {"KEEPER ODD",
         "She burns like she did\nwhen I was a boy."},
    [SAY_OIL_FOUND] =
        {"CASK",
         "You took a cask of lamp\noil! The lighthouse keeper\f"
         "may have a use for it."},
    [SAY_OIL_TAKEN] =
        {"CASK",
         "You took the lamp oil!\nThe keeper waits for it."},
    [SAY_WREN_EARLY] =
        {"WREN",
         "Roots, reeds and rumours,\nI have them all. Come back\f"
         "when you need to know\nsomething."},
    [SAY_WREN_ASKS] =
        {"WREN",
         "The lens? A drowned man, a\ncaptain, has it. He went\f"
         "through the iron gate in\nthe bay, down to his ship.\f"
         "Find the iron key in the\nboathouse here in Reedham.\f"
         "The boathouse is locked.\nThis brass key opens the\f"
         "boathouse. Take it. And\nlet me see to your wounds."},
    [SAY_WREN_WAITS] =
        {"WREN",
         "Find the iron key in the\nboathouse here in Reedham.\f"
         "The brass key opens the\nboathouse."},
    [SAY_WREN_HOLD] =
        {"WREN",
         "The iron key opens the\ngate in the bay.\f"
         "Go south to the bay. The\nway is in the marsh."},
    [SAY_WREN_CAPTAIN] =
        {"WREN",
         "Beat the captain in his\ncabin, below the bay. Rest\f"
         "and buy salves before you\nface him."},
    [SAY_WREN_LATE] =
        {"WREN",
         "Take the great lens to the\nlamp in the lighthouse."},
    [SAY_BOATHOUSE_LOCKED] =
        {"DOOR",
         "The boathouse is locked.\nIts lock is made of brass."},
    [SAY_BOATHOUSE_OPENS] =
        {"DOOR",
         "The brass key turns. The\nboathouse is open."},
    [SAY_CHEST_HOLD_KEY] =
        {"CHEST",
         "An iron key, wet and cold!\nThe iron key opens the\f"
         "gate in the bay."},
    [SAY_HOLD_LOCKED] =
        {"GATE",
         "An iron gate. Behind it\nthe sea can be heard."},
    [SAY_HOLD_OPENS] =
        {"GATE",
         "The iron key turns. Cold\nair comes out of the hold."},
    [SAY_CAPTAIN] =
        {"CAPTAIN",
         "No light, no ships. No\nships, no thieves at sea!\f"
         "Come and drown with me!"},
    [SAY_CAPTAIN_FALLS] =
        {"CAPTAIN",
         "Let go... the light...\nit always found me...\f"
         "Take the great lens to the\nlamp in the lighthouse!"},
    [SAY_LAMP_DARK] =
        {"LAMP",
         "The great lamp, cold and\ndark. Something is missing."},
    [SAY_LAMP_LIT] =
        {"LAMP",
         "The lens fits. The flame\nleaps up, as white as day!"},
    [SAY_LAMP_WARM] =
        {"LAMP",
         "It burns, and the sea is\nbright to the horizon."},
    [SAY_PIP_ASKS] =
        {"PIP",
         "I can make you a charm!\nBring me 3 pink shells.\f"
         "They lie about on the\nstrand, in little bags that\f"
         "glitter in the sun."},
    [SAY_PIP_WAITS] =
        {"PIP",
         "Did you find them? Bring\nme 3 pink shells, please."},
    [SAY_PIP_THANKS] =
        {"PIP",
         "Three! Thank you! Wait, I\nam quick... There you are:\f"
         "a charm. It keeps the bad\nones off."},
    [SAY_PIP_LATER] =
        {"PIP",
         "When I am grown up I will\nkeep the light."},
    [SAY_SHELL] =
        {"SHELL",
         "A pink shell! It glitters\nas if it were wet."},
    [SAY_TAM_ASKS] =
        {"FISHER TAM",
         "Crabs in my nets, gulls on\nmy boat! Beat 5 beasts in\f"
         "the tall grass, then come\nback, and you get my\f"
         "grandfather's cutlass."},
    [SAY_TAM_WAITS] =
        {"FISHER TAM",
         "Beat 5 beasts in the tall\ngrass, then come back."},
    [SAY_TAM_THANKS] =
        {"FISHER TAM",
         "Five! Well done. Here is\nmy grandfather's cutlass."},
    [SAY_TAM_LATER] =
        {"FISHER TAM",
         "My nets have never been\nfuller."},
    [SAY_NELL_PARCEL] =
        {"NELL",
         "Going west? Take this\nparcel to the ferryman in\f"
         "Reedham. He will pay you.\nNow, what shall it be?"},
    [SAY_NELL_HELLO] =
        {"NELL",
         "Welcome! Have a look at\nmy goods."},
    [SAY_FERRYMAN_THANKS] =
        {"FERRYMAN JOS",
         "Nell's parcel! Thank you.\nNew rope, at last. This is\f"
         "for you."},
    [SAY_FERRYMAN_WREN] =
        {"FERRYMAN JOS",
         "Wren? She lives in the hut\nin the west of Reedham."},
    [SAY_FERRYMAN] =
        {"FERRYMAN JOS",
         "No ferry as long as the\nlight is out. Sit down."},
    [SAY_WIDOW_ASKS] =
        {"WIDOW HILD",
         "I lost my silver brooch in\nthe marsh, in the south of\f"
         "it. Bring me my brooch and\nI will pay you well."},
    [SAY_WIDOW_WAITS] =
        {"WIDOW HILD",
         "Bring me my silver brooch.\nI lost it in the marsh."},
    [SAY_WIDOW_THANKS] =
        {"WIDOW HILD",
         "My brooch! He gave it to\nme the day we married.\f"
         "Take this, and my thanks."},
    [SAY_WIDOW_LATER] =
        {"WIDOW HILD",
         "I can see the lighthouse\nfrom my window."},
    [SAY_CHEST_BROOCH] =
        {"CHEST",
         "A silver brooch lies here.\nA woman's name is on it:\f"
         "HILD OF SALTMERE."},
    [SAY_SAILOR_START] =
        {"SAILOR",
         "Master Brand wants to talk\nto you. He is on the quay,\f"
         "beside the fountain."},
    [SAY_SAILOR_KEEPER] =
        {"SAILOR",
         "The lighthouse? North, up\nthe cliffs, to the top."},
    [SAY_SAILOR_OIL] =
        {"SAILOR",
         "The sea cave? East, along\nthe strand. It is a dark\f"
         "hole in the cliff."},
    [SAY_SAILOR] =
        {"SAILOR",
         "Hurt? Drink at the fountain\nor sleep at the inn."},
    [SAY_CLERK] =
        {"CLERK",
         "11 ships are out there. I\nlight a candle for each."},
    [SAY_INN_HELLO] =
        {"INNKEEPER",
         "A bed heals everything.\nStay for the night?"},
    [SAY_REED_CHILD] =
        {"CHILD",
         "I heard bells down in the\nbay. There is no church!"},
    [SAY_REED_CHILD_LATE] =
        {"CHILD",
         "I can see the light from\nmy window now!"},
    [SAY_FOUNTAIN] =
        {"FOUNTAIN",
         "Sweet water! Your wounds\nclose."},
    [SAY_PUMP] =
        {"PUMP",
         "Clear, cold water. Your\nwounds close."},
    [SAY_HARBOUR_SIGN] =
        {"SIGN",
         "SALTMERE  North: lighthouse\nEast: strand  West: marsh"},
    [SAY_STRAND_SIGN] =
        {"SIGN",
         "East: the sea cave\nWest: Saltmere harbour"},
    [SAY_CLIFF_SIGN] =
        {"SIGN",
         "North: the lighthouse\nSouth: Saltmere harbour"},
    [SAY_MARSH_SIGN] =
        {"SIGN",
         "West: Reedham\nSouth: the bay"},
    [SAY_REEDHAM_SIGN] =
        {"SIGN",
         "REEDHAM   West: Wren's hut\nSouth: the boathouse"},
    [SAY_BAY_SIGN] =
        {"SIGN",
         "KEEP OUT. Nobody comes back\nfrom the hold in the east."},
    [SAY_CHEST_BREW] =
        {"CHEST",
         "Two brews, still warm!"},
    [SAY_CHEST_SALVE] =
        {"CHEST",
         "A pot of salve!"},
    [SAY_CHEST_GOLD] =
        {"CHEST",
         "50 pieces of gold!"},
};

const char *const objectives[] = {
    [STAGE_ASK_MASTER] = "Talk to Master Brand",
    [STAGE_ASK_KEEPER] = "Talk to the keeper",
    [STAGE_FETCH_OIL] = "Get oil from the sea cave",
    [STAGE_BRING_OIL] = "Bring oil to the keeper",
    [STAGE_ASK_WREN] = "Talk to Wren in Reedham",
    [STAGE_FIND_KEY] = "Get key from the boathouse",
    [STAGE_OPEN_HOLD] = "Open the gate in the bay",
    [STAGE_BEAT_CAPTAIN] = "Beat the captain",
    [STAGE_LIGHT_LAMP] = "Put the lens in the lamp",
    [STAGE_DONE] = "The ships are home",
};
