-- EmuHawk's names for what we call otherwise: systems, memory domains and buttons.

local emuhawk = {}

local GAME_BOY_BUTTONS = { "A", "B", "SELECT", "START", "UP", "DOWN", "LEFT", "RIGHT" }
local GAME_BOY = {
  buttons = GAME_BOY_BUTTONS,
  regions = {
    { name = "wram", domain = "WRAM", address = 0xC000, size = 0x2000 },
    { name = "hram", domain = "HRAM", address = 0xFF80, size = 0x7F },
  },
}

-- By `emu.getsystemid`: our name where it is another, the buttons and the memory as in runtime/console.py.
local SYSTEMS = {
  GBA = {
    buttons = { "A", "B", "L", "R", "SELECT", "START", "UP", "DOWN", "LEFT", "RIGHT" },
    regions = {
      { name = "ewram", domain = "EWRAM", address = 0x02000000, size = 0x40000 },
      { name = "iwram", domain = "IWRAM", address = 0x03000000, size = 0x8000 },
    },
  },
  GB = GAME_BOY,
  GBC = GAME_BOY,
  NES = {
    buttons = GAME_BOY_BUTTONS,
    regions = { { name = "ram", domain = "RAM", address = 0, size = 0x800 } },
  },
}

-- Return EmuHawk's name of a button; consoles with several players have "P1 A" for "A".
local function pad_name(button, pad)
  local name = button:sub(1, 1) .. button:sub(2):lower()
  return pad[name] == nil and pad["P1 " .. name] ~= nil and "P1 " .. name or name
end

-- Return what EmuHawk runs: {console, buttons, pad (its names, in the same order), regions}. Raises for other systems.
function emuhawk.console()
  local id = emu.getsystemid()
  local system = assert(SYSTEMS[id], "no console of ours is EmuHawk's " .. id)
  local there = {}
  for _, domain in pairs(memory.getmemorydomainlist()) do
    there[domain] = true
  end
  local pad, names, regions = joypad.get(), {}, {}
  for i, button in ipairs(system.buttons) do
    names[i] = pad_name(button, pad)
  end
  for _, region in ipairs(system.regions) do
    if there[region.domain] and memory.getmemorydomainsize(region.domain) >= region.size then
      regions[#regions + 1] = region
    end
  end
  return { console = id:lower(), buttons = system.buttons, pad = names, regions = regions }
end

return emuhawk
