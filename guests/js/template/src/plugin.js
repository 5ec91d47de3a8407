/** @type {import("../bindings/exports/processor.js").Exports} */
export const processor = {
  // What is thrown is the contract's error.
  processData(input, meta) {
    if (input === "") throw "Input cannot be empty";
    return `[Processed by ${meta.name} v${meta.version}]: ${input.toUpperCase()}`;
  },
};
