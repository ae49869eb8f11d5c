// The findings list of the HTML report. The data stands in the page as JSON; every text of it reaches the page as text,
// never as markup. Findings are shown in pieces, so that tens of thousands of them stay quick.
(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const PIECE = 100, PRINTED = 1000;
  const SEVERITIES = ["info", "low", "medium", "high", "critical"];
  const VERDICTS = ["certain", "possible", "suppressed", "unchanged"];
  const [RULE, SEVERITY, VERDICT, FILE, LINE, COLUMN, TYPE, ADDRESS, MESSAGE, NOTE, FRAME, ORIGIN] = Array(12).keys();
  const by = (id) => document.getElementById(id);
  const form = by("filters"), list = by("list"), more = by("more"), count = by("count");
  let shown = [], drawn = 0, timer = 0;

  function element(name, className, text) {
    const out = document.createElement(name);
    if (className) out.className = className;
    if (text !== undefined) out.textContent = text;
    return out;
  }

  function rich(parent, text) {
    text.split("`").forEach((part, i) => parent.append(i & 1 ? element("code", "", part) : part));
    return parent;
  }

  function place(file, line, column) {
    return file < 0 ? "" : data.files[file] + (line ? ":" + line + ":" + column : "");
  }

  function frame(lines) {
    const out = element("pre", "frame");
    const width = String(lines[lines.length - 1][0]).length;
    for (const [number, before, marked, after] of lines) {
      out.append(element("span", "number", String(number).padStart(width) + " | "), before);
      if (marked) out.append(element("mark", "", marked));
      out.append(after + "\n");
    }
    return out;
  }

  function draw(finding) {
    const rule = data.rules[finding[RULE]];
    const item = element("li"), article = element("article", "finding");
    const head = element("h3");
    head.append(element("span", "badge " + SEVERITIES[finding[SEVERITY]], SEVERITIES[finding[SEVERITY]]));
    if (finding[VERDICT] > 0) head.append(element("span", "badge info", VERDICTS[finding[VERDICT]]));
    head.append(rule.id + " " + rule.name);
    article.append(head, element("p", "", finding[MESSAGE]));
    const where = element("p", "where");
    where.append(element("code", "", finding[ADDRESS]), " ", place(finding[FILE], finding[LINE], finding[COLUMN]));
    article.append(where);
    if (finding[NOTE]) article.append(element("p", "note", finding[NOTE]));
    if (finding[FRAME]) article.append(frame(finding[FRAME]));
    if (finding[ORIGIN]) {
      const chain = element("ol", "origin");
      for (const [what, file, line, column] of finding[ORIGIN]) {
        const step = element("li", "", what + " ");
        step.append(element("span", "where", place(file, line, column)));
        chain.append(step);
      }
      article.append(element("p", "note", "Where it comes from"), chain);
    }
    if (rule.how || rule.why) {
      const details = element("details");
      details.append(element("summary", "", "Why it matters and how to fix it"));
      if (rule.why) details.append(rich(element("p", "advice"), rule.why));
      if (rule.how) details.append(rich(element("p", "advice"), rule.how));
      article.append(details);
    }
    item.append(article);
    return item;
  }

  function drawMore(limit) {
    const piece = document.createDocumentFragment();
    const end = Math.min(shown.length, Math.max(drawn, limit));
    for (; drawn < end; ++drawn) piece.append(draw(shown[drawn]));
    list.append(piece);
    more.hidden = drawn >= shown.length;
    more.textContent = "Show " + Math.min(PIECE, shown.length - drawn) + " more of " + (shown.length - drawn);
  }

  function haystack(finding) {
    if (finding.text === undefined) {
      const rule = data.rules[finding[RULE]];
      finding.text = [rule.id, rule.name, rule.aliases, finding[MESSAGE], finding[ADDRESS], finding[NOTE],
        finding[FILE] < 0 ? "" : data.files[finding[FILE]], data.types[finding[TYPE]]].join("\n").toLowerCase();
    }
    return finding.text;
  }

  function checked(name) {
    return new Set(Array.from(form.querySelectorAll("input[name=" + name + "]:checked"), (box) => Number(box.value)));
  }

  const ORDERS = {
    severity: () => 0,
    file: (a, b) => a[FILE] - b[FILE] || a[LINE] - b[LINE] || a[COLUMN] - b[COLUMN],
    rule: (a, b) => a[RULE] - b[RULE],
  };

  function apply() {
    const severities = checked("severity"), verdicts = checked("verdict");
    const words = form.elements.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const path = form.elements.file.value.trim().toLowerCase();
    const rule = form.elements.rule.value, type = form.elements.type.value;
    shown = data.findings.filter((f) =>
      severities.has(f[SEVERITY]) && verdicts.has(f[VERDICT]) && (rule === "" || f[RULE] === Number(rule)) &&
      (type === "" || f[TYPE] === Number(type)) &&
      (path === "" || (f[FILE] >= 0 && data.files[f[FILE]].toLowerCase().includes(path))) &&
      words.every((word) => haystack(f).includes(word)));
    shown.sort(ORDERS[form.elements.order.value]);
    list.replaceChildren();
    drawn = 0;
    count.textContent = shown.length + " of " + data.findings.length + (data.findings.length === 1 ? " finding" : " findings");
    drawMore(PIECE);
  }

  function options(select, names) {
    names.map((name, i) => [name, i]).sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0)).forEach(([name, i]) => {
      const option = element("option", "", name);
      option.value = String(i);
      select.append(option);
    });
  }

  // A bar of a chart asks for what it counts.
  function pick(bar) {
    const value = bar.dataset.value;
    if (bar.dataset.filter === "severity") {
      form.querySelectorAll("input[name=severity]").forEach((box) => { box.checked = SEVERITIES[box.value] === value; });
    } else if (bar.dataset.filter === "rule") {
      form.elements.rule.value = String(data.rules.findIndex((rule) => rule.id === value));
    } else {
      form.elements.file.value = value;
    }
    apply();
    by("findings").scrollIntoView();
    count.focus();
  }

  options(form.elements.rule, data.rules.map((rule) => rule.id + " " + rule.name));
  options(form.elements.type, data.types);
  const folders = new Set(data.files.map((path) => path.slice(0, path.lastIndexOf("/") + 1)).filter(Boolean));
  Array.from(folders).sort().slice(0, 500).forEach((path) => {
    const option = element("option");
    option.value = path;
    by("folders").append(option);
  });
  const verdicts = new Set(data.findings.map((finding) => finding[VERDICT]));
  form.querySelectorAll("input[name=verdict]").forEach((box) => {
    box.parentElement.hidden = !verdicts.has(Number(box.value));
    // Where nothing else is there, the accepted ones are what people came for.
    if (verdicts.size === 1) box.checked = true;
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", apply);
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(apply, 100); });
  form.addEventListener("reset", () => setTimeout(apply, 0));
  more.addEventListener("click", () => {
    const next = drawn;
    drawMore(drawn + PIECE);
    const first = list.children[next];
    if (first) { first.tabIndex = -1; first.focus(); }
  });
  document.querySelectorAll(".bar").forEach((bar) => {
    bar.addEventListener("click", () => pick(bar));
    bar.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); pick(bar); }
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT)$/.test(event.target.tagName)) return;
    event.preventDefault();
    form.elements.search.focus();
  });
  window.addEventListener("beforeprint", () => {
    drawMore(PRINTED);
    if (drawn < shown.length) count.textContent += "; printed are the first " + drawn;
  });
  by("tools").hidden = false;
  apply();
})();
