// Pictures of frames: fetched once, the newest kept. Lossless, so what is drawn is what was recorded.

const KEPT = 360; // six seconds; a GBA frame is 150 KB once decoded
const EXACT = { colorSpaceConversion: "none", premultiplyAlpha: "none" };

/** The pictures of one session. */
export class Pictures {
  constructor(model) {
    this.model = model;
    this.kept = new Map();
    this.coming = new Map();
    this.closed = false;
  }

  /** The picture of a frame if it is here. */
  at(frame) {
    return this.kept.get(frame);
  }

  /** The picture of a frame; asks for it once. */
  load(frame) {
    const here = this.kept.get(frame);
    if (here) return Promise.resolve(here);
    return this.once(`${frame}`, async () => {
      const response = await this.ask(`/frames/${frame}.png`);
      this.keep(frame, await createImageBitmap(await response.blob(), EXACT));
      return this.kept.get(frame);
    });
  }

  /** Bring `count` frames from `first` on, every `step`-th, in one answer. */
  ahead(first, count, step) {
    const last = Math.min(this.model.info.last, first + (count - 1) * step);
    if (first > last || this.kept.has(first)) return Promise.resolve();
    return this.once(`${first}+${step}`, async () => {
      const data = await (await this.ask(`/film?first=${first}&last=${last}&step=${step}`)).arrayBuffer();
      const view = new DataView(data);
      const parts = [];
      for (let at = 0; at < data.byteLength;) {
        const length = view.getUint32(at + 4, true);
        parts.push([view.getUint32(at, true), new Blob([new Uint8Array(data, at + 8, length)], { type: "image/png" })]);
        at += 8 + length;
      }
      await Promise.all(parts.map(async ([frame, blob]) => this.keep(frame, await createImageBitmap(blob, EXACT))));
    });
  }

  close() {
    this.closed = true;
    for (const picture of this.kept.values()) picture.close();
    this.kept.clear();
  }

  async ask(rest) {
    const version = `${rest.includes("?") ? "&" : "?"}v=${this.model.info.version}`;
    const response = await fetch(this.model.path(rest) + version, { credentials: "same-origin" });
    if (!response.ok) throw new Error((await response.json().catch(() => null))?.error ?? `${response.status} ${response.statusText}`);
    return response;
  }

  once(key, work) {
    if (!this.coming.has(key)) this.coming.set(key, work().finally(() => this.coming.delete(key)));
    return this.coming.get(key);
  }

  keep(frame, picture) {
    if (this.closed) {
      picture.close();
      return;
    }
    this.kept.get(frame)?.close();
    this.kept.delete(frame);
    this.kept.set(frame, picture);
    for (const [old, kept] of this.kept) {
      if (this.kept.size <= KEPT) break;
      this.kept.delete(old);
      kept.close();
    }
  }
}
