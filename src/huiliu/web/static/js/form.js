/* A form on its own page: does the work that keeps programs away, shows what an answer asks for,
   says that it was seen. Everything it needs stands in the page; it asks no other host. */
"use strict";

/** SHA-256 of ASCII, as RFC 6234 has it: browsers hide their own from pages without TLS. */
const sha256 = (() => {
  const K = new Uint32Array(64);
  const first = [];
  for (let n = 2; first.length < 64; n += 1) if (first.every((p) => n % p)) first.push(n);
  const part = (x) => ((x - Math.floor(x)) * 4294967296) >>> 0;
  first.forEach((p, at) => { K[at] = part(Math.cbrt(p)); });
  const start = first.slice(0, 8).map((p) => part(Math.sqrt(p)));
  const w = new Uint32Array(64);
  const turn = (x, n) => (x >>> n) | (x << (32 - n));
  return (words) => {
    const n = words.length;
    const blocks = (n + 9 + 63) >> 6;
    const bytes = new Uint8Array(blocks * 64);
    for (let at = 0; at < n; at += 1) bytes[at] = words.charCodeAt(at);
    bytes[n] = 0x80;
    new DataView(bytes.buffer).setUint32(bytes.length - 4, n * 8);
    const h = new Uint32Array(start);
    for (let block = 0; block < blocks; block += 1) {
      for (let at = 0; at < 16; at += 1) {
        const from = block * 64 + at * 4;
        w[at] = (bytes[from] << 24) | (bytes[from + 1] << 16) | (bytes[from + 2] << 8) | bytes[from + 3];
      }
      for (let at = 16; at < 64; at += 1) {
        const x = w[at - 15], y = w[at - 2];
        const s0 = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
        const s1 = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
        w[at] = w[at - 16] + s0 + w[at - 7] + s1;
      }
      let [a, b, c, d, e, f, g, i] = h;
      for (let at = 0; at < 64; at += 1) {
        const t1 = (i + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[at] + w[at]) | 0;
        const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        i = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
      }
      [a, b, c, d, e, f, g, i].forEach((x, at) => { h[at] += x; });
    }
    return h;
  };
})();

/** How many bits a challenge asks for: the byte behind its format, brand and time. */
function bitsOf(challenge) {
  const plain = atob(challenge.replace(/-/g, "+").replace(/_/g, "/"));
  return plain.charCodeAt(11);
}

/** Find the number, a little at a time, so that the page stays quick. */
function work(challenge) {
  const bits = bitsOf(challenge);
  let n = 0;
  return new Promise((done) => {
    const some = () => {
      const until = performance.now() + 12;
      while (performance.now() < until) {
        for (let end = n + 64; n < end; n += 1) {
          if ((sha256(`${challenge}.${n}`)[0] >>> (32 - bits)) === 0) { done(String(n)); return; }
        }
      }
      setTimeout(some, 0);
    };
    some();
  });
}

/** Say whether an answer lets a question be shown. */
function holds(rule, form) {
  const chosen = [...form.querySelectorAll(`[name="q.${rule.question}"]`)];
  const asked = form.querySelector(`[data-question="${rule.question}"]`);
  if (asked && asked.hidden) return false;
  const values = chosen.filter((one) => one.checked).map((one) => one.value);
  if (rule.among.length) return values.some((one) => rule.among.includes(one));
  if (!values.length) return false;
  const number = Number(values[0]);
  return (rule.at_least === null || number >= rule.at_least) && (rule.at_most === null || number <= rule.at_most);
}

function follow(form) {
  const asked = [...form.querySelectorAll("[data-show-if]")];
  const look = () => asked.forEach((one) => {
    one.hidden = !holds(JSON.parse(one.dataset.showIf), form);
    one.querySelectorAll("input, textarea").forEach((field) => { field.disabled = one.hidden; });
  });
  form.addEventListener("change", look);
  look();
}

function tell(what, more) {
  if (window.parent !== window) window.parent.postMessage({ huiliu: what, ...more }, "*");
}

function start(form) {
  const proof = work(form.dataset.challenge);
  follow(form);
  let sending = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.proof.value) return;
    event.preventDefault();
    if (sending) return;
    sending = true;
    const button = form.querySelector("button[type=submit]");
    button.disabled = true;
    form.elements.proof.value = await proof;
    // Not inside this event: a form that is being submitted does not listen to that again.
    setTimeout(() => { button.disabled = false; form.requestSubmit(button); }, 0);
  });
  const said = new URLSearchParams({ challenge: form.dataset.challenge, place: form.dataset.place });
  form.querySelectorAll("input[type=hidden]").forEach((one) => {
    if (/^(me|a|utm_.*)$/.test(one.name)) said.set(one.name, one.value);
  });
  fetch(form.dataset.seen, { method: "POST", body: said, keepalive: true, credentials: "omit" }).catch(() => {});
}

document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("[data-form]");
  if (form) start(form);
  const problems = document.getElementById("problems");
  if (problems) problems.focus();
  const done = document.querySelector("[data-done]");
  if (done) {
    if (done.tabIndex === -1) done.focus();
    tell("done", { became: done.dataset.done });
  }
  if (document.querySelector("[data-framed]")) {
    const measure = () => tell("height", { height: document.documentElement.scrollHeight });
    new ResizeObserver(measure).observe(document.body);
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") tell("close", {}); });
  }
});
