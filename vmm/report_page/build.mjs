// Sources -> one page: node build.mjs OUTPUT.html, in the folder that has node_modules.
//
// The page may run this script and use this style sheet, by their digests, and nothing else: what a
// campaign's names hold cannot become either.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { buildSync } from "esbuild";

const [output] = process.argv.slice(2);

try {
  execFileSync("node_modules/.bin/tsc", ["--project", "tsconfig.json"], { stdio: "inherit" });
} catch {
  process.exit(1); // it has said why
}

function bundle(entry) {
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    legalComments: "inline",
    write: false,
  });
  return outputFiles[0].text.trim();
}

const digest = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const script = bundle("src/main.ts");
const style = bundle("page.css");
for (const text of [script, style]) {
  if (/<\/(script|style)|<!--|\{\{\w+\}\}/i.test(text)) {
    throw new Error("the bundle holds what would end its element or looks like a place of the page");
  }
}
const policy =
  `default-src 'none'; script-src ${digest(script)}; style-src ${digest(style)}; ` +
  "base-uri 'none'; form-action 'none'";
const licences = ["chart.js", "@kurkle/color"]
  .map((name) => `${name}: ${readFileSync(`node_modules/${name}/LICENSE.md`, "utf8").trim()}`)
  .join("\n\n");
const places = { licences, policy, script, style };
const page = readFileSync("page.html", "utf8").replace(
  /\{\{(licences|policy|script|style)\}\}/g,
  (_, name) => places[name],
);
writeFileSync(output, page);
