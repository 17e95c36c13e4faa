// The segment builder: rows and YAML of one document side by side, counted while it is written.
import { createRoot, html, useEffect, useMemo, useRef, useState } from './react.js';
import { Icon } from './choose.js';
import { Root } from './rows.js';
import { Room } from './room.js';
import { after, latest } from './server.js';
import { Grammar, nextPlace, put } from './tree.js';
import { picking, suggestions } from './words.js';
import { Yaml, showLine } from './yaml.js';

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const number = new Intl.NumberFormat('en-US');
const MOST_UNDONE = 60;
const ask = { draft: latest(), count: latest(), behind: latest(), review: latest() };

function Builder({ language, words, start, isNew }) {
  const [tree, setTree] = useState(start.tree);
  const [source, setSource] = useState(start.source);
  const [draft, setDraft] = useState(start);
  const [count, setCount] = useState({ state: 'busy' });
  const [view, setView] = useState(matchMedia('(min-width: 1180px)').matches ? 'both' : 'rows');
  const [said, setSaid] = useState('');
  const [review, setReview] = useState(null);
  const past = useRef([]);
  const focus = useRef('');
  // What was changed and not yet answered.
  const unasked = useRef(null);
  const isSlugOwn = useRef(!isNew);
  const grammar = useMemo(() => new Grammar(language.operators), []);
  const pickers = useMemo(() => picking(words), []);

  const problems = useMemo(() => {
    const found = new Map();
    for (const one of draft.problems) found.set(one.path, [...(found.get(one.path) ?? []), one.words]);
    return found;
  }, [draft]);

  const later = useMemo(() => ({
    // One wait for both sides: whichever was changed last is what counts.
    check: after(220, check), count: after(250, counted), behind: after(700, behind),
  }), []);

  /** Asks for the other side of what was changed last; returns it, or nothing where that failed. */
  async function check(form, isSource) {
    try {
      const told = await ask.draft('/segments/draft', form);
      unasked.current = null;
      setDraft(told);
      if (isSource) { if (told.tree) setTree(told.tree); } else setSource(told.source);
      if (told.problems.length) { setCount({ state: 'bad' }); document.getElementById('behind').dataset.old = ''; }
      else later.count(told.source);
      return told;
    } catch (fault) {
      if (fault.name !== 'AbortError') setCount({ state: 'away' });
      return null;
    }
  }
  function checkSoon(form, isSource) {
    unasked.current = [form, isSource];
    later.check(form, isSource);
  }
  async function counted(written) {
    setCount((now) => ({ ...now, state: 'busy' }));
    try {
      const told = await ask.count('/segments/count', { source: written });
      setCount(told.is_away ? { state: 'away' } : { state: 'known', ...told });
      if (!told.is_away) later.behind(written);
    } catch (fault) {
      if (fault.name !== 'AbortError') setCount({ state: 'away' });
    }
  }
  async function behind(written) {
    const box = document.getElementById('behind');
    box.setAttribute('aria-busy', 'true');
    delete box.dataset.old;
    try {
      box.innerHTML = await ask.behind('/segments/behind', { source: written });
    } catch (fault) {
      if (fault.name === 'AbortError') return;
      box.replaceChildren(window.t('builder.away'));
    }
    box.removeAttribute('aria-busy');
  }

  function change(next, path = '', words = '') {
    past.current = [...past.current.slice(-MOST_UNDONE), tree];
    focus.current = path;
    setTree(next);
    setSaid(words);
    checkSoon({ tree: JSON.stringify(next) }, false);
  }
  function edit(path, value, focused = '') {
    change(put(tree, path, value), focused);
  }
  function type(written) {
    past.current = [...past.current.slice(-MOST_UNDONE), tree];
    setSource(written);
    checkSoon({ source: written }, true);
  }
  function undo() {
    const before = past.current.pop();
    if (before === undefined) return;
    setTree(before);
    setSaid(window.t('builder.said.undone'));
    checkSoon({ tree: JSON.stringify(before) }, false);
  }
  function step(path, way) {
    const to = nextPlace(tree, grammar, path, way);
    if (to) change(grammar.move(tree, path, to), '#moved', window.t('builder.said.moved'));
  }
  function keys(event, path) {
    const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (way && event.altKey && path.length > 1) { event.preventDefault(); step(path, way); }
  }
  function call(locale, name) {
    const named = put(tree, ['name', locale], name || undefined);
    const slug = !isSlugOwn.current && locale === 'en' ? slugOf(name) : '';
    change(slug ? put(named, ['slug'], slug) : named);
  }
  async function look(event) {
    event.preventDefault();
    setReview({ state: 'busy' });
    // Nothing that was just typed may be missing in what is reviewed and applied.
    later.check.forget();
    const told = unasked.current ? await check(...unasked.current) : { source, problems: [] };
    if (!told || told.problems.length) {
      setReview(told ? null : { state: 'away' });
      return;
    }
    try {
      const page = await ask.review('/segments/review', { source: told.source });
      setReview({ state: 'known', page, source: told.source });
    } catch (fault) {
      setReview(fault.name === 'AbortError' ? null : { state: 'away' });
    }
  }

  useEffect(() => { checkSoon({ source: start.source }, true); }, []);
  useEffect(() => {
    const leave = (event) => { if (past.current.length && !leaving) event.preventDefault(); };
    addEventListener('beforeunload', leave);
    return () => removeEventListener('beforeunload', leave);
  }, []);
  useEffect(() => {
    if (!focus.current) return;
    const box = document.querySelector(`[data-path="${CSS.escape(focus.current)}"]`) ?? document.querySelector('.group-root .group-foot button');
    focus.current = '';
    (box?.querySelector('input, select, textarea, .group-foot button') ?? box)?.focus();
  }, [tree]);

  const room = {
    tree, grammar, problems, change, edit, step, keys, words: pickers, comparisons: language.comparisons,
    suggest: suggestions, typeOf: (subject) => pickers.typeOf(subject),
  };
  const others = draft.problems.filter((one) => !one.path.startsWith('where'));
  const isReady = count.state === 'known' || (count.state === 'busy' && !draft.problems.length) || (count.state === 'away' && !draft.problems.length);
  return html`<${Room.Provider} value=${room}>
    <section class="card count-strip" aria-label=${window.t('builder.live_count')}>
      <${Count} count=${count} />
      <p class="count-words" lang=${language.locale}>${draft.sentences[language.locale] ?? ''}</p>
      <div class="count-tools">
        <button type="button" class="btn" onClick=${undo} disabled=${!past.current.length}><${Icon} name="history" />${window.t('builder.undo')}</button>
        <button type="button" class="btn btn-primary" onClick=${look} disabled=${!isReady}><${Icon} name="circle-check" />${window.t('builder.review')}</button>
      </div>
    </section>
    <section class="card"><div class="card-in basics">
      ${language.locales.map((locale) => html`<label key=${locale}>${window.t(`builder.name.${locale}`)}
        <input class="form-control" lang=${locale} maxLength="120" value=${tree.name?.[locale] ?? ''} onInput=${(event) => call(locale, event.target.value)} /></label>`)}
      <label>${window.t('builder.slug')}<input class="form-control mono" maxLength="60" value=${tree.slug ?? ''} readOnly=${!isNew} onInput=${(event) => { isSlugOwn.current = true; edit(['slug'], event.target.value); }} /></label>
      <label>${window.t('builder.owner')}<input class="form-control" maxLength="120" value=${tree.owner ?? ''} onInput=${(event) => edit(['owner'], event.target.value || undefined)} /></label>
      <label class="basics-note">${window.t('builder.note')}<input class="form-control" maxLength="500" value=${tree.note ?? ''} onInput=${(event) => edit(['note'], event.target.value || undefined)} /></label>
    </div>
    ${others.length > 0 && html`<ul class="problems problems-in">${others.map((one) => html`<li key=${one.path + one.words}>${one.line > 0 && html`<button type="button" class="problem-line" onClick=${() => showLine(one.line)}>${window.t('builder.line', { n: one.line })}</button>`}<span>${one.words}</span></li>`)}</ul>`}
    </section>
    <div class="builder-top">
      <h2>${window.t('builder.conditions')}</h2>
      <div class="switch" role="group" aria-label=${window.t('builder.view')}>
        ${['rows', 'both', 'yaml'].map((one) => html`<button type="button" key=${one} class=${`view-${one}`} aria-pressed=${view === one} onClick=${() => setView(one)}>${window.t(`builder.view.${one}`)}</button>`)}
      </div>
    </div>
    <div class=${`builder builder-${view}`}>
      ${view !== 'yaml' && html`<div class="builder-rows">${draft.tree ? '' : html`<p class="notice notice-warn"><${Icon} name="alert-triangle" /><span>${window.t('builder.broken_yaml')}</span></p>`}<${Root} /></div>`}
      ${view !== 'rows' && html`<${Yaml} source=${source} onType=${type} problems=${draft.problems} />`}
    </div>
    <p class="visually-hidden" role="status" aria-live="polite">${said}</p>
    ${review && html`<${Review} review=${review} onClose=${() => setReview(null)} />`}
  </${Room.Provider}>`;
}

