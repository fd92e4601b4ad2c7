-- What wrk sends for bench/load.py, and what it says at the end: one line of JSON.
-- Arguments after "--": read [PAUSE] | vote RUN SECONDS BODY HEADER TEXT
--   PAUSE    milliseconds between an answer and the next request of a connection
--   RUN      a number of its own for each run, so that no two votes come from one address
--   SECONDS  how long votes are sent. wrk itself runs longer, so that each of them is answered before it ends.
--   HEADER   a header of the answer, which contains TEXT when the vote was kept

local ffi = require("ffi")
ffi.cdef("struct bench_time { long s; long us; }; int gettimeofday(struct bench_time *, void *);")
local read_time = ffi.new("struct bench_time")

local function now()
   ffi.C.gettimeofday(read_time, nil)
   return tonumber(read_time.s) + tonumber(read_time.us) / 1e6
end

local threads = {}
local RANGE = 1000000 -- addresses of one run

function setup(thread)
   table.insert(threads, thread)
end

function init(args)
   kept, began, ended = 0, now(), now()
   if args[1] == "vote" then
      vote(tonumber(args[2]), tonumber(args[3]), args[4], args[5], args[6])
   elseif args[2] then
      delay = function() return tonumber(args[2]) end
   end
end

function vote(run, seconds, body, header, text)
   local address = 0x0B000000 + run * RANGE -- from 11.0.0.0 on
   wrk.method, wrk.body = "POST", body
   wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
   request = function()
      address = address + 1
      wrk.headers["X-Forwarded-For"] = string.format("%d.%d.%d.%d", math.floor(address / 2 ^ 24),
         math.floor(address / 2 ^ 16) % 256, math.floor(address / 2 ^ 8) % 256, address % 256)
      return wrk.format()
   end
   delay = function() return now() < began + seconds and 0 or 3600000 end
   response = function(status, headers)
      if status < 400 and string.find(headers[header] or "", text, 1, true) then
         kept = kept + 1
      end
      ended = now()
   end
end

function done(summary, latency)
   local errors, votes, first, last = summary.errors, 0, math.huge, 0
   for _, thread in ipairs(threads) do
      votes = votes + thread:get("kept")
      first, last = math.min(first, thread:get("began")), math.max(last, thread:get("ended"))
   end
   io.write(string.format(
      '{"requests": %d, "seconds": %f, "bytes": %d, "p50": %f, "p99": %f, "failed": %d, "kept": %d, "voting": %f}\n',
      summary.requests, summary.duration / 1e6, summary.bytes,
      latency:percentile(50) / 1000, latency:percentile(99) / 1000,
      errors.status + errors.connect + errors.read + errors.write + errors.timeout, votes, last - first))
end
