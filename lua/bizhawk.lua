-- Lets the bridge drive EmuHawk (BizHawk 2.10): start `runtime up` with the backend bizhawk, then
--
--   EmuHawk ROM --lua=bizhawk.lua --socket_ip=127.0.0.1 --socket_port=PORT
--
-- It needs the other scripts of this folder beside it. It speaks the wire of protocol.lua, and knows these words, too:
--
--   scan chunked|full|watched   what frames carry beside the pages asked for: what changed in one fifth of all memory,
--                               in all of it, or nothing more
--   pictures frame|set          a picture with each frame, or with each fifth
--   step 0 -                    a frame of now, with what changed in all memory; none is emulated
--
-- Each request ends with the word ".": EmuHawk can lose the beginning of a message in a timeout, and what is left of its
-- length then cuts its end off. Such a request is answered with "again". It was tested on an emulated host, never in
-- EmuHawk: docs/bizhawk-checklist.md.

local protocol = dofile("protocol.lua")
local scan = dofile("scan.lua")
local emuhawk = dofile("emuhawk.lua")

-- The bridge says "wait" several times a second when it has nothing to ask. EmuHawk stands still while it reads.
local TIMEOUT_MS = 1500

-- So many timeouts in a row, 15 s, and the bridge is taken for dead.
local MOST_TIMEOUTS = 10

-- What an idle bridge sends until EmuHawk's window gets some time: half a second, so that no pace suffers from it.
local WAITS_BEFORE_PAUSE = 5

-- Reads that come back empty after the remains of a damaged request were thrown away.
local EMPTY_READS = 3

-- Largest part of a text that becomes a table at once; Lua's stack ends at a million.
local PART_BYTES = 4096

-- In per cent; the bridge sets the pace. EmuHawk takes less than 6400.
local UNHINDERED, USUAL = 6399, 100

local AGAIN = "again"

local console = emuhawk.console()
local pages = scan.pages(memory)
local state_file = string.format("framewire-%d-%d.state", os.time(), math.random(0, 999999))

local gone = false -- once true, no function of `comm` is called any more: EmuHawk would hang
local count = 0 -- frames emulated since the script began, whoever wanted them
local state_loaded = false
local watched, how, chunk = {}, "chunked", 0
local picture_every, since_picture = 1, 0

-- ---- the connection -------------------------------------------------------------------------------------------------

