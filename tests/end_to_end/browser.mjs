// node browser.mjs CHROMIUM PAGE [SCRIPT]: opens a page in a headless browser that has no network,
// evaluates SCRIPT in it, which is the body of an asynchronous function, and prints as JSON
//   {"value": ..., "problems": [...]}
// where problems are exceptions, what the page's policy refused, errors of the console, and whatever
// else than itself it wanted to load. Environment: BROWSER_DARK=1, BROWSER_WIDTH, BROWSER_SCREENSHOT.
//
// The browser is spoken to in its DevTools protocol, by pipes: messages of JSON, a 0 behind each.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [chromium, page, script] = process.argv.slice(2);
const body = script ? readFileSync(script, "utf8") : "";
const address = pathToFileURL(page).href;
const profile = mkdtempSync(join(tmpdir(), "glacis-browser-"));
const browser = spawn(chromium, [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--hide-scrollbars",
  "--host-resolver-rules=MAP * ~NOTFOUND",
  `--user-data-dir=${profile}`,
  `--window-size=${process.env.BROWSER_WIDTH ?? 1300},1000`,
  "--remote-debugging-pipe",
  "about:blank",
], { stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"] });

let said = "";
browser.stderr.on("data", (data) => (said += data));
const waiting = new Map();
const problems = [];
let is_loaded;
const loaded = new Promise((resolve) => (is_loaded = resolve));

function take_event({ method, params }) {
  if (method === "Page.loadEventFired") {
    is_loaded();
  } else if (method === "Runtime.exceptionThrown") {
    const { text, exception } = params.exceptionDetails;
    problems.push(exception?.description ?? text);
  } else if (method === "Log.entryAdded" && params.entry.level === "error") {
    problems.push(params.entry.text);
  } else if (method === "Runtime.consoleAPICalled" && params.type === "error") {
    problems.push(JSON.stringify(params.args));
  } else if (method === "Network.requestWillBeSent" && params.request.url !== address) {
    problems.push(`loads ${params.request.url}`);
  }
}

let rest = "";
browser.stdio[4].setEncoding("utf8").on("data", (data) => {
  const messages = (rest + data).split("\0");
  rest = messages.pop();
  for (const message of messages.map((text) => JSON.parse(text))) {
    if (message.id === undefined) {
      take_event(message);
    } else {
      waiting.get(message.id)(message);
    }
  }
});

let last_id = 0;
function call(method, params = {}, sessionId = undefined) {
  const id = ++last_id;
  browser.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
  return new Promise((resolve, reject) =>
    waiting.set(id, ({ result, error }) => (error ? reject(new Error(error.message)) : resolve(result)))
  );
}

/** Its processes still write to the profile while they end. */
function end(status, text) {
  if (text) console.error(text);
  browser.once("exit", () => {
    try {
      rmSync(profile, { recursive: true, force: true, maxRetries: 8, retryDelay: 100 });
    } catch (error) {
      console.error(error.message);
    }
    process.exit(status);
  });
  setTimeout(() => browser.kill("SIGKILL"), 5_000);
  call("Browser.close").catch(() => undefined);
}
browser.once("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
setTimeout(() => end(1, `the browser takes too long; it said: ${said}`), 90_000).unref();

try {
  const { targetId } = await call("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
  for (const domain of ["Page", "Runtime", "Log", "Network"]) {
    await call(`${domain}.enable`, {}, sessionId);
  }
  if (process.env.BROWSER_DARK) {
    const features = [{ name: "prefers-color-scheme", value: "dark" }];
    await call("Emulation.setEmulatedMedia", { features }, sessionId);
  }
  await call("Page.navigate", { url: address }, sessionId);
  await loaded;
  const { result, exceptionDetails } = await call("Runtime.evaluate", {
    expression: `(async () => { ${body} })()`,
    awaitPromise: true,
    returnByValue: true,
  }, sessionId);
  if (exceptionDetails) {
    problems.push(exceptionDetails.exception?.description ?? exceptionDetails.text);
  }
  if (process.env.BROWSER_SCREENSHOT) {
    const { data } = await call("Page.captureScreenshot", { captureBeyondViewport: true }, sessionId);
    writeFileSync(process.env.BROWSER_SCREENSHOT, Buffer.from(data, "base64"));
  }
  console.log(JSON.stringify({ value: result.value ?? null, problems }));
  end(0);
} catch (error) {
  end(1, `${error.message}; the browser said: ${said}`);
}
