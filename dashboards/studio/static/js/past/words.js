// Numbers as people read them.

/** Seconds as `0:12.3` or `1:02:03`. */
export function duration(seconds) {
  const whole = Math.floor(seconds), minutes = Math.floor(whole / 60) % 60, hours = Math.floor(whole / 3600);
  const two = (number) => String(number).padStart(2, "0");
  if (hours) return `${hours}:${two(minutes)}:${two(whole % 60)}`;
  return `${minutes}:${two(whole % 60)}${seconds < 60 ? `.${Math.floor((seconds % 1) * 10)}` : ""}`;
}

/** Bytes as `1.2 MB`. */
export function bytes(count) {
  for (const unit of ["B", "KB", "MB"]) {
    if (count < 1000) return `${unit === "B" ? count : count.toFixed(1)} ${unit}`;
    count /= 1000;
  }
  return `${count.toFixed(1)} GB`;
}

/** A recorded date in the reader's own way. */
export function day(text) {
  return new Date(text).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

/** A bus address as `0x02000014`. */
export function hex(address, digits = 8) {
  return `0x${address.toString(16).toUpperCase().padStart(digits, "0")}`;
}
