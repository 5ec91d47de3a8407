// Calls every function of its host.
import * as store from "../bindings/imports/store.js";

// There is no TextEncoder in ECMAScript.
/** @param {string} text */
const bytesOf = (text) =>
  Uint8Array.from(unescape(encodeURIComponent(text)), (c) => c.charCodeAt(0));

/** @type {import("../bindings/exports/task.js").Exports} */
export const task = {
  run(words) {
    for (const word of words) {
      store.log("info", `word ${word}`);
      const key = `k-${word}`;
      const value = bytesOf(word);
      // What it throws has the host's text as its payload, and goes on to our host.
      store.put({ key, value });
      if (String(store.get(key)) !== String(value)) throw new Error(`${key} is another`);
    }
    const cursor = new store.Cursor("k-");
    let count = 0;
    for (let key = cursor.next(); key !== null && key !== undefined; key = cursor.next()) {
      store.log("debug", key);
      count += 1;
    }
    return count;
  },
};
