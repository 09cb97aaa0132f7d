-- The 12-column event log: one line for each word of memory that changed, in frame sets of 5 frames.
-- `runtime import rommer` reads it; streams/framesets/event_log.py describes the columns.

local event_log = {}

event_log.HEADER =
  "timestamp,region,frame,address,prev_val,curr_val,freq,pc,key_history,current_keys,frame_set_id,chunk_id"

-- Lines held before they are written, and the frames after which they are written in any case.
local BUFFER, FLUSH_FRAMES = 200, 300

-- Frames that `freq` looks back over, the present one included.
local FREQ_WINDOW = 100

-- States of the keys that are kept, and that a line shows.
local HISTORY, SHOWN = 20, 5

local function rotated(path, number)
  local stem, ending = path:match("^(.*)(%.[^./\\]*)$")
  return (stem or path) .. "." .. number .. (ending or "")
end

-- Move an old log out of the way: NAME.csv becomes NAME.1.csv, that NAME.2.csv, up to `keep`; the oldest is removed.
function event_log.rotate(path, keep)
  local old = io.open(path, "rb")
  if not old then
    return
  end
  old:close()
  os.remove(rotated(path, keep))
  for number = keep - 1, 1, -1 do
    os.rename(rotated(path, number), rotated(path, number + 1))
  end
  local moved, why = os.rename(path, rotated(path, 1))
  assert(moved, "the old log cannot be moved: " .. tostring(why))
end

-- Return milliseconds since 1970; within a second they are those of the processor's clock, and never go back.
local function clock()
  local second, began = 0, 0
  return function()
    local now = os.time()
    if now ~= second then
      second, began = now, os.clock()
    end
    return now * 1000 + math.min(999, math.floor((os.clock() - began) * 1000))
  end
end

-- Return the counts of changes by address in a sliding window of frames.
local function frequencies()
  local counts, window, oldest, newest = {}, {}, 1, 0
  local freq = {}

  function freq.forget(frame)
    while oldest <= newest and window[oldest].frame <= frame - FREQ_WINDOW do
      for _, address in ipairs(window[oldest]) do
        counts[address] = counts[address] > 1 and counts[address] - 1 or nil
      end
      window[oldest] = nil
      oldest = oldest + 1
    end
  end

  function freq.count(frame, address)
    if newest < oldest or window[newest].frame ~= frame then
      newest = newest + 1
      window[newest] = { frame = frame }
    end
    table.insert(window[newest], address)
    counts[address] = (counts[address] or 0) + 1
    return counts[address]
  end

  return freq
end

-- Return a history of what was held: states that differ from the one before, none empty, newest last.
local function history()
  local states, before = {}, ""
  return function(held)
    if held ~= "" and held ~= before then
      states[#states + 1] = held
      if #states > HISTORY then
        table.remove(states, 1)
      end
    end
    before = held
    return #states == 0 and "None" or table.concat(states, " | ", math.max(1, #states - SHOWN + 1))
  end
end

-- Return a field as it stands in a line (RFC 4180).
local function quoted(text)
  return text:find('[,"]') and '"' .. text:gsub('"', '""') .. '"' or text
end

-- Begin a log. Raises when the file cannot be written.
function event_log.open(path)
  local file, why = io.open(path, "wb")
  assert(file, "the log cannot be written: " .. tostring(why))
  file:write(event_log.HEADER .. "\n")
  local now, freq, remember = clock(), frequencies(), history()
  local lines, keys, pc = {}, ",", "00000000"
  local log = {}

  -- Take what is held on the next frame, keys joined by "+", and where the program is.
  function log.frame(frame, held, counter)
    freq.forget(frame)
    keys = quoted(remember(held)) .. "," .. quoted(held == "" and "None" or held)
    pc = string.format("%08X", counter & 0xFFFFFFFF)
    if frame % FLUSH_FRAMES == FLUSH_FRAMES - 1 then
      log.flush()
    end
  end

  -- Add a line for a word that changed.
  function log.add(frame, region, address, before, after, set_id, chunk_id)
    lines[#lines + 1] = string.format("%d,%s,%d,%08X,%08X,%08X,%d,%s,%s,%d,%d\n", now(), region, frame, address, before,
      after, freq.count(frame, address), pc, keys, set_id, chunk_id)
    if #lines >= BUFFER then
      log.flush()
    end
  end

  -- Write what is held.
  function log.flush()
    if file then
      file:write(table.concat(lines))
      file:flush()
      lines = {}
    end
  end

  -- Write what is held and end the log; a second call does nothing.
  function log.close()
    log.flush()
    if file then
      file:close()
      file = nil
    end
  end

  return log
end

return event_log
