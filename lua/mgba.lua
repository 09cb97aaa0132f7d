-- mGBA (0.10 or later) driven by the bridge: Tools > Scripting..., then `dofile("…/lua/mgba.lua")` in the prompt line.
--
--   frame callback: request in hand? count it down, answer with the frame ─► next request ─► hold keys ─► next frame
--
-- In lockstep the callback waits for the next request, so the game advances only when asked to; when the bridge falls
-- silent for `patience_s` the game goes on alone and the script tries to connect again. At pace "free" it never waits.
--
-- Settings: Lua globals set before the dofile (`FRAMEWIRE_PORT = 8890 dofile(…)`), or the environment of mGBA.

local settings = {
  host = FRAMEWIRE_HOST or os.getenv("FRAMEWIRE_LUA_HOST") or "127.0.0.1",
  port = tonumber(FRAMEWIRE_PORT or os.getenv("FRAMEWIRE_LUA_PORT")) or 8889,
  patience_s = 6, -- the bridge gives a sign of life every second
  retry_frames = 30, -- connecting blocks mGBA while it is tried; to this machine it takes microseconds
}

local folder = debug.getinfo(1, "S").source:match("^@(.*)[/\\][^/\\]*$") or "."
local protocol = dofile(folder .. "/protocol.lua")

-- In the order of mGBA's key bits (C.GBA_KEY; the Game Boy's are the first eight).
local BUTTONS = { "A", "B", "SELECT", "START", "RIGHT", "LEFT", "UP", "DOWN", "R", "L" }

local CONSOLES = {
  [C.PLATFORM.GBA] = {
    name = "gba", width = 240, height = 160, buttons = 10,
    regions = {
      { name = "ewram", address = 0x02000000, size = 0x40000 },
      { name = "iwram", address = 0x03000000, size = 0x8000 },
    },
  },
  [C.PLATFORM.GB] = {
    name = "gb", width = 160, height = 144, buttons = 8,
    regions = {
      { name = "wram", address = 0xC000, size = 0x2000 },
      { name = "hram", address = 0xFF80, size = 0x7F },
    },
  },
}

-- A state without a screenshot is raw bytes; the cartridge's own memory and its clock belong to it.
local STATE_FLAGS = C.SAVESTATE.SAVEDATA | C.SAVESTATE.RTC

-- mGBA hands out pictures only as files. Memory-backed where there is such a folder: 0.9 ms a picture.
local function picture_path()
  local path = os.tmpname()
  os.remove(path)
  local fast = "/dev/shm/framewire-" .. path:match("[^/\\]*$") .. ".png"
  local file = io.open(fast, "wb")
  if file then
    file:close()
    os.remove(fast)
    return fast
  end
  return path .. ".png"
end

local link -- what belongs to one connection; nil without one
local dropped = false -- whether there was one that the collector has to close
local count = 0 -- frames since this script began, also while nobody asks
local expected -- emu:currentFrame() as it must be next; nil when we moved it ourselves
local game -- the console's row
local png = picture_path()
local listening = {} -- ids of our callbacks

-- Let a connection go. mGBA 0.10 closes a socket once more when Lua frees it, and by then its number may be the next
-- connection's. So nobody closes it but the collector: `hang_up`, when nothing holds it any more.
local function drop(why)
  if link then
    link, dropped = nil, true
    console:log("framewire: left the bridge: " .. why)
  end
end

local function hang_up()
  if dropped then
    collectgarbage()
    dropped = false
  end
end

-- Read what has come: "bytes", "nothing", or "closed" by the other side.
local function read_incoming(wait_ms)
  if link.socket._s:select(wait_ms) ~= 1 then -- a signal may cut it short
    return "nothing"
  end
  local bytes = link.socket._s:recv(65536)
  if not bytes or #bytes == 0 then
    return "closed"
  end
  link.heard = os.time()
  link.reader.feed(bytes)
  return "bytes"
end

-- Send a payload whole. Looking for the end of the connection before each piece keeps mGBA alive: writing to a socket
-- that the other side has closed ends the program by SIGPIPE.
local function send(payload)
  local message, first = protocol.message(payload), 1
  local until_s = os.time() + settings.patience_s
  while first <= #message do
    if read_incoming(0) == "closed" then
      return false, "it closed the connection"
    end
    local sent = link.socket._s:send(message:sub(first))
    if sent > 0 then
      first = first + sent
    elseif link.socket._s.error ~= C.SOCKERR.AGAIN then
      return false, "the connection broke"
    elseif os.time() > until_s then
      return false, "it does not read"
    else
      link.socket._s:select(1)
    end
  end
  return true
end

local function answer(payload)
  local sent, why = send(payload)
  if not sent then
    drop(why)
  end
  return sent
end

local function leave(why)
  if link and answer(protocol.bye(why)) then
    drop(why)
  end
end

local function read_picture()
  emu:screenshot(png)
  local file = io.open(png, "rb")
  if not file then
    return ""
  end
  local bytes = file:read("a")
  file:close()
  os.remove(png)
  return bytes
end

local function answer_frame()
  local blocks = {}
  for i, block in ipairs(link.blocks) do
    local address = game.regions[block.region + 1].address + block.offset
    blocks[i] = { region = block.region, offset = block.offset, bytes = emu:readRange(address, block.length) }
  end
  return answer(protocol.frame(count, emu:getKeys(), read_picture(), blocks))
