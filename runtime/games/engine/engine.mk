# Builds ../$(NAME).gba bit for bit: fixed source order, no debug information, no paths.
# A cartridge's Makefile sets NAME, TITLE (12 characters at most) and CODE (4), then includes this.
CROSS   ?= arm-none-eabi-
PYTHON  ?= python3
BUILD   ?= build
OUT     ?= ..
ENGINE  := ../../engine

PARTS   := main progress places glyphs people world dialogue script battle menu shop scene screen ground text panels
TABLES  := areas.c dialogue.c quests.c items.c art.c
SOURCES := $(ENGINE)/crt0.s $(PARTS:%=$(ENGINE)/%.c) $(TABLES)
HEADERS := $(wildcard $(ENGINE)/*.h) numbers.h ram_layout.h art.h
FLAGS   := -mcpu=arm7tdmi -mthumb -mthumb-interwork -O2 -std=c11 -Wall -Wextra -Werror -I. -I$(ENGINE) \
           -ffreestanding -fno-tree-loop-distribute-patterns -fomit-frame-pointer -g0

$(OUT)/$(NAME).gba: $(SOURCES) $(HEADERS) $(ENGINE)/cartridge.ld $(ENGINE)/fix_header.py $(ENGINE)/engine.mk Makefile
	mkdir -p $(BUILD)
	$(CROSS)gcc $(FLAGS) -nostdlib -nostartfiles -T $(ENGINE)/cartridge.ld -Wl,--build-id=none \
	    $(SOURCES) -lgcc -o $(BUILD)/$(NAME).elf
	$(CROSS)objcopy -O binary $(BUILD)/$(NAME).elf $(BUILD)/$(NAME).gba
	$(PYTHON) $(ENGINE)/fix_header.py $(BUILD)/$(NAME).gba $(TITLE) $(CODE)
	install -m 644 $(BUILD)/$(NAME).gba $@

.PHONY: art clean
# art.c and art.h are committed; run this only after editing art/, with a Python that can import this project.
art:
	cd ../../../.. && $(PYTHON) -m runtime.games.$(NAME).src.art

clean:
	rm -rf $(BUILD)
