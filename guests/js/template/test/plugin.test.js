import assert from "node:assert/strict";
import { test } from "node:test";

import { processor } from "../src/plugin.js";

const meta = { name: "AnalyticsEngine", version: "1.0.2", priority: 1 };

test("answers in upper case", () => {
  assert.equal(
    processor.processData("hello techbytes", meta),
    "[Processed by AnalyticsEngine v1.0.2]: HELLO TECHBYTES",
  );
});

test("refuses an empty input", () => {
  assert.throws(
    () => processor.processData("", meta),
    (error) => error === "Input cannot be empty",
  );
});
