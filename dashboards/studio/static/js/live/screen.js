// A canvas that shows the newest picture at the browser's next repaint, and drops what came before it.

/** How many of the last pictures the times are kept of: at 60 Hz two seconds. */
const KEPT = 120;

/**
 * Draw onto `canvas`. `done()` is called for every picture that is off our hands, drawn or dropped. Returns
 * `{show(picture), stats(), close()}`; `stats()` is `{fps, lagMs, drawn, frame}` of the last two seconds.
 */
export function makeScreen(canvas, done) {
  const context = canvas.getContext("2d", { alpha: false });
  let newest = null, waiting = 0, closed = false, frame = -1, drawn = 0, latest = 0;
  const times = [], lags = [];

  async function show(picture) {
    let bitmap;
    try {
      bitmap = await createImageBitmap(picture.png);
    } catch {
      done();
      return;
    }
    if (closed || picture.number < latest) {
      bitmap.close();
      done();
      return;
    }
    latest = picture.number;
    if (newest) {
      newest.bitmap.close();
      done();
    }
    newest = { ...picture, bitmap };
    waiting ||= requestAnimationFrame(draw);
  }

  function draw() {
    waiting = 0;
    if (!newest || closed) return;
    const { bitmap, sentMs } = newest;
    if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
    }
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    frame = newest.frame;
    newest = null;
    drawn += 1;
    times.push(performance.now());
    lags.push(sentMs ? performance.timeOrigin + performance.now() - sentMs : 0);
    if (times.length > KEPT) {
      times.shift();
      lags.shift();
    }
    done();
  }

  function stats() {
    const since = performance.now() - 2000;
    const first = times.findIndex((time) => time >= since);
    const recent = first < 0 ? [] : times.slice(first);
    const sorted = first < 0 ? [] : lags.slice(first).toSorted((a, b) => a - b);
    const span = recent.length > 1 ? (recent.at(-1) - recent[0]) / 1000 : 0;
    return {
      fps: span > 0.2 ? (recent.length - 1) / span : 0,
      lagMs: sorted.length ? sorted[Math.floor(sorted.length / 2)] : 0,
      drawn,
      frame,
      lags: sorted,
    };
  }

  return {
    show,
    stats,
    close() {
      closed = true;
      cancelAnimationFrame(waiting);
      newest?.bitmap.close();
    },
  };
}
