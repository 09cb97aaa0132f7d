-- Logs a game's memory changes in EmuHawk (BizHawk 2.10) without any server: an event log and a picture per frame set.
--
-- Open it in EmuHawk's Lua console with a game running, or start `EmuHawk ROM --lua=event_logger.lua`; it begins at once.
-- `runtime import rommer CSV --snapshots FOLDER` makes a session of what it writes. It needs scan.lua and event_log.lua
-- beside it. It was tested on an emulated host, never in EmuHawk: docs/bizhawk-checklist.md.

-- What is logged. `domain` is EmuHawk's name; `chunk`, bytes, may make chunks larger than a fifth of the region.
local REGIONS = {
  { name = "iwram", domain = "IWRAM", address = 0x03000000, size = 0x8000 },
  { name = "ewram", domain = "EWRAM", address = 0x02000000, size = 0x40000 },
}

-- Where it goes; relative to this script's folder. Folders are made.
local LOGS, SNAPSHOTS = "event_logs", "snapshots"

-- How many older logs stay.
local KEEP_LOGS = 9

-- "joypad": the console's buttons, whoever presses them; "keyboard": the keys that a person presses.
local KEYS = "joypad"

-- ---------------------------------------------------------------------------------------------------------------------

local scan = dofile("scan.lua")
local event_log = dofile("event_log.lua")

local BUTTONS = { "A", "B", "L", "R", "Select", "Start", "Up", "Down", "Left", "Right" }

-- Whoever finds it in a folder knows that its numbered pictures are ours.
local MARK = SNAPSHOTS .. "/framewire.txt"

-- Pictures that may be missing in a row before the search for old ones ends.
local MOST_MISSING = 100

local function exists(path)
  local file = io.open(path, "rb")
  return file ~= nil and file:close()
end

-- Make a folder unless a file can be made in it.
local function make_folder(folder)
  local probe = folder .. "/framewire.probe"
  local file = io.open(probe, "wb")
  if not file then
    os.execute('mkdir "' .. folder .. '"')
    file = assert(io.open(probe, "wb"), folder .. ": the folder cannot be made or written")
  end
  file:close()
  os.remove(probe)
end

-- Remove the pictures of an earlier run; those of another program stop us.
local function clear_snapshots()
  make_folder(SNAPSHOTS)
  if not exists(MARK) then
    assert(not exists(SNAPSHOTS .. "/0.png"), SNAPSHOTS .. " has pictures that this script did not make: move them away")
    local mark = assert(io.open(MARK, "wb"))
    mark:write("event_logger.lua removes the numbered pictures in this folder when it starts.\n")
    mark:close()
  end
  local number, missing = 0, 0
  while missing < MOST_MISSING do
    missing = os.remove(SNAPSHOTS .. "/" .. number .. ".png") and 0 or missing + 1
    number = number + 1
  end
end

-- Return what is held, joined by "+".
local function held_now()
  local names = {}
  if KEYS == "joypad" then
    local pressed = joypad.get()
    for _, button in ipairs(BUTTONS) do
      if pressed[button] then
        names[#names + 1] = button
      end
    end
  else
    for key, down in pairs(input.get()) do
      if down == true then
        names[#names + 1] = key
      end
    end
    table.sort(names)
  end
  return table.concat(names, "+")
end

for _, region in ipairs(REGIONS) do
  local problem = scan.problem(region)
  assert(not problem, problem)
end
make_folder(LOGS)
clear_snapshots()
event_log.rotate(LOGS .. "/event_log.csv", KEEP_LOGS)
local log = event_log.open(LOGS .. "/event_log.csv")
local words = scan.words(memory)
local frame, without_picture, held = 0, 0, ""

local function after_frame()
  local set_id, chunk_id = frame // scan.CHUNKS, frame % scan.CHUNKS
  log.frame(frame, held, emu.getregister("R15") or 0)
  for _, region in ipairs(REGIONS) do
    for _, word in ipairs(words.changed(region, chunk_id)) do
      log.add(frame, region.name, region.address + word.offset, word.before, word.after, set_id, chunk_id)
    end
  end
  if chunk_id == scan.CHUNKS - 1 and not pcall(client.screenshot, SNAPSHOTS .. "/" .. set_id .. ".png") then
    without_picture = without_picture + 1
    print(string.format("frame set %d has no picture, as %d so far", set_id, without_picture))
  end
  frame = frame + 1
end

-- At the end of a frame, before other scripts can set what is held on the next.
event.onframeend(function()
  held = held_now()
end)

-- However it ends, what was seen is in the file: EmuHawk calls no onexit after an error, so errors pass through here.
event.onexit(log.close)
event.onconsoleclose(log.close)
event.onloadstate(log.flush)
client.setscreenshotosd(false) -- else EmuHawk's own messages would be in the pictures
print("logging to " .. LOGS .. "/event_log.csv; stop this script to end the log")
local _, why = xpcall(function()
  while true do
    emu.frameadvance()
    after_frame()
  end
end, debug.traceback)
log.close()
error(why, 0)
