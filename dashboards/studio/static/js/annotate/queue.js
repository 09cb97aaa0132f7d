// Which sets are gone through, and in which order.

export class Queue {
  /** @param {object} api of the session @param {object} choice {size, filter, order} */
  constructor(api, { size, filter, order }) {
    this.api = api;
    this.all = filter === "all";
    this.query = new URLSearchParams({ size, filter, order });
    this.ids = [];
  }

  /** Ask which sets pass the filter now. */
  async fill() {
    this.ids = (await this.api.get(`queue?${this.query}`)).sets;
  }

  /** The place of a set; -1 for one that did not pass the filter. */
  place(id) {
    return this.ids.indexOf(id);
  }

  /** The set after this one, or with `by` -1 the one before; undefined at the end. */
  beside(id, by) {
    const at = this.place(id);
    if (at >= 0) return this.ids[at + by];
    return by > 0 ? this.ids.find((each) => each > id) : this.ids.findLast((each) => each < id);
  }

  /** The sets that come next. */
  after(id) {
    const at = this.place(id);
    return at < 0 ? [] : this.ids.slice(at + 1);
  }

  /** What is left to look at when the end was reached and the queue was filled again. */
  left(id) {
    return this.ids.find((each) => (this.all ? each > id : each !== id));
  }
}
