// The journey canvas: graph, inspector and YAML of one document, kept as a draft while it is written.
import { ReactFlowProvider } from '../../vendor/flow.mjs';
import { createRoot, html, useEffect, useMemo, useRef, useState } from '../segments/react.js';
import { Icon } from '../segments/choose.js';
import { Room } from '../segments/room.js';
import { after, latest } from '../segments/server.js';
import { Grammar, put, written } from '../segments/tree.js';
import { picking, suggestions } from '../segments/words.js';
import { Yaml, showLine } from '../segments/yaml.js';
import { Desk, placeOf } from './desk.js';
import { FlowList } from './flowlist.js';
import { Graph } from './graph.js';
import { useHistory } from './history.js';
import { Inspector } from './inspector.js';
import { Chooser, Palette } from './palette.js';
import { Meanwhile, Problems, Sheet, Shortcuts } from './panels.js';
import { freeSpot, layOut, makeRoom, placeAll } from './places.js';
import { send, useSaving } from './saving.js';
import { Strip } from './strip.js';
import { ENTRY, Shape } from './shape.js';

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const narrow = matchMedia('(max-width: 820px)');
const ask = { draft: latest(), review: latest() };
const slugOf = (name) => name.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 60);

function Canvas({ language, words: given, start }) {
  const shape = useMemo(() => new Shape(language.types), []);
  const grammar = useMemo(() => new Grammar(language.operators), []);
  const words = useMemo(() => picking(given), []);
  const firstTree = start.tree ?? {};
  const history = useHistory({ tree: firstTree, positions: placeAll(shape, firstTree, start.positions), source: start.source });
  const { tree, positions, source } = history.doc;
  const saving = useSaving(start);
  const [draft, setDraft] = useState({ tree: start.tree, problems: [], sentences: {}, isFirst: true });
  const [selected, setSelected] = useState(null);
  const [isOpen, setOpen] = useState(false);
  const [opening, setOpening] = useState(null);
  const [focus, setFocus] = useState(null);
  const [choosing, setChoosing] = useState(null);
  const [view, setView] = useState('canvas');
  const [dialog, setDialog] = useState('');
  const [isWide, setWide] = useState(false);
  const [isPhone, setPhone] = useState(narrow.matches);
  const [said, setSaid] = useState('');
  const [comments, setComments] = useState(start.comments);
  const [counts, setCounts] = useState(null);
  const isSlugOwn = useRef(start.isPublished || start.revision > 0);
  const unasked = useRef(null);
  const focusPath = useRef('');
  const isBroken = draft.tree === null;

  const later = useMemo(() => ({ check: after(220, check) }), []);
  /** Asks for the other form of what was changed last, and keeps it; returns what the server told. */
  async function check(form, isSource) {
    try {
      const told = await ask.draft('/journeys/check', form);
      unasked.current = null;
      setDraft(told);
      const now = history.held.doc;
      const next = isSource && told.tree ? { ...now, tree: told.tree, positions: placeAll(shape, told.tree, now.positions) } : { ...now, source: isSource ? now.source : told.source };
      history.settle(next);
      if (history.held.past.length || saving.revision()) saving.soon(told.source, next.positions);
      return told;
    } catch (fault) {
      if (fault.name !== 'AbortError') setDraft((was) => ({ ...was, isAway: true }));
      return null;
    }
  }
  function checkSoon(form, isSource) {
    unasked.current = [form, isSource];
    later.check(form, isSource);
  }

  /** Changes the document: `more` is {positions, said, mark, focus}. */
  function change(next, more = {}) {
    if (isBroken) return;
    const placed = placeAll(shape, next, more.positions ?? history.held.doc.positions);
    history.change({ tree: next, positions: placed, source: history.held.doc.source }, more.mark);
    if (more.said) setSaid(more.said);
    if (more.focus) focusPath.current = more.focus;
    checkSoon({ tree: JSON.stringify(next) }, false);
  }
  function edit(path, value, focused = '', words_ = '', isStep = false) {
    change(put(history.held.doc.tree, path, value), { mark: isStep || focused ? '' : written(path), focus: focused.replace(/^\./, ''), said: words_ });
  }
  function type(typed) {
    history.change({ ...history.held.doc, source: typed }, 'yaml');
    checkSoon({ source: typed }, true);
  }
  function again(found, what) {
    if (!found) return;
    setSaid(window.t(what));
    // A document is brought back as its tree; where that could not be read, as it was typed.
    checkSoon({ tree: JSON.stringify(found.tree) }, false);
  }
  const undo = () => again(history.undo(), 'builder.said.undone');
  const redo = () => again(history.redo(), 'canvas.said.redone');

  const lookAt = (name, hasFocus = false, isFar = false) => setFocus({ name, hasFocus, isFar });
  function select(name, withFocus = false, part = '', path = '') {
    setSelected(name);
    setOpen(true);
    if (withFocus || part || path) setOpening({ part, path });
  }
  function close(name) {
    setSelected(null);
    setOpen(false);
    if (name !== null && !isPhone) lookAt(name, true);
  }
  function place(moved, mark = '') {
    const doc = history.held.doc;
    history.change({ ...doc, positions: { ...doc.positions, ...moved } }, mark);
    saving.soon(doc.source, { ...doc.positions, ...moved });
  }
  function addType(typeName, { at = null, path = null } = {}) {
    const doc = history.held.doc;
    const way = path ?? (at ? null : selected === null ? null : shape.firstWay(doc.tree, selected));
    const before = way ? shape.ways(doc.tree, way[0] === 'start' ? ENTRY : way[1]).find((one) => written(one.path) === written(way)) : null;
    const made = way ? shape.addAt(doc.tree, way, typeName) : shape.add(doc.tree, typeName);
    let placed = doc.positions;
    if (at) placed = { ...placed, [made.name]: freeSpot(placed, ...at) };
    else if (before?.to && placed[before.to]) {
      const spot = placed[before.to];
      placed = { ...makeRoom(placed, spot[0], downstream(doc.tree, before.to)), [made.name]: spot };
    } else if (!way) {
      const all = Object.values(placed);
      placed = { ...placed, [made.name]: freeSpot(placed, Math.max(...all.map((one) => one[0])), Math.max(...all.map((one) => one[1])) + 120) };
    }
    change(made.tree, { positions: placed, said: window.t('builder.said.added', { what: shape.byName.get(typeName)?.label ?? typeName }) });
    select(made.name, isPhone);
    lookAt(made.name, !isPhone);
  }
  function downstream(tree_, name) {
    const found = new Set([name]);
    const rest = [name];
    while (rest.length) for (const way of shape.ways(tree_, rest.pop())) if (way.to && !found.has(way.to)) { found.add(way.to); rest.push(way.to); }
    return found;
  }
  function remove(name) {
    const next = shape.into(tree, name).map((way) => way.from)[0] ?? ENTRY;
    const { [name]: _, ...left } = history.held.doc.positions;
    change(shape.remove(tree, name), { positions: left, said: window.t('canvas.said.removed', { what: name }) });
    setSelected(null);
    setOpen(false);
    if (!isPhone) lookAt(next, true);
  }
  function copy(name) {
    const made = shape.copy(tree, name);
    const [x, y] = positions[name];
    change(made.tree, { positions: { ...positions, [made.name]: freeSpot(positions, x, y + 60) }, said: window.t('builder.said.copied') });
    select(made.name);
    lookAt(made.name, !isPhone);
  }
  function rename(name, to) {
    const { [name]: at, ...left } = positions;
    change(shape.rename(tree, name, to), { positions: { ...left, [to]: at }, said: window.t('canvas.said.renamed', { to }) });
    setSelected(to);
  }
  const connect = (path, to) => { if (path) change(shape.connect(history.held.doc.tree, path, to), { said: window.t(to ? 'canvas.said.connected' : 'canvas.said.disconnected', { to }) }); };
  const reconnect = (old, path, to) => { if (path) change(shape.connect(shape.connect(tree, old, ''), path, to), { said: window.t('canvas.said.connected', { to }) }); };
  function goTo(problem) {
    const name = placeOf(problem.path, ENTRY);
    if (view === 'yaml') { showLine(problem.line); return; }
    select(name, true, '', problem.path);
    if (name !== null && !isPhone) lookAt(name, false);
  }
  function showYaml(path) {
    setView('yaml');
    const line = draft.problems.find((one) => one.path.startsWith(path))?.line ?? source.split('\n').findIndex((one) => one.trim() === `${path.replace('nodes.', '')}:`) + 1;
    setTimeout(() => showLine(line || 1), 60);
  }
  function call(locale, name) {
    const named = put(history.held.doc.tree, ['name', locale], name || undefined);
    const slug = !isSlugOwn.current && locale === 'en' ? slugOf(name) : '';
    change(slug ? put(named, ['slug'], slug) : named, { mark: `name.${locale}` });
  }
  async function comment(node, typed) {
    const { ok, told } = await send('/journeys/comments', { journey: start.draft, node, words: typed }).catch(() => ({ ok: false }));
    if (ok) setComments((now) => [...now, told]);
    return ok;
  }
  async function resolve(one, settled) {
    const { ok, told } = await send(`/journeys/comments/${one.id}/resolve`, { settled: settled ? '1' : '' }).catch(() => ({ ok: false }));
    if (ok) setComments((now) => now.map((each) => (each.id === one.id ? told : each)));
  }
  async function overlay(version) {
    if (version === '') { setCounts(null); return; }
    const answer = await fetch(`/journeys/${start.slug}/counts?${new URLSearchParams({ version })}`);
    if (answer.ok) setCounts({ version, ...(await answer.json()) });
    else setSaid(window.t('canvas.away'));
  }
  /** Keeps what was typed last before something is done with the whole document. */
  async function flush() {
    later.check.forget();
    const told = unasked.current ? await check(...unasked.current) : { source: history.held.doc.source, problems: draft.problems };
    await saving.now();
    return told;
  }
  async function publish() {
    const told = await flush();
    if (!told) { setSaid(window.t('canvas.away')); return; }
    setDialog(told.problems.length ? 'problems' : 'publish');
  }
  function apply(plan) {
    saving.stop();
    const form = document.getElementById('journey-form');
    form.elements.source.value = history.held.doc.source;
    form.elements.plan.value = plan;
    form.requestSubmit();
  }

  useEffect(() => { check({ source: start.source }, true); }, []);
  useEffect(() => {
    const onWidth = () => setPhone(narrow.matches);
    narrow.addEventListener('change', onWidth);
    return () => narrow.removeEventListener('change', onWidth);
  }, []);
  useEffect(() => {
    if (!focusPath.current) return;
    const box = document.querySelector(`.inspector [data-path="${CSS.escape(focusPath.current)}"]`);
    focusPath.current = '';
    (box?.querySelector('input, select, textarea, .group-foot button') ?? box)?.focus();
  }, [tree]);
  const keys = (event) => {
    const isTyping = event.target.closest('input, textarea, select, [contenteditable]');
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && !event.altKey) {
      if (key === 's') { event.preventDefault(); flush(); } else if (key === 'z' && !event.shiftKey && !event.target.closest('textarea.code')) { event.preventDefault(); undo(); } else if ((key === 'y' || (key === 'z' && event.shiftKey)) && !event.target.closest('textarea.code')) { event.preventDefault(); redo(); }
      return;
    }
    if (isTyping || event.target.closest('dialog')) return;
    if (event.key === '?') { event.preventDefault(); setDialog('keys'); } else if (event.key === '/') { event.preventDefault(); document.getElementById('palette-search')?.focus(); }
  };

  const targets = shape.inOrder(tree).map((name) => ({ value: name, label: `${name} · ${shape.type(tree, name)?.label ?? shape.node(tree, name).type ?? '?'}` }));
  const problems = useMemo(() => {
    const found = new Map();
    for (const one of draft.problems) found.set(one.path, [...(found.get(one.path) ?? []), one.words]);
    return found;
  }, [draft]);
  const desk = {
    language, shape, words, tree, positions, source, draft, selected, opening, focus, comments, counts, targets, isBroken, isWide,
    isSheet: isPhone, isPublished: start.isPublished, slug: start.slug, edit, change, select, close, lookAt, place, addType, remove, copy, rename,
    connect, reconnect, disconnect: (path) => connect(path, ''), goTo, showYaml, call, comment, resolve,
    callSlug: (typed) => { isSlugOwn.current = true; edit(['slug'], typed); }, widen: () => setWide(!isWide),
    pickFor: (path, at = null) => { if (!isBroken) setChoosing({ path, at }); },
  };
  const room = {
    tree, grammar, problems, edit, targets, words, comparisons: language.comparisons, suggest: suggestions,
    change: (next, path, words_) => change(next, { focus: path, said: words_ }), typeOf: (subject) => words.typeOf(subject), step() {}, keys() {},
  };
  const isCanvas = view !== 'yaml';
  return html`<${Desk.Provider} value=${desk}><${Room.Provider} value=${room}><div class="editor" onKeyDown=${keys}>
    <${Strip} ...${{ saving, history, undo, redo, view, setView, publish, overlay, start }} nProblems=${draft.problems.length} onProblems=${() => setDialog(dialog === 'problems' ? '' : 'problems')}
      onKeys=${() => setDialog('keys')} onTests=${async () => { await flush(); setDialog('tests'); }} onArrange=${() => { place(layOut(shape, tree)); setSaid(window.t('canvas.said.arranged')); }} onWhole=${() => select(null, true)} />
    <${Meanwhile} saving=${saving} others=${start.others} onDiff=${() => setDialog('diff')} onTheirs=${theirs} onMine=${() => saving.rebase(saving.newest, source, positions)} />
    ${start.refused.length > 0 && html`<div class="notice notice-bad" role="alert"><${Icon} name="alert-circle" /><div><b>${window.t('canvas.refused')}</b><ul class="plain">${start.refused.map((one) => html`<li key=${one}>${one}</li>`)}</ul></div></div>`}
    ${isBroken && html`<p class="notice notice-warn" role="alert"><${Icon} name="alert-triangle" /><span>${window.t('canvas.broken')}</span></p>`}
    ${draft.isAway && html`<p class="notice notice-warn" role="alert"><${Icon} name="cloud-off" /><span>${window.t('canvas.away')}</span></p>`}
    <div class=${`editor-body view-${view}`}>
      ${isCanvas && !isPhone && html`<${Palette} />`}
      ${isCanvas && html`<div class="editor-graph" role="group" aria-label=${window.t('canvas.graph')}>${isPhone ? html`<${FlowList} />` : html`<${ReactFlowProvider}><${Graph} /></${ReactFlowProvider}>`}</div>`}
      ${view !== 'canvas' && html`<div class="editor-yaml"><${Yaml} source=${source} onType=${type} problems=${draft.problems} /></div>`}
      ${isCanvas && (!isPhone || isOpen) && html`<${Inspector} />`}
    </div>
    ${dialog === 'problems' && html`<${Problems} onClose=${() => setDialog('')} />`}
    ${dialog === 'keys' && html`<${Shortcuts} onClose=${() => setDialog('')} />`}
    ${dialog === 'publish' && html`<${Sheet} title=${window.t('canvas.publish_title')} onClose=${() => setDialog('')} load=${(plan) => ask.review('/journeys/review', { source: history.held.doc.source, plan })} action=${{ label: window.t('canvas.publish'), act: apply }} />`}
    ${dialog === 'diff' && html`<${Sheet} title=${window.t('canvas.diff_title')} onClose=${() => setDialog('')} load=${() => ask.review('/journeys/diff', { source: history.held.doc.source, slug: start.slug })} />`}
    ${dialog === 'tests' && html`<${Sheet} title=${window.t('canvas.tests')} onClose=${() => setDialog('')} load=${() => ask.review('/journeys/tests', { source: history.held.doc.source })} />`}
    ${choosing && html`<${Chooser} title=${window.t('canvas.choose')} onClose=${() => setChoosing(null)} onPick=${(name) => addType(name, choosing)} />`}
    <p class="visually-hidden" role="status" aria-live="polite">${said}</p>
  </div></${Room.Provider}></${Desk.Provider}>`;

  async function theirs() {
    saving.stop();
    await send(`/journeys/drafts/${start.draft}/discard`, {}).catch(() => null);
    location.reload();
  }
}

const place = document.getElementById('canvas');
place.replaceChildren();
createRoot(place).render(html`<${Canvas} ...${read('canvas-data')} />`);
place.dataset.ready = 'true';
