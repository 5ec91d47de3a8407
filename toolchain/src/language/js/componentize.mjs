// node --input-type=module -e THIS WIT WORLD MODULE OUTPUT none|p2: runs in the plugin's folder.
import { readFile, writeFile } from "node:fs/promises";
import { componentize } from "componentize-qjs";

const [witPath, world, jsPath, output, wasi] = process.argv.slice(1);
try {
  const { component } = await componentize({
    witPath,
    world,
    jsPath,
    jsSource: await readFile(jsPath, "utf8"),
    moduleRoot: process.cwd(),
    stubWasi: wasi === "none",
    // Without the Component Model's async functions, which hosts would have to know.
    sync: true,
    optSize: true,
  });
  await writeFile(output, component);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
