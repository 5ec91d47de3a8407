// Gives back what it gets.

/** @type {import("../bindings/exports/echo.js").Exports} */
export const echo = {
  truth: (v) => v,
  unsigned8: (v) => v,
  unsigned16: (v) => v,
  unsigned32: (v) => v,
  unsigned64: (v) => v,
  signed8: (v) => v,
  signed16: (v) => v,
  signed32: (v) => v,
  signed64: (v) => v,
  single: (v) => v,
  doubleSize: (v) => v,
  letter: (v) => v,
  text: (v) => v,
  bytes: (v) => v,
  numbers: (v) => v,
  texts: (v) => v,
  nested: (v) => v,
  maybe: (v) => v,
  maybeText: (v) => v,
  maybeMaybe: (v) => v,
  pair: (v) => v,
  aPoint: (v) => v,
  aPerson: (v) => v,
  people: (v) => v,
  aShape: (v) => v,
  shapes: (v) => v,
  aColor: (v) => v,
  anAccess: (v) => v,
  outcome: answered,
  outcomeBare: answered,
  many: (...numbers) => numbers.join(","),
  nothing() {},
};

/**
 * A result that is a value, as one that a function answers.
 *
 * @template T, E
 * @param {import("../bindings/wit.js").Result<T, E>} v
 * @returns {T}
 */
function answered(v) {
  if (v.tag === "err") throw v.val;
  return /** @type {T} */ (v.val);
}

class Counter {
  /** @param {number} start */
  constructor(start) {
    this.value = start;
  }

  /** @param {number} n */
  add(n) {
    return (this.value += n);
  }

  /**
   * @param {Counter} a
   * @param {Counter} b
   */
  static merge(a, b) {
    return new Counter(a.value + b.value);
  }
}

/** @type {import("../bindings/exports/counters.js").Exports} */
export const counters = { Counter };