/** How many people, of how many; or why that is not known. */
function Count({ count }) {
  const share = count.n_people ? (100 * count.n) / count.n_people : 0;
  const isOld = count.state === 'busy' && count.n !== undefined;
  return html`<div class=${`count ${count.state === 'busy' ? 'is-counting' : ''}`} id="count" role="status" aria-live="polite">
    ${count.state === 'bad' ? html`<p class="count-note">${window.t('builder.not_yet')}</p>`
      : count.state === 'away' ? html`<p class="count-note">${window.t('builder.away')}</p>`
        : count.state === 'known' || isOld ? html`
          <p class="big-number">${number.format(count.n)}</p>
          <p class="count-of">${window.t('builder.of_all', { n: number.format(count.n_people), share: count.n_people ? `${share.toFixed(1)}%` : '–' })}</p>
          <span class="bar" aria-hidden="true"><span style=${{ width: `${share}%` }}></span></span>`
          : html`<p class="count-note"><span class="spinner" aria-hidden="true"></span>${window.t('builder.counting')}</p>`}
  </div>`;
}

/** What applying would do, before it is done. */
function Review({ review, onClose }) {
  const box = useRef(null);
  useEffect(() => { box.current.showModal(); }, []);
  return html`<dialog class="review" ref=${box} aria-labelledby="review-title" onClose=${onClose}>
    <h2 id="review-title">${window.t('builder.review_title')}</h2>
    ${review.state === 'busy' && html`<div class="loading" role="status"><span class="spinner" aria-hidden="true"></span>${window.t('builder.loading')}</div>`}
    ${review.state === 'away' && html`<p class="notice notice-warn"><${Icon} name="alert-triangle" /><span>${window.t('builder.away')}</span></p>`}
    ${review.state === 'known' && html`<div class="review-in" dangerouslySetInnerHTML=${{ __html: review.page }} />`}
    <div class="form-end"><button type="button" class="btn" onClick=${() => box.current.close()}>${window.t('builder.back')}</button>
      <button type="button" class="btn btn-primary" disabled=${review.state !== 'known'} onClick=${() => apply(review.source)}><${Icon} name="circle-check" />${window.t('builder.apply')}</button></div>
  </dialog>`;
}

let leaving = false;
function apply(source) {
  leaving = true;
  const form = document.getElementById('segment-form');
  form.elements.source.value = source;
  form.requestSubmit();
}

const slugOf = (name) => name.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 60);

const place = document.getElementById('builder');
const given = read('builder-data');
place.replaceChildren();
createRoot(place).render(html`<${Builder} ...${given} />`);
place.dataset.ready = 'true';
