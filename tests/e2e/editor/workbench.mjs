// A real workbench that a test talks to: one JSON request a line on standard input, one answer a line on standard output.
//
//   node workbench.mjs INSTALL
//
// INSTALL holds code-server and puppeteer-core. A request is {"do": NAME, ...}, its answer {"ok": VALUE} or {"error": TEXT}; `operations`
// below are the names. workbench.py is the other end. The server, the browser and the scratch directory go when the input ends.
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import readline from "node:readline";

const install = path.resolve(process.argv[2]);
const puppeteer = createRequire(path.join(install, "package.json"))("puppeteer-core");
const entry = path.join(install, "node_modules/code-server/out/node/entry.js");
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "assay-workbench-"));
const MARKS = ".squiggly-error, .squiggly-warning, .squiggly-info, .squiggly-hint";
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
let server, browser, page, root;

async function until(what, check, seconds = 30) {
  for (const end = Date.now() + seconds * 1000; ; ) {
    const found = await check();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await sleep(50);
  }
}

function freePort() {
  return new Promise((done, fail) => {
    const probe = net.createServer().once("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

async function press(chord) {
  const names = chord.split("+");
  const last = names.pop();
  for (const name of names) await page.keyboard.down(name);
  await page.keyboard.press(last);
  for (const name of names.reverse()) await page.keyboard.up(name);
}

const INPUT = ".quick-input-widget:not([style*='display: none']) input[type=text]";

// Types into the box that is open and takes what it shows first.
async function enter(text, wait = 350) {
  await page.waitForSelector(INPUT, { visible: true, timeout: 15_000 });
  await page.keyboard.type(text);
  await sleep(wait);
  await press("Enter");
  await sleep(150);
}

async function focusEditor() {
  // Notifications and lists may have the keyboard.
  await press("Control+1");
  await sleep(100);
}

// In the page: each mark in the editor that has the focus, as line, columns and class.
function readMarks(selector) {
  const editor = [...document.querySelectorAll(".editor-instance .monaco-editor")].find((one) => one.querySelector(".view-line") && one.offsetParent);
  if (!editor) return [];
  const lineAt = new Map();
  for (const row of editor.querySelectorAll(".margin-view-overlays > div")) {
    const number = row.querySelector(".line-numbers")?.textContent;
    if (number) lineAt.set(Math.round(row.getBoundingClientRect().top), Number(number));
  }
  const textAt = new Map();
  for (const row of editor.querySelectorAll(".view-lines > .view-line")) textAt.set(Math.round(row.getBoundingClientRect().top), row);
  const columnOf = (row, x) => {
    const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    let column = 1;
    let best = { distance: Infinity, column: 1 };
    const consider = (left, at) => {
      const distance = Math.abs(left - x);
      if (distance < best.distance) best = { distance, column: at };
    };
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      for (let i = 0; i < node.length; ++i, ++column) {
        range.setStart(node, i);
        range.setEnd(node, i + 1);
        const box = range.getBoundingClientRect();
        consider(box.left, column);
        consider(box.right, column + 1);
      }
    }
    return best.distance < 2 ? best.column : null;
  };
  const out = [];
  for (const mark of editor.querySelectorAll(selector)) {
    const box = mark.getBoundingClientRect();
    const top = Math.round(mark.parentElement.getBoundingClientRect().top);
    const row = textAt.get(top);
    if (!row || box.width === 0) continue;
    const kind = [...mark.classList].find((one) => one.startsWith("squiggly-"))?.slice("squiggly-".length);
    out.push({ line: lineAt.get(top), column: columnOf(row, box.left), end: columnOf(row, box.right), kind });
  }
  return out.sort((a, b) => a.line - b.line || a.column - b.column || a.end - b.end);
}

const operations = {
  // {folder, vsix: [], settings: {}, trusted}: the folder is opened in place. Answers with the time to the first editor.
  async start({ folder, vsix, settings, trusted = true }) {
    root = folder;
    fs.mkdirSync(path.join(scratch, "user/User"), { recursive: true });
    fs.writeFileSync(path.join(scratch, "user/User/settings.json"), JSON.stringify({
      "telemetry.telemetryLevel": "off", "workbench.startupEditor": "none", "workbench.tips.enabled": false, "files.autoSave": "off",
      "editor.autoClosingBrackets": "never", "editor.autoClosingQuotes": "never", "editor.autoIndent": "none", "editor.quickSuggestions": false,
      "editor.suggestOnTriggerCharacters": false, "editor.lightbulb.enabled": "off", "editor.minimap.enabled": false, "editor.occurrencesHighlight": "off",
      "editor.hover.delay": 100, "git.enabled": false, "extensions.ignoreRecommendations": true, "window.restoreWindows": "none",
      "security.workspace.trust.startupPrompt": "never", "security.workspace.trust.banner": "never", ...settings,
    }));
    const nowhere = "http://127.0.0.1:9";
    const env = {
      ...process.env, EXTENSIONS_GALLERY: JSON.stringify({ serviceUrl: nowhere, itemUrl: nowhere }), CS_DISABLE_GETTING_STARTED_OVERRIDE: "1",
      XDG_CONFIG_HOME: path.join(scratch, "config"), XDG_DATA_HOME: path.join(scratch, "data"),
    };
    const common = [entry, "--user-data-dir", path.join(scratch, "user"), "--extensions-dir", path.join(scratch, "extensions")];
    for (const one of vsix) {
      const done = spawnSync(process.execPath, [...common, "--install-extension", path.resolve(one)], { env, encoding: "utf8" });
      if (done.status !== 0) throw new Error(`${one}: ${done.stdout}${done.stderr}`);
    }
    const port = await freePort();
    const log = fs.openSync(path.join(scratch, "server.log"), "w");
    server = spawn(process.execPath, [...common, "--bind-addr", `127.0.0.1:${port}`, "--auth", "none", "--disable-telemetry", "--disable-update-check",
      ...(trusted ? ["--disable-workspace-trust"] : []), folder], { env, detached: true, stdio: ["ignore", log, log] });
    await until("code-server", () => fetch(`http://127.0.0.1:${port}/healthz`).then((answer) => answer.ok, () => false), 60);
    const chromium = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((one) => fs.existsSync(one));
    browser = await puppeteer.launch({
      executablePath: chromium, headless: true,
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-color-profile=srgb", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"],
    });
    page = await browser.newPage();
    await page.setViewport({ width: 1280, height: 860 });
    await page.goto(`http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}`, { waitUntil: "domcontentloaded" });
    await page.waitForSelector(".monaco-workbench .part.statusbar", { timeout: 90_000 });
    await sleep(1500);
    return true;
  },

  // {file}: relative to the folder.
  async open({ file }) {
    const name = path.basename(file);
    const active = () => page.evaluate(() => document.querySelector(".part.editor .tab.active .label-name")?.textContent ?? "");
    for (let tries = 0, done = false; !done; ++tries) {
      if (tries === 3) throw new Error(`${file} could not be opened; open is "${await active()}"`);
      await press("Control+p");
      await page.waitForSelector(INPUT, { visible: true, timeout: 15_000 });
      await page.keyboard.type(path.join(root, file)); // code-server as it is installed has no file search; a whole path needs none
      const first = ".quick-input-list .monaco-list-row .label-name";
      done = await until(`${file} in the list`, () => page.$$eval(first, (all, wanted) => all[0]?.textContent === wanted, name), 10).then(() => true, () => false);
      await press(done ? "Enter" : "Escape");
      done = done && await until(`${file} is open`, async () => (await active()) === name, 5).then(() => true, () => false);
    }
    await until("the box is gone", async () => !(await page.$(INPUT).then((box) => box?.isVisible())), 5);
    await until("lines", () => page.$(".editor-instance .view-lines .view-line"));
    await focusEditor();
    return true;
  },

  async command({ name }) {
    await press("F1");
    await page.waitForSelector(INPUT, { visible: true, timeout: 15_000 });
    await page.keyboard.type(name);
    // The list starts with what was used last: the one with the whole name is meant.
    const row = await until(`"${name}" in the list`, async () => {
      for (const one of await page.$$(".quick-input-list .monaco-list-row")) {
        const label = await one.$eval(".label-name", (element) => element.textContent).catch(() => "");
        if (label === name || label === `${name}...` || label.endsWith(`: ${name}`)) return one;
      }
      return null;
    }, 10);
    await row.click();
    await sleep(150);
    return true;
  },

  async press({ keys }) {
    await press(keys);
    await sleep(100);
    return true;
  },

  async type({ text }) {
    await page.keyboard.type(text);
    return true;
  },

  // {text, wait}: into the box that is open.
  async enter({ text, wait }) {
    await enter(text, wait);
    return true;
  },

  // The labels of the list that is open.
  async choices() {
    await page.waitForSelector(INPUT, { visible: true, timeout: 15_000 });
    await sleep(500);
    return page.$$eval(".quick-input-list .monaco-list-row", (rows) => rows.map((row) => row.querySelector(".label-name")?.textContent ?? row.textContent));
  },

  async go({ line, column }) {
    await focusEditor();
    await press("Control+g");
    await enter(`${line}:${column}`, 150);
    return true;
  },

  // {line, column, end, text}: replaces a part of a line as if it were selected and typed over.
  async replace({ line, column, end, text }) {
    await operations.go({ line, column });
    await page.keyboard.down("Shift");
    for (let i = column; i < end; ++i) await page.keyboard.press("ArrowRight");
    await page.keyboard.up("Shift");
    if (text) await page.keyboard.type(text);
    else await press("Delete");
    return true;
  },

  async marks() {
    return page.evaluate(readMarks, MARKS);
  },

  // {line}: what is shown in a line of the editor, hints included.
  async line({ line }) {
    return page.evaluate((wanted) => {
      const number = [...document.querySelectorAll(".editor-instance .line-numbers")].find((one) => one.textContent === String(wanted));
      const top = number && Math.round(number.parentElement.getBoundingClientRect().top);
      const row = [...document.querySelectorAll(".editor-instance .view-line")].find((one) => Math.round(one.getBoundingClientRect().top) === top);
      return row?.textContent.replace(/[\u200b-\u200f\u2060]/g, "").replace(/\s/g, " ") ?? null;
    }, line);
  },

  // {key, kind}: presses a key and says how many milliseconds later the number of marks is another one, by the clock of the page.
  async measure({ keys }) {
    await page.evaluate((selector) => {
      const count = () => document.querySelectorAll(selector).length;
      const before = count();
      window.assayMeasured = new Promise((done) => {
        let begin;
        window.addEventListener("keydown", () => { begin ??= performance.now(); }, { capture: true, once: true });
        const look = () => {
          if (begin !== undefined && count() !== before) done(performance.now() - begin);
          else if (begin !== undefined && performance.now() - begin > 15000) done(null);
          else requestAnimationFrame(look);
        };
        look();
      });
    }, MARKS);
    await press(keys);
    return page.evaluate(() => window.assayMeasured);
  },

  // {line, column}: the text of the hover there.
  async hover({ line, column }) {
    await operations.go({ line, column });
    await press("Control+k");
    await press("Control+i");
    const rows = ".monaco-hover:not(.hidden) .hover-row-contents";
    await page.waitForSelector(rows, { visible: true, timeout: 10_000 });
    await sleep(600); // more than one provider fills it
    return page.$$eval(rows, (all) => all.map((row) => row.innerText.trim()).filter(Boolean).join("\n"));
  },

  // {line, column, choose}: the quick fixes there; takes the one that starts with `choose`.
  async fixes({ line, column, choose }) {
    const rows = ".action-widget .monaco-list-row.action";
    for (let tries = 0; ; ++tries) {
      await operations.go({ line, column });
      await press("Control+.");
      // Diagnostics that come just then make the workbench forget that it was asked.
      if (await page.waitForSelector(rows, { visible: true, timeout: 5_000 }).catch(() => null)) break;
      if (tries === 3) throw new Error(`no quick fixes at ${line}:${column}`);
      process.stderr.write(`workbench: quick fixes at ${line}:${column} are asked for again\n`);
    }
    await sleep(400);
    const offered = await page.$$eval(rows, (all) => all.map((row) => row.innerText.trim()));
    if (choose === undefined) return offered;
    const at = offered.findIndex((one) => one.startsWith(choose));
    if (at < 0) throw new Error(`"${choose}" is not among ${JSON.stringify(offered)}`);
    const handles = await page.$$(rows);
    await handles[at].click();
    await sleep(300);
    return offered;
  },

  async save() {
    await focusEditor();
    await press("Control+s");
    await until("saved", async () => !(await page.$(".tab.active.dirty")), 10);
    return true;
  },

  // Texts of an item of the status bar, by the start of its id or label.
  async status({ name }) {
    return page.$$eval(".statusbar-item", (all, wanted) => all.filter((one) => one.id.startsWith(wanted)).map((one) => one.textContent.trim()), name);
  },

  async click({ selector }) {
    await page.click(selector);
    await sleep(200);
    return true;
  },

  // Rows of a tree: level, label and description.
  async tree({ selector }) {
    return page.$$eval(`${selector} .monaco-list-row`, (rows) => rows.map((row) => ({
      level: Number(row.getAttribute("aria-level")),
      label: row.querySelector(".label-name")?.textContent ?? row.textContent,
      description: row.querySelector(".label-description")?.textContent ?? "",
    })));
  },

  // {selector, label}: clicks the row of a tree.
  async row({ selector, label }) {
    for (const one of await page.$$(`${selector} .monaco-list-row`)) {
      const text = await one.$eval(".label-name", (element) => element.textContent).catch(() => "");
      if (text !== label) continue;
      await (await one.$(".label-name")).click();
      await sleep(200);
      return true;
    }
    throw new Error(`there is no row "${label}"`);
  },

  // The text of the page in a panel beside the editor, once it holds `part`.
  async panel({ part }) {
    return until(`a panel with "${part}"`, async () => {
      for (const frame of page.frames()) {
        const text = await frame.evaluate(() => document.body?.innerText ?? "").catch(() => "");
        if (frame !== page.mainFrame() && text.includes(part)) return text;
      }
      return null;
    }, 20);
  },

  async text({ selector }) {
    return page.$$eval(selector, (all) => all.map((one) => one.innerText.trim()));
  },

  // {file, clip}: a picture of the window, or of a part of it.
  async picture({ file, clip }) {
    await page.screenshot({ path: file, captureBeyondViewport: false, ...(clip ? { clip } : {}) }); // else the window changes its size
    return true;
  },

  // {settings}: those of the folder from now on, written in an editor: without its native module the server watches no files.
  async settings({ settings }) {
    const text = JSON.stringify(settings);
    await operations.open({ file: ".vscode/settings.json" });
    await press("Control+a");
    await press("Delete"); // a bracket typed over a selection would be put around it
    await page.keyboard.type(text);
    await operations.save();
    await until("the settings are written", () => fs.readFileSync(path.join(root, ".vscode/settings.json"), "utf8").trim() === text, 10);
    return true;
  },

  async size({ width, height, scale = 1 }) {
    await page.setViewport({ width, height, deviceScaleFactor: scale });
    await sleep(400);
    return true;
  },

  // Every log of the extension host and of output channels, by name.
  async logs() {
    const out = {};
    const walk = (folder) => {
      for (const one of fs.readdirSync(folder, { withFileTypes: true })) {
        const full = path.join(folder, one.name);
        if (one.isDirectory()) walk(full);
        else if (/^(remoteexthost|\d+-.*)\.log$/.test(one.name)) out[one.name] = fs.readFileSync(full, "utf8");
      }
    };
    if (fs.existsSync(path.join(scratch, "user/logs"))) walk(path.join(scratch, "user/logs"));
    return out;
  },
};

async function end() {
  await browser?.close().catch(() => {});
  if (server?.pid) {
    try {
      process.kill(-server.pid, "SIGTERM"); // its group, which `detached` made
    } catch {
      // it has ended
    }
  }
  await sleep(300);
  fs.rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  process.exit(0);
}

process.stdout.on("error", () => {}); // who asked has gone: the input ends, too
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => void end());
for await (const line of readline.createInterface({ input: process.stdin })) {
  let answer;
  try {
    const request = JSON.parse(line);
    answer = { ok: await operations[request.do](request) };
  } catch (problem) {
    answer = { error: String(problem?.stack ?? problem) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
await end();