-- Send a message. Bytes go as a table: what EmuHawk sends as a text passes through UTF-8, and others than ASCII are lost.
local function send(payload)
  if gone then
    return
  end
  local message, bytes = protocol.message(payload), {}
  for first = 1, #message, PART_BYTES do
    local last = math.min(first + PART_BYTES - 1, #message)
    table.move({ message:byte(first, last) }, 1, last - first + 1, first, bytes)
  end
  gone = comm.socketServerSendBytes(bytes) ~= #message
end

-- Send the last frame's picture by EmuHawk's own function; it raises when nobody listens any more.
local function send_picture()
  gone = gone or not pcall(comm.socketServerScreenShot)
end

-- Return the next request's words; nil when the bridge is gone.
--
-- After an empty answer only a message that can be sent shows that the bridge is there. Without it, reading once more
-- would never end: EmuHawk reads on and on where a connection was closed.
local function receive()
  local silent = 0
  while not gone do
    local payload = comm.socketServerResponse()
    if payload ~= "" then
      return protocol.words(payload)
    end
    silent = silent + 1
    gone = silent > MOST_TIMEOUTS
    send(protocol.alive(count))
  end
  return nil
end

-- Throw away what is left of a damaged request, and ask for it again.
local function resynchronise()
  comm.socketServerSetTimeout(TIMEOUT_MS // EMPTY_READS)
  local empty = 0
  while not gone and empty < EMPTY_READS do
    empty = comm.socketServerResponse() == "" and empty + 1 or 0
    send(protocol.alive(count))
  end
  if not gone then
    comm.socketServerSetTimeout(TIMEOUT_MS)
  end
  send(protocol.refused(AGAIN))
end

-- ---- memory and pictures --------------------------------------------------------------------------------------------

local function block(index, offset, length)
  local bytes = memory.read_bytes_as_array(offset, length, console.regions[index].domain)
  local parts = {}
  for first = 1, length, PART_BYTES do
    parts[#parts + 1] = string.char(table.unpack(bytes, first, math.min(first + PART_BYTES - 1, length)))
  end
  return { region = index - 1, offset = offset, bytes = table.concat(parts) }
end

-- Return the blocks of a frame; all of memory is looked at when `whole`.
local function blocks_now(whole)
  local blocks = {}
  for index, region in ipairs(console.regions) do
    if how ~= "watched" then
      local first, past = 0, region.size
      if how == "chunked" and not whole then
        first, past = scan.span(region, chunk)
      end
      for _, page in ipairs(pages.changed(region, first, past)) do
        blocks[#blocks + 1] = block(index, page.offset, page.length)
      end
    end
  end
  for _, page in ipairs(watched) do
    blocks[#blocks + 1] = block(page.region + 1, page.offset, page.length)
  end
  return blocks
end

local function answer_frame(mask, whole)
  since_picture = since_picture + 1
  if whole or since_picture >= picture_every then
    since_picture = 0
    send_picture()
  end
  send(protocol.frame(count, mask, "", blocks_now(whole)))
  chunk = (chunk + 1) % scan.CHUNKS
end

-- ---- requests -------------------------------------------------------------------------------------------------------

local requests = {}

function requests.step(words)
  local frames = tonumber(words[2])
  local mask, problem = protocol.keys_mask(words[3], console.buttons)
  if not mask then
    send(protocol.refused(problem))
    return
  end
  local held = {}
  for i, name in ipairs(console.pad) do
    held[name] = mask & 1 << (i - 1) ~= 0 -- false, too: what a person presses does not count
  end
  if frames > 0 and client.ispaused() then
    client.unpause()
  end
  for _ = 1, frames do
    joypad.set(held)
    emu.frameadvance()
  end
  answer_frame(mask, frames == 0)
end

function requests.pages(words)
  local blocks, problem = protocol.blocks(words, console.regions)
  if blocks then
    watched = blocks
  end
  send(blocks and protocol.ok() or protocol.refused(problem or "all memory: that is scan full"))
end

function requests.scan(words)
  how = words[2]
  send(protocol.ok())
end

function requests.pictures(words)
  picture_every = words[2] == "set" and scan.CHUNKS or 1
  send(protocol.ok())
end

function requests.save()
  savestate.save(state_file, true)
  local file = io.open(state_file, "rb")
  if not file then
    send(protocol.refused("EmuHawk wrote no savestate beside this script"))
    return
  end
  local state = file:read("a")
  file:close()
  os.remove(state_file)
  send(protocol.state(state))
end

function requests.load(words)
  local state = protocol.from_hex(words[2])
  local file = state and io.open(state_file, "wb")
  if not file then
    send(protocol.refused("the savestate cannot be written beside this script"))
    return
  end
  file:write(state)
  file:close()
  state_loaded = false
  savestate.load(state_file, true)
  os.remove(state_file)
  send(state_loaded and protocol.ok() or protocol.refused("EmuHawk does not take this for a savestate"))
end

function requests.reset()
  client.reboot_core()
  send(protocol.ok())
end

function requests.ping()
  send(protocol.ok())
end

-- ---- the script -----------------------------------------------------------------------------------------------------

-- Leave the connection alone from now on, and give EmuHawk back as it was.
local function leave(why)
  send(protocol.bye(why))
  gone = true
  client.speedmode(USUAL)
end

local function say_hello()
  send(protocol.hello({
    emulator = "EmuHawk",
    version = client.getversion(),
    console = console.console,
    title = gameinfo.getromname():sub(1, 255),
    code = "",
    hash = gameinfo.getromhash(),
    width = client.bufferwidth(),
    height = client.bufferheight(),
    regions = console.regions,
    buttons = console.buttons,
    able = { "save", "load", "reset", "scan", "pictures" },
  }))
end

local function serve()
  local waits = 0
  for words in receive do
    local request = requests[words[1]]
    if words[1] == "wait" then
      waits = waits + 1
      if waits > WAITS_BEFORE_PAUSE then
        client.pause()
        emu.yield()
      end
    elseif words[1] == "bye" then
      print("the bridge says goodbye: " .. table.concat(words, " ", 2))
      return
    elseif request and words[#words] == "." then
      words[#words] = nil
      waits = 0
      request(words)
    else
      resynchronise()
    end
  end
  print("the bridge is gone; the game goes on")
end

event.onframeend(function()
  count = count + 1
end)
event.onloadstate(function()
  state_loaded = true
end)
event.onexit(function()
  leave("the script was stopped")
end)
say_hello()
if gone then -- of an earlier session; setting the port connects anew, and raises when nobody listens
  gone = not pcall(function()
    comm.socketServerSetPort(comm.socketServerGetPort())
  end)
  say_hello()
end
if gone then
  print("no bridge listens: start `runtime up`, then EmuHawk with the --socket_ip and --socket_port that it names")
  return
end
comm.socketServerSetTimeout(TIMEOUT_MS)
client.speedmode(UNHINDERED)
client.frameskip(0) -- else EmuHawk draws no frames when it is behind, and a picture would be an old one
emu.minimizeframeskip(false)
local fine, why = xpcall(serve, debug.traceback)
leave(fine and "as asked" or "an error in bizhawk.lua")
client.unpause()
assert(fine, why)
