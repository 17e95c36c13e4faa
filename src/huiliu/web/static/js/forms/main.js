// The builder of forms: a tree of plain values, drawn as fields; the server says what it means.
import { draw } from './parts.js';

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const apply = document.getElementById('form-apply');
const look = document.getElementById('form-look');
const source = document.getElementById('source');
const parts = document.getElementById('builder-parts');
const problemsBox = document.getElementById('builder-problems');
const known = read('form-known');
let tree = read('form-tree');
let problems = [];
let waiting = 0;
let asked = 0;

function redraw() {
  const open = new Set([...parts.querySelectorAll('details[open]')].map((one) => one.dataset.part));
  const active = document.activeElement?.dataset?.field;
  parts.replaceChildren(...draw(tree, known, parts.dataset.slug, (again) => changed(again)));
  for (const one of parts.querySelectorAll('details')) {
    one.open = open.size ? open.has(one.dataset.part) : ['basics', 'questions'].includes(one.dataset.part);
  }
  if (active) parts.querySelector(`[data-field="${CSS.escape(active)}"]`)?.focus();
  mark();
}

function mark() {
  for (const one of parts.querySelectorAll('.wrong')) one.classList.remove('wrong');
  for (const one of problems) {
    const places = [...parts.querySelectorAll('[data-path]')].filter((place) => one.path.startsWith(place.dataset.path));
    const nearest = places.sort((a, b) => b.dataset.path.length - a.dataset.path.length)[0];
    nearest?.closest('.piece, .part')?.classList.add('wrong');
  }
  const list = document.createElement('ul');
  list.className = 'problems';
  for (const one of problems) {
    const item = document.createElement('li');
    const code = document.createElement('code');
    code.textContent = one.path;
    const words = document.createElement('span');
    words.textContent = one.words;
    item.append(...(one.path ? [code] : []), words);
    list.append(item);
  }
  problemsBox.replaceChildren(...(problems.length ? [list] : []));
}

async function ask(given) {
  asked += 1;
  const mine = asked;
  const body = new URLSearchParams(given);
  const answer = await fetch('/forms/draft', {
    method: 'POST', body, headers: { 'X-CSRF-Token': apply.elements.csrf.value },
  });
  if (!answer.ok || mine !== asked) return null;
  return answer.json();
}

function show() {
  look.elements.source.value = source.value;
  look.submit();
}

/** The tree was changed by a field; `again` says that fields come or go with it. */
function changed(again) {
  if (again) redraw();
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    const said = await ask({ tree: JSON.stringify(tree) });
    if (!said) return;
    source.value = said.source;
    problems = said.problems;
    mark();
    show();
  }, 350);
}

source.addEventListener('input', () => {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    const said = await ask({ source: source.value });
    if (!said) return;
    problems = said.problems;
    if (said.tree) tree = said.tree;
    redraw();
    show();
  }, 450);
});

const tabs = [...apply.querySelectorAll('[role=tab]')];
function choose(tab) {
  for (const one of tabs) {
    const on = one === tab;
    one.setAttribute('aria-selected', String(on));
    one.tabIndex = on ? 0 : -1;
    document.getElementById(one.getAttribute('aria-controls')).hidden = !on;
  }
}
for (const tab of tabs) {
  tab.addEventListener('click', () => choose(tab));
  tab.addEventListener('keydown', (event) => {
    if (!['ArrowLeft', 'ArrowRight'].includes(event.key)) return;
    const other = tabs[(tabs.indexOf(tab) + 1) % tabs.length];
    choose(other);
    other.focus();
  });
}

redraw();
changed(false);
