// What lies around the canvas: problems, keys, what was said by others, and publishing.
import { html, useContext, useEffect, useRef, useState } from '../segments/react.js';
import { Icon } from '../segments/choose.js';
import { Desk } from './desk.js';

/** Everything that keeps the journey from running; each line leads to its node and field. */
export function Problems({ onClose }) {
  const { draft, goTo } = useContext(Desk);
  return html`<section class="problem-panel" aria-label=${window.t('canvas.problems')}>
    <header><h2>${window.t('canvas.problems')}</h2><span class="pill pill-bad">${draft.problems.length}</span>
      <button type="button" class="tool" aria-label=${window.t('canvas.close')} onClick=${onClose}><${Icon} name="x" /></button></header>
    <ul>${draft.problems.map((one, n) => html`<li key=${n}><button type="button" onClick=${() => goTo(one)}><${Icon} name="alert-circle" />
      <span>${one.words}</span><code>${one.path || '–'}</code>${one.line > 0 && html`<small>${window.t('builder.line', { n: one.line })}</small>`}</button></li>`)}</ul>
    ${!draft.problems.length && html`<p class="muted">${window.t('canvas.no_problems')}</p>`}
  </section>`;
}

const KEYS = [
  ['Tab', 'tab'], ['← → ↑ ↓', 'arrows'], ['Enter', 'enter'], ['A', 'add'], ['C', 'connect'], ['M', 'comment'], ['Del', 'delete'],
  ['Ctrl D', 'copy'], ['Shift ← → ↑ ↓', 'move'], ['0', 'fit'], ['Ctrl Z', 'undo'], ['Ctrl Y', 'redo'], ['Ctrl S', 'save'], ['/', 'search'], ['Esc', 'escape'], ['?', 'help'],
];

/** Every key that does something. */
export function Shortcuts({ onClose }) {
  const box = useRef(null);
  useEffect(() => { box.current.showModal(); }, []);
  return html`<dialog class="review shortcuts" ref=${box} aria-labelledby="keys-title" onClose=${onClose}>
    <h2 id="keys-title">${window.t('canvas.keys')}</h2>
    <dl>${KEYS.map(([key, word]) => html`<div key=${word}><dt>${key.split(' ').map((one) => html`<kbd key=${one}>${one}</kbd>`)}</dt><dd>${window.t(`canvas.key.${word}`)}</dd></div>`)}</dl>
    <div class="form-end"><button type="button" class="btn" onClick=${() => box.current.close()}>${window.t('canvas.close')}</button></div>
  </dialog>`;
}

/** What others did meanwhile, and what can be done about it. */
export function Meanwhile({ saving, onDiff, onTheirs, onMine, others }) {
  if (saving.word === 'elsewhere') {
    return html`<p class="notice notice-warn" role="alert"><${Icon} name="alert-triangle" /><span>${window.t('canvas.elsewhere')}</span>
      <button type="button" class="btn btn-small" onClick=${() => location.reload()}>${window.t('canvas.load_other')}</button>
      <button type="button" class="btn btn-small" onClick=${saving.force}>${window.t('canvas.keep_this')}</button></p>`;
  }
  if (saving.isLate) {
    return html`<p class="notice notice-warn" role="alert"><${Icon} name="alert-triangle" /><span>${window.t('canvas.late', { version: saving.newest, who: saving.newestBy })}</span>
      <button type="button" class="btn btn-small" onClick=${onDiff}>${window.t('canvas.show_diff')}</button>
      <button type="button" class="btn btn-small" onClick=${onTheirs}>${window.t('canvas.take_theirs')}</button>
      <button type="button" class="btn btn-small" onClick=${onMine}>${window.t('canvas.keep_mine')}</button></p>`;
  }
  return others.length > 0 && html`<p class="notice notice-info"><${Icon} name="users" /><span>${window.t('canvas.others', { who: others.map((one) => one.who).join(', ') })}</span></p>`;
}

/** A page of the server in a dialog: what publishing would do, or what differs; a form in it is asked anew when it changes. */
export function Sheet({ title, load, onClose, action }) {
  const box = useRef(null);
  const inside = useRef(null);
  const [page, setPage] = useState({ state: 'busy' });
  const ask = (plan) => load(plan).then((words) => setPage({ state: 'known', words }), (fault) => { if (fault.name !== 'AbortError') setPage({ state: 'away' }); });
  useEffect(() => { box.current.showModal(); ask(''); }, []);
  useEffect(() => {
    const form = inside.current;
    if (!form) return undefined;
    const changed = (event) => { if (event.target.closest('[data-plan]')) ask(planOf(box.current)); };
    form.addEventListener('change', changed);
    return () => form.removeEventListener('change', changed);
  }, [page.state]);
  return html`<dialog class="review" ref=${box} aria-labelledby="sheet-title" onClose=${onClose}>
    <h2 id="sheet-title">${title}</h2>
    ${page.state === 'busy' && html`<div class="loading" role="status"><span class="spinner" aria-hidden="true"></span>${window.t('builder.loading')}</div>`}
    ${page.state === 'away' && html`<p class="notice notice-warn" role="alert"><${Icon} name="alert-triangle" /><span>${window.t('canvas.away')}</span></p>`}
    ${page.state === 'known' && html`<div class="review-in" ref=${inside} dangerouslySetInnerHTML=${{ __html: page.words }} />`}
    <div class="form-end"><button type="button" class="btn" onClick=${() => box.current.close()}>${window.t('builder.back')}</button>
      ${action && html`<button type="button" class="btn btn-primary" disabled=${page.state !== 'known'} onClick=${() => action.act(planOf(box.current))}><${Icon} name="rocket" />${action.label}</button>`}</div>
  </dialog>`;
}

/** What the dialog's form says of the people in flight, as JSON. */
function planOf(box) {
  const form = box.querySelector('[data-plan]');
  return form ? JSON.stringify(Object.fromEntries(new FormData(form))) : '';
}
