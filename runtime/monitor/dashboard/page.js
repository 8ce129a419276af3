"use strict";
// What comes from the machine is put into the document as text only.

const every = 1000; // milliseconds between two questions
const small = 64;   // so many harts are squares without words
const at = id => document.getElementById(id);
let before = null;

function element(kind, text, className) {
  const e = document.createElement(kind);
  if (text) e.textContent = text;
  if (className) e.className = className;
  return e;
}

function number(n) {
  for (const [size, letter] of [[1e9, " G"], [1e6, " M"], [1e3, " k"]])
    if (n >= size) return (n / size).toPrecision(3) + letter;
  return n.toFixed(0);
}

const percent = x => (100 * x).toFixed(1) + " %";

// rate is what a hart did since the state before: instructions per second, and the native ones' share.
function rate(now, i) {
  const h = now.harts[i], was = before && before.harts[i];
  const seconds = before ? now.seconds - before.seconds : 0;
  if (!was || seconds <= 0) return { speed: 0, native: h.instructions ? h.native / h.instructions : 0 };
  const done = h.instructions - was.instructions;
  return { speed: done / seconds, native: done > 0 ? Math.min(1, (h.native - was.native) / done) : 0 };
}

function showHarts(now) {
  const box = at("harts");
  box.className = now.harts.length > small ? "small" : "";
  while (box.children.length > now.harts.length) box.lastChild.remove();
  let all = 0;
  now.harts.forEach((h, i) => {
    const r = rate(now, i), cell = box.children[i] || box.appendChild(element("div"));
    const words = `${i}  ${number(r.speed)}/s  ${percent(r.native)}`;
    all += r.speed;
    cell.className = "hart " + h.state;
    cell.title = `hart ${i} is ${h.state}: ${number(r.speed)} instructions/s, ${percent(r.native)} native`;
    if (cell.textContent !== words) cell.textContent = words;
  });
  at("totals").textContent = `${now.harts.length} harts, ${number(all)} instructions per second, ${now.seconds.toFixed(0)} s`;
}

function showAdvice(now) {
  const list = (now.advice || []).map(f => {
    const item = element("li");
    item.append(element("b", `${f.title}: ${f.text} `), element("span", `(${f.limit})`, f.verdict));
    const ways = element("ul");
    for (const a of f.advice || []) {
      const way = element("li");
      if (a.changes) way.append(element("code", a.changes.map(c => `--${c.option}=${c.value}`).join(" ")), " ");
      way.append(a.why);
      ways.append(way);
    }
    item.append(ways);
    return item;
  });
  at("advice").replaceChildren(...list);
  at("fine").hidden = list.length > 0;
}

function showFigures(now) {
  at("figures").replaceChildren(...(now.figures || []).map(f => {
    const row = element("tr");
    row.dataset.figure = f.name;
    const verdict = f.verdict === "told" ? "" : f.verdict + (f.why ? ": " + f.why : "");
    row.append(element("td", f.title), element("td", f.text, "n"), element("td", f.limit), element("td", verdict, f.verdict));
    return row;
  }));
}

// plot draws columns of the samples.
function plot(id, samples, columns) {
  const most = Math.max(1, ...samples.flatMap(s => columns.map(c => s[c])));
  at(id).replaceChildren(...columns.map(c => {
    const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
    line.setAttribute("class", c === "interpreted" ? "interpreted" : "native");
    line.setAttribute("points", samples.map((s, i) => `${300 * i / Math.max(1, samples.length - 1)},${78 - 76 * s[c] / most}`).join(" "));
    return line;
  }));
}

function show(now) {
  at("guest").textContent = now.guest;
  at("status").textContent = now.paused ? "paused" : "running";
  at("pause").textContent = now.paused ? "Resume" : "Pause";
  at("pause").disabled = false;
  showHarts(now);
  showAdvice(now);
  showFigures(now);
  const samples = now.samples || [];
  plot("speed", samples, ["native", "interpreted"]);
  plot("queue", samples, ["queue"]);
  const console = at("console"), follow = console.scrollTop + console.clientHeight >= console.scrollHeight - 4;
  if (console.textContent !== now.console) {
    console.textContent = now.console;
    if (follow) console.scrollTop = console.scrollHeight;
  }
  if (!before || now.seconds > before.seconds) before = now;
}

async function look() {
  try {
    const answer = await fetch("state");
    if (!answer.ok) throw new Error(await answer.text());
    show(await answer.json());
  } catch (e) {
    at("status").textContent = "the machine does not answer, or has ended";
    at("pause").disabled = true;
  }
}

at("pause").addEventListener("click", async () => {
  at("pause").disabled = true;
  try {
    await fetch(at("pause").textContent === "Resume" ? "resume" : "pause", { method: "POST" });
  } finally {
    await look();
  }
});

(async () => {
  for (;;) {
    await look();
    await new Promise(done => setTimeout(done, every));
  }
})();
