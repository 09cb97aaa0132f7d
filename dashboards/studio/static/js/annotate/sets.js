// Frame sets as the page shows them: fetched ahead, so that going on is instant and a short outage is not noticed.

/** Sets fetched ahead of the one that is shown. */
const AHEAD = 6;

/** How long labels that were fetched ahead are shown without a second look, milliseconds. */
const FRESH_MS = 1500;

/** Sets kept. */
const KEPT = 64;

export class Sets {
  /** @param {object} api of the session @param {number} size frames of a set */
  constructor(api, size) {
    this.api = api;
    this.size = size;
    this.kept = new Map(); // set id → promise of its details
    this.pictures = new Map(); // set id → one image of its frames, one below the other; null where it cannot be had
    this.read = new Map(); // set id → when its labels were read
  }

  /** Return a set with its frames, memory changes, labels and pictures; rejects when it cannot be had. */
  load(id) {
    const kept = this.kept.get(id) ?? this.fetch(id);
    this.kept.delete(id);
    this.kept.set(id, kept);
    if (this.kept.size > KEPT) {
      const [oldest] = this.kept.keys();
      this.kept.delete(oldest);
      this.pictures.delete(oldest);
    }
    return kept;
  }

  /** Begin to fetch the sets that come next. */
  ahead(ids) {
    for (const id of ids.slice(0, AHEAD)) this.load(id).catch(() => {});
  }

  /** Whether a set's labels were read just now. */
  isFresh(id) {
    return Date.now() - (this.read.get(id) ?? 0) < FRESH_MS;
  }

  /** Read a set's labels again, but not its pictures. */
  async relabel(id) {
    const [old, labels] = await Promise.all([this.load(id), this.api.get(`sets/${id}/labels?size=${this.size}`)]);
    const set = { ...old, ...labels };
    this.read.set(id, Date.now());
    this.kept.set(id, Promise.resolve(set));
    return set;
  }

  async fetch(id) {
    const loading = this.api.get(`sets/${id}?size=${this.size}`).then(async (set) => {
      this.read.set(id, Date.now());
      this.pictures.set(id, await this.picture(id));
      if (set.frames.length < this.size) this.kept.delete(id); // the last one: the game may still be played
      return set;
    });
    loading.catch(() => this.kept.delete(id)); // so that it is tried again
    return loading;
  }

  picture(id) {
    const image = new Image();
    image.src = this.api.url(`sets/${id}/image?size=${this.size}`);
    return image.decode().then(
      () => image,
      () => null, // the recording lacks it: the page says so
    );
  }
}
