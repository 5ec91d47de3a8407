// Every type there and back.

/** @type {import("../bindings/exports/echo.js").Exports} */
export const echo = {
  truth(v) {
    return v;
  },

  unsigned8(v) {
    return v;
  },

  unsigned16(v) {
    return v;
  },

  unsigned32(v) {
    return v;
  },

  unsigned64(v) {
    return v;
  },

  signed8(v) {
    return v;
  },

  signed16(v) {
    return v;
  },

  signed32(v) {
    return v;
  },

  signed64(v) {
    return v;
  },

  single(v) {
    return v;
  },

  doubleSize(v) {
    return v;
  },

  letter(v) {
    return v;
  },

  text(v) {
    return v;
  },

  bytes(v) {
    return v;
  },

  numbers(v) {
    return v;
  },

  texts(v) {
    return v;
  },

  nested(v) {
    return v;
  },

  maybe(v) {
    return v;
  },

  maybeText(v) {
    return v;
  },

  maybeMaybe(v) {
    return v;
  },

  pair(v) {
    return v;
  },

  aPoint(v) {
    return v;
  },

  aPerson(v) {
    return v;
  },

  people(v) {
    return v;
  },

  aShape(v) {
    return v;
  },

  shapes(v) {
    return v;
  },

  aColor(v) {
    return v;
  },

  anAccess(v) {
    return v;
  },

  outcome(v) {
    if (v.tag === "err") throw v.val;
    return v.val;
  },

  outcomeBare(v) {
    if (v.tag === "err") throw undefined;
  },

  many(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q) {
    return [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q].join(",");
  },

  nothing() {},
};

class Counter {
  #sum;

  /**
   * @param {number} start
   */
  constructor(start) {
    this.#sum = start;
  }

  /**
   * @param {number} n
   * @returns {number}
   */
  add(n) {
    this.#sum += n;
    return this.#sum;
  }

  /**
   * @param {import("../bindings/exports/counters.js").Counter} a
   * @param {import("../bindings/exports/counters.js").Counter} b
   * @returns {import("../bindings/exports/counters.js").Counter}
   */
  static merge(a, b) {
    return new Counter(a.#sum + b.#sum);
  }
}

/** @type {import("../bindings/exports/counters.js").Exports} */
export const counters = {
  Counter,
};