end

local function whole_memory()
  local blocks = {}
  for i, region in ipairs(game.regions) do
    blocks[i] = { region = i - 1, offset = 0, length = region.size }
  end
  return blocks
end

-- One function for each request; true ends the wait for more until the next frame.
local requests = {}

function requests.step(words)
  local mask, why = protocol.keys_mask(words[3] or "-", link.buttons)
  local frames = math.tointeger(tonumber(words[2]))
  if not mask or not frames or frames < 1 then
    answer(protocol.refused(why or "step wants frames, 1 or more"))
    return false
  end
  link.keys = mask
  if link.pace == "free" then
    answer_frame()
  else
    link.left = frames
  end
  return true
end

function requests.pages(words)
  local blocks, why = protocol.blocks(words, game.regions)
  link.blocks = blocks or (not why and whole_memory()) or link.blocks
  answer(why and protocol.refused(why) or protocol.ok())
end

function requests.pace(words)
  link.pace = words[2] == "free" and "free" or "lockstep"
  answer(protocol.ok())
end

function requests.save()
  local state = emu:saveStateBuffer(STATE_FLAGS)
  answer(state and protocol.state(state) or protocol.refused("mGBA gives no savestate"))
end

-- mGBA keeps the picture out of its states: of one saved in the middle of a frame, as after a reset, the upper lines
-- would show what was drawn before. A reset clears the picture.
local function load_state(state)
  local before = emu:saveStateBuffer(STATE_FLAGS)
  emu:reset()
  local loaded = emu:loadStateBuffer(state, STATE_FLAGS)
  if not loaded then
    emu:loadStateBuffer(before, STATE_FLAGS)
  end
  expected = nil
  return loaded
end

function requests.load(words)
  local state = protocol.from_hex(words[2] or "")
  answer(state and load_state(state) and protocol.ok() or protocol.refused("mGBA refuses the savestate"))
end

-- The game begins from exactly the state that a recording keeps of it.
function requests.reset()
  emu:reset()
  local begun = load_state(emu:saveStateBuffer(STATE_FLAGS))
  answer(begun and protocol.ok() or protocol.refused("mGBA did not start the game anew"))
end

function requests.show()
  answer_frame()
end

function requests.ping()
  answer(protocol.ok())
end

function requests.wait() end

function requests.bye(words)
  leave(table.concat(words, " ", 2))
end

-- Return the next request's words, waiting for it in lockstep; nil when there is none.
local function next_request()
  local waits = link.pace == "lockstep"
  while true do
    local payload, why = link.reader.next()
    if payload then
      return protocol.words(payload)
    elseif why then
      return drop(why)
    end
    local came = read_incoming(waits and 100 or 0)
    if came == "closed" then
      return drop("it closed the connection")
    elseif came == "nothing" then
      if os.time() - link.heard > settings.patience_s then
        return drop("it fell silent")
      elseif not waits then
        return nil
      end
    end
  end
end

local function serve()
  while link do
    local words = next_request()
    if not words then
      return
    end
    local request = requests[words[1]]
    if not request then
      answer(protocol.refused("no request " .. tostring(words[1])))
    elseif request(words) then
      return
    end
  end
end

local function connect()
  local row = CONSOLES[emu:platform()]
  local socket = socket.tcp()
  if not row or not socket:connect(settings.host, settings.port) then
    return
  end
  game = row
  link = {
    socket = socket, reader = protocol.reader(), heard = os.time(), pace = "lockstep", keys = 0, left = 0,
    buttons = table.move(BUTTONS, 1, row.buttons, 1, {}),
  }
  link.blocks = whole_memory()
  expected = nil
  console:log("framewire: connected to " .. settings.host .. ":" .. settings.port)
  answer(protocol.hello {
    emulator = "mGBA", version = "", console = row.name, title = emu:getGameTitle(),
    code = emu:getGameCode(), hash = (emu:checksum(C.CHECKSUM.CRC32):gsub(".", function(byte)
      return ("%02x"):format(byte:byte())
    end)),
    width = row.width, height = row.height, buttons = link.buttons, able = { "save", "load", "reset", "free" },
    regions = row.regions,
  })
end

local function play()
  if link.left > 0 then
    link.left = link.left - 1
    if link.left == 0 then
      answer_frame()
    end
  end
  if link and link.left == 0 then
    serve()
  end
  emu:setKeys(link and link.keys or 0)
end

local function on_frame()
  count = count + 1
  local now = emu:currentFrame()
  if link and expected and now ~= expected then
    leave("the game was reset or loaded in mGBA's window")
  end
  expected = now + 1
  if not link and count % settings.retry_frames == 0 then
    connect()
  end
  if link then
    play()
  end
  hang_up()
end

-- Leave the bridge and end the script.
local function stop()
  leave("the script was stopped")
  hang_up()
  for _, id in ipairs(listening) do
    callbacks:remove(id)
  end
  framewire = nil
end

if framewire then
  framewire.stop() -- the same script, run before
end
framewire = { stop = stop }
listening = {
  callbacks:add("frame", on_frame),
  callbacks:add("start", function() leave("another game was opened") end),
  callbacks:add("stop", function() leave("the game was closed") end),
  callbacks:add("shutdown", function() leave("mGBA was closed") end),
}
console:log("framewire: looks for the bridge at " .. settings.host .. ":" .. settings.port)
