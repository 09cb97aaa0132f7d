-- The wire between the bridge and a script inside an emulator. Its Python twin is runtime/bridges/lua_wire.py.
--
-- The emulator connects, the bridge listens. Both ways a message is "<length in ASCII digits> <payload>".
-- Requests, from the bridge, are ASCII words with single spaces between them (EmuHawk loses other bytes):
--
--   step N KEYS       hold KEYS for N frames, then answer with a frame; KEYS is "-" or as A,RIGHT
--   pages all         frames carry all memory
--   pages R:O:L ...   frames carry L bytes from offset O of region R (counted from 0), and so on
--   pace lockstep     wait for a request between frames; "pace free": do not
--   save              answer with a state
--   load HEX          go back to a state; "reset": switch off and on; answered with ok
--   show              answer with a frame as everything is now, without emulating one
--   ping              answer with ok
--   wait              no answer: the bridge lives and has nothing to ask
--   bye REASON        leave; answered with a bye, after which this side closes first
--
-- Replies are binary, little-endian; the first byte is their type. A payload that begins as a PNG file is a picture.
-- Plain Lua 5.3 or 5.4 without libraries of an emulator's.

local protocol = {}

protocol.VERSION = 1

-- Longest payload, bytes: above any frame with memory, and the largest length of 8 digits that is a power of two.
protocol.MAX_BYTES = 16777216

local DIGITS = 8

-- Return a message that holds a payload.
function protocol.message(payload)
  assert(#payload <= protocol.MAX_BYTES, "a payload has at most " .. protocol.MAX_BYTES .. " bytes")
  return #payload .. " " .. payload
end

-- Return a reader of messages, for hosts whose sockets give plain bytes.
function protocol.reader()
  local held = ""
  local reader = {}

  function reader.feed(bytes)
    held = held .. bytes
  end

  -- Return the next payload; nil when it is not whole yet; nil and what is wrong when it is no message.
  function reader.next()
    local digits = held:match("^%d*")
    if #digits == #held and #digits <= DIGITS then
      return nil
    end
    local length = tonumber(digits)
    if #digits == 0 or #digits > DIGITS or length > protocol.MAX_BYTES or held:sub(#digits + 1, #digits + 1) ~= " " then
      return nil, "no message: it begins with " .. string.format("%q", held:sub(1, 16))
    end
    local first = #digits + 2
    if #held < first + length - 1 then
      return nil
    end
    local payload = held:sub(first, first + length - 1)
    held = held:sub(first + length)
    return payload
  end

  return reader
end

-- Return a request's words.
function protocol.words(payload)
  local words = {}
  for word in payload:gmatch("[^ ]+") do
    words[#words + 1] = word
  end
  return words
end

-- Return the mask of KEYS, bit i for the i-th of `buttons`; nil and what is wrong when one is unknown.
function protocol.keys_mask(text, buttons)
  local mask = 0
  for name in (text == "-" and "" or text):gmatch("[^,]+") do
    local bit
    for i, button in ipairs(buttons) do
      bit = button == name and 1 << (i - 1) or bit
    end
    if not bit then
      return nil, "no button " .. name .. "; there are " .. table.concat(buttons, ", ")
    end
    mask = mask | bit
  end
  return mask
end

-- Return the blocks that a request for pages names, each {region, offset, length}; nil for all memory; or nil and what
-- is wrong. `regions` is as in hello.
function protocol.blocks(words, regions)
  if words[2] == "all" then
    return nil
  end
  local blocks = {}
  for i = 2, #words do
    local region, offset, length = words[i]:match("^(%d+):(%d+):(%d+)$")
    local known = region and regions[tonumber(region) + 1]
    if not known or tonumber(offset) + tonumber(length) > known.size then
      return nil, "no page " .. words[i] .. " in " .. #regions .. " regions"
    end
    blocks[#blocks + 1] = { region = tonumber(region), offset = tonumber(offset), length = tonumber(length) }
  end
  return blocks
end

local BYTES = {} -- by two hexadecimal digits
for byte = 0, 255 do
  BYTES[("%02x"):format(byte)] = string.char(byte)
end

-- Return the bytes that a text of hexadecimal digits stands for; nil when it is none.
function protocol.from_hex(text)
  if #text % 2 ~= 0 or text:find("%X") then
    return nil
  end
  return (text:lower():gsub("..", BYTES))
end

-- Return the first message of a connection. `host` has: emulator and its version, console, title, code and hash of the
-- ROM (empty where the emulator does not tell), width, height, regions ({name, address, size}), buttons, able (words for
-- what the script can do).
function protocol.hello(host)
  local parts = {
    string.pack("<c1I2", "H", protocol.VERSION),
    string.pack("<s1s1s1s1s1s1", host.emulator, host.version, host.console, host.title, host.code, host.hash),
    string.pack("<I2I2", host.width, host.height),
    string.pack("<s2s2", table.concat(host.buttons, " "), table.concat(host.able, " ")),
    string.pack("<I1", #host.regions),
  }
  for _, region in ipairs(host.regions) do
    parts[#parts + 1] = string.pack("<s1I4I4", region.name, region.address, region.size)
  end
  return table.concat(parts)
end

-- Return a frame. `count` is the emulator's own and never goes back; `keys` the mask held during it; `picture` a PNG
-- file's bytes, empty when it comes by itself; `blocks` as {region, offset, bytes}.
function protocol.frame(count, keys, picture, blocks)
  local parts = { string.pack("<c1I4I2s4I2", "F", count & 0xFFFFFFFF, keys, picture, #blocks) }
  for _, block in ipairs(blocks) do
    parts[#parts + 1] = string.pack("<I1I4I4", block.region, block.offset, #block.bytes)
    parts[#parts + 1] = block.bytes
  end
  return table.concat(parts)
end

-- Return a savestate.
function protocol.state(bytes)
  return "S" .. bytes
end

-- Return that a request was carried out.
function protocol.ok()
  return "O"
end

-- Return why a request was not carried out, ASCII.
function protocol.refused(why)
  return "E" .. why
end

-- Return that this side leaves, and why, ASCII.
function protocol.bye(why)
  return "B" .. why
end

-- Return that the emulator lives but cannot answer yet.
function protocol.alive(count)
  return string.pack("<c1I4", "A", count & 0xFFFFFFFF)
end

return protocol
