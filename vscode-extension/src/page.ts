// The page of a rule, as `assay explain` prints it, as HTML. No script runs in it, nothing is loaded.

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
}

/** `code` in backticks. */
function inline(text: string): string {
  return escaped(text).replace(/`([^`]+)`/g, "<code>$1</code>");
}

export interface Block {
  kind: "heading" | "text" | "code" | "facts";
  lines: string[];
}

const HEADING = /^(What it does|Why it matters|How to fix|Fix, .*|Flagged \(.*\)|Fine \(.*\)|Logic \(.*\))$/;
const FACT = /^(Judges|Formats|Precision|CWE|Tags|Also known as|Controls|Source|Suppress): /;

/** The lines behind the title. */
export function blocksOf(lines: readonly string[]): Block[] {
  const out: Block[] = [];
  const add = (kind: Block["kind"], line: string): void => {
    const last = out[out.length - 1];
    if (last && last.kind === kind && kind !== "heading") last.lines.push(line);
    else out.push({ kind, lines: [line] });
  };
  let inCode = false;
  lines.forEach((line, i) => {
    const previous = lines[i - 1] ?? "";
    if (HEADING.test(line) && previous === "") {
      add("heading", line);
      inCode = /^(Flagged|Fine|Logic|Fix)/.test(line);
    } else if (inCode && (line === "" || line.startsWith("  "))) {
      add("code", line.slice(2));
    } else {
      inCode = false;
      add(FACT.test(line) && (previous === "" || FACT.test(previous)) ? "facts" : "text", line);
    }
  });
  return out;
}

function trimmed(lines: readonly string[]): string[] {
  const text = lines.join("\n").replace(/^\n+|\n+$/g, "");
  return text === "" ? [] : text.split("\n");
}

function htmlOf(block: Block): string {
  const lines = trimmed(block.lines);
  if (lines.length === 0) return "";
  switch (block.kind) {
    case "heading":
      return `<h2>${inline(lines.join(" "))}</h2>`;
    case "code":
      return `<pre>${escaped(lines.join("\n"))}</pre>`;
    case "text":
      return lines
        .join("\n")
        .split(/\n{2,}/)
        .map((one) => `<p>${inline(one)}</p>`)
        .join("\n");
    case "facts": {
      const rows = lines.filter(Boolean).map((line) => {
        const cut = line.indexOf(": ");
        const values = line.slice(cut + 2).split("; ").map(inline).join("<br>");
        return `<tr><th>${inline(line.slice(0, cut))}</th><td>${values}</td></tr>`;
      });
      return `<table>${rows.join("")}</table>`;
    }
  }
}

const STYLE = `
body { max-width: 52rem; margin: 0 auto; padding: 1rem 1.5rem 3rem; line-height: 1.55; }
h1 { font-size: 1.5em; margin: .6em 0 .2em; }
h2 { font-size: 1.1em; margin: 1.6em 0 .4em; padding-bottom: .2em; border-bottom: 1px solid var(--vscode-panel-border, #8884); }
.id { color: var(--vscode-descriptionForeground); margin: 0; }
.level { border-radius: 3px; padding: .1em .5em; margin-left: .5em; color: #fff; font-size: .85em; }
.critical, .high { background: #b3261e; } .medium { background: #8f5a00; } .low { background: #28628f; } .info { background: #5a5f66; }
code, pre { font-family: var(--vscode-editor-font-family, monospace); font-size: .95em; }
code { background: var(--vscode-textCodeBlock-background, #8881); padding: .05em .3em; border-radius: 3px; }
pre { background: var(--vscode-textCodeBlock-background, #8881); padding: .7em 1em; border-radius: 4px; overflow-x: auto; margin: .4em 0; }
th { text-align: left; vertical-align: top; padding: .2em 1.2em .2em 0; font-weight: normal; white-space: nowrap; color: var(--vscode-descriptionForeground); }
td { padding: .2em 0; }`;

export interface Page {
  title: string;
  html: string;
}

/** `text` is what `assay explain` printed: "ID name  (severity)", an empty line, the title, and the sections. */
export function pageOf(text: string, nonce: string): Page {
  const lines = text.replace(/\r\n/g, "\n").split("\n");
  const first = /^(\S+) (\S+) +\(([a-z]+)\)/.exec(lines[0] ?? "");
  const title = lines[2] ?? "";
  const rest = lines.slice(3);
  const head = first
    ? `<p class="id">${escaped(`${first[1] ?? ""} ${first[2] ?? ""}`)}<span class="level ${escaped(first[3] ?? "")}">${escaped(first[3] ?? "")}</span></p>`
    : `<p class="id">${escaped(lines[0] ?? "")}</p>`;
  const body = blocksOf(rest).map(htmlOf).filter(Boolean).join("\n");
  return {
    title: first ? `${first[1] ?? ""} ${first[2] ?? ""}` : "Assay",
    html: `<!DOCTYPE html>
<html lang="en"><head><meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'">
<style nonce="${nonce}">${STYLE}</style><title>${escaped(title)}</title></head>
<body>${head}
<h1>${inline(title)}</h1>
${body}
</body></html>`,
  };
}
