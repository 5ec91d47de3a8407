// Fails as it is told to.

/** @type {import("../bindings/exports/faulty.js").Exports} */
export const faulty = {
  work(how, input) {
    if (how === "panic") return failNow(input);
    if (how === "spin") return spinNow();
    if (how === "exhaust") return exhaustNow();
    return input;
  },
};

/** @returns {never} */
function failNow(/** @type {string} */ input) {
  throw new Error(`deliberate: ${input}`);
}

/** @returns {never} */
function spinNow() {
  for (;;);
}

/** @returns {never} */
function exhaustNow() {
  const kept = [];
  for (;;) kept.push(new Uint8Array(1 << 20).fill(1));
}
