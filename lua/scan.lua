-- Where to look for changed memory, and what changed there. Shared by bizhawk.lua and event_logger.lua.
--
-- EmuHawk's Lua reads memory slowly: 288 KB on every frame cost its users most of the speed. So a frame set has 5 frames,
-- and on each of them one fifth of every region is looked at; within it pages are compared by their hash, and only those
-- that differ are read.

local scan = {}

-- Frames of a set, and chunks of a region: one a frame.
scan.CHUNKS = 5

-- Bytes that are hashed together. Small enough that a changing counter does not make us read much, large enough that a
-- chunk of a GBA's EWRAM is 52 calls.
scan.PAGE = 1024

local WORD = 4

-- Return the size of a region's chunks: a fifth, rounded up to whole words.
function scan.chunk_bytes(size)
  local fifth = (size + scan.CHUNKS - 1) // scan.CHUNKS
  return (fifth + WORD - 1) // WORD * WORD
end

-- Return what is wrong with a region; nil when nothing is. `chunk` may set the size of its chunks, bytes.
function scan.problem(region)
  local chunk = region.chunk or scan.chunk_bytes(region.size)
  if chunk % WORD ~= 0 or chunk * scan.CHUNKS < region.size then
    return string.format("%s: chunks of %d bytes; allowed are multiples of 4 from %d on, so that 5 cover its %d bytes",
      region.name, chunk, scan.chunk_bytes(region.size), region.size)
  end
  return nil
end

-- Return where a region's chunk (0 to 4) begins and where the next one does, as offsets; equal when it is empty.
function scan.span(region, chunk)
  local size = region.chunk or scan.chunk_bytes(region.size)
  return math.min(chunk * size, region.size), math.min((chunk + 1) * size, region.size)
end

-- Return a finder of changed pages. `memory` is EmuHawk's library; regions have `domain` and `size`.
function scan.pages(memory)
  local finder = {}
  local hashes = {}

  -- Return the pages between two offsets of a region that differ from when they were last looked at: a list of
  -- {offset, length}. What was never looked at counts as changed.
  function finder.changed(region, first, past)
    local known = hashes[region.domain] or {}
    hashes[region.domain] = known
    local found = {}
    for offset = first, past - 1, scan.PAGE do
      local length = math.min(scan.PAGE, past - offset)
      local hash = memory.hash_region(offset, length, region.domain)
      if known[offset] ~= hash then
        known[offset] = hash
        found[#found + 1] = { offset = offset, length = length }
      end
    end
    return found
  end

  return finder
end

-- Return a finder of changed words.
function scan.words(memory)
  local finder = {}
  local pages = scan.pages(memory)
  local seen = {}

  -- Return the words of a region's chunk that differ from when it was last looked at, by address: a list of {offset,
  -- before, after}, values as little-endian words. The first time there are none.
  function finder.changed(region, chunk)
    local words = seen[region.domain] or {}
    seen[region.domain] = words
    local found = {}
    for _, page in ipairs(pages.changed(region, scan.span(region, chunk))) do
      local bytes = memory.read_bytes_as_array(page.offset, page.length, region.domain)
      for at = 1, page.length, WORD do
        local offset = page.offset + at - 1
        local after = bytes[at] | (bytes[at + 1] or 0) << 8 | (bytes[at + 2] or 0) << 16 | (bytes[at + 3] or 0) << 24
        local before = words[offset]
        if before and before ~= after then
          found[#found + 1] = { offset = offset, before = before, after = after }
        end
        words[offset] = after
      end
    end
    return found
  end

  return finder
end

return scan
