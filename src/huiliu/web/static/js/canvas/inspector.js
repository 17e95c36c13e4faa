// What is set at one node, at the entry, or for the journey as a whole: forms made by the server's description.
import { html, useContext, useEffect, useRef, useState } from '../segments/react.js';
import { Icon } from '../segments/choose.js';
import { Fields } from '../segments/fields.js';
import { Choice } from '../segments/values.js';
import { startOf, written } from '../segments/tree.js';
import { Comments } from './comments.js';
import { Desk, problemsAt } from './desk.js';
import { namedWays, seen } from './graph.js';
import { ENTRY } from './shape.js';
import { count } from './step.js';

const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** The panel beside the canvas, or the sheet over it on a phone. */
export function Inspector() {
  const desk = useContext(Desk);
  const { selected, isSheet, shape, tree } = desk;
  const box = useRef(null);
  const name = selected === null || selected === ENTRY || shape.names(tree).includes(selected) ? selected : null;
  useEffect(() => {
    const want = desk.opening;
    if (!want || !box.current) return;
    const part = want.part ? box.current.querySelector(`[data-part="${want.part}"]`) : box.current.querySelector('.inspector-body');
    const field = want.path ? box.current.querySelector(`[data-path="${CSS.escape(want.path)}"]`) : null;
    ((field ?? part)?.querySelector('input:not([readonly]), select, textarea, button') ?? box.current).focus();
  }, [desk.opening]);
  const onKey = (event) => {
    if (event.key === 'Escape' && !event.defaultPrevented) { event.stopPropagation(); desk.close(name); }
  };
  return html`<section class=${`inspector ${isSheet ? 'is-sheet' : ''} ${desk.isWide ? 'is-wide' : ''}`} ref=${box} tabIndex="-1" aria-label=${window.t('canvas.inspector')} onKeyDown=${onKey}
      inert=${desk.isBroken || undefined}>
    ${name === null ? html`<${Whole} />` : name === ENTRY ? html`<${Entry} />` : html`<${One} key=${name} name=${name} />`}
  </section>`;
}

function Head({ icon, group, title, words, children }) {
  const desk = useContext(Desk);
  return html`<header class="inspector-head">
    <span class=${`cstep-icon group-${group}`}><${Icon} name=${icon} /></span>
    <div class="inspector-title"><h2>${title}</h2>${words && html`<p class="muted small">${words}</p>`}</div>
    <span class="inspector-tools">${children}
      ${!desk.isSheet && html`<button type="button" class="tool" title=${window.t('canvas.widen')} aria-label=${window.t('canvas.widen')} aria-pressed=${desk.isWide} onClick=${desk.widen}><${Icon} name="arrows-right-left" /></button>`}
      ${(desk.isSheet || desk.selected !== null) && html`<button type="button" class="tool" title=${window.t('canvas.close')} aria-label=${window.t('canvas.close')} onClick=${() => desk.close(desk.selected)}><${Icon} name="x" /></button>`}
    </span>
  </header>`;
}

/** What is wrong here; each leads to its field. */
function Wrong({ paths }) {
  const { draft, goTo } = useContext(Desk);
  const found = paths.flatMap((path) => problemsAt(draft.problems, path));
  return found.length > 0 && html`<ul class="row-problems inspector-problems">${found.map((one, n) => html`<li key=${n}><${Icon} name="alert-circle" /><button type="button" class="link-button" onClick=${() => goTo(one)}>${one.words}</button></li>`)}</ul>`;
}

function One({ name }) {
  const desk = useContext(Desk);
  const { shape, tree, language } = desk;
  const look = seen(desk, name);
  const node = shape.node(tree, name);
  const type = shape.type(tree, name);
  const path = ['nodes', name];
  return html`<${Head} ...${look} words=${type?.words}>
      <button type="button" class="tool" title=${window.t('canvas.copy')} aria-label=${window.t('canvas.copy')} onClick=${() => desk.copy(name)}><${Icon} name="copy" /></button>
      <button type="button" class="tool" title=${window.t('canvas.remove')} aria-label=${window.t('canvas.remove')} onClick=${() => desk.remove(name)}><${Icon} name="trash" /></button>
    </${Head}>
    <${Wrong} paths=${[written(path)]} />
    <div class="inspector-body builder">
      ${type ? html`<div class="inspector-fields"><${Fields} key=${node.type} fields=${type.form.filter((one) => one.kind !== 'way')} value=${node} path=${path} besides=${['type', 'note', ...type.form.filter((one) => one.kind === 'way').map((one) => one.key)]} /></div>`
        : html`<p class="notice notice-warn"><${Icon} name="alert-triangle" /><span>${window.t('canvas.unknown_type', { type: String(node.type ?? '?') })} <button type="button" class="link-button" onClick=${() => desk.showYaml(written(path))}>${window.t('canvas.to_yaml')}</button></span></p>`}
      <${Ways} name=${name} />
      <${Numbers} name=${name} />
      <div class="inspector-plain">
        <${Name} name=${name} />
        <label>${window.t('canvas.note')}<textarea class="form-control" rows="2" maxLength="500" value=${node.note ?? ''} onInput=${(event) => desk.edit([...path, 'note'], event.target.value || undefined)}></textarea></label>
      </div>
      <${Comments} node=${name} />
    </div>`;
}

/** Where the ways lead: what drawing a line does, without a mouse. */
function Ways({ name }) {
  const desk = useContext(Desk);
  const ways = namedWays(desk, name, true).filter((way) => !way.row || !way.field);
  if (!ways.length) return null;
  return html`<div class="inspector-ways" data-part="ways" role="group" aria-label=${window.t('canvas.ways')}>
    ${ways.map((way) => html`<div class="inspector-way" key=${written(way.path)} data-path=${written(way.path)}><span class="field-name">${way.label || window.t('canvas.next')}</span>
      <${Choice} label=${way.label || window.t('canvas.next')} value=${way.to} options=${[{ value: '', label: window.t('canvas.nowhere') }, ...desk.targets.filter((one) => one.value !== name)]} onChange=${(to) => desk.connect(way.path, to)} />
      <button type="button" class="btn btn-small" onClick=${() => desk.pickFor(way.path)}><${Icon} name="plus" />${window.t('canvas.new_node')}</button></div>`)}
  </div>`;
}

/** What became of the runs that reached the node, each number with the people behind it. */
function Numbers({ name }) {
  const { counts, slug, isPublished } = useContext(Desk);
  const found = counts?.nodes?.[name];
  if (!found || !isPublished) return null;
  const people = `/journeys/${slug}/people?${new URLSearchParams({ node: name })}`;
  const cells = [['entered', found.entered], ['waiting', found.waiting, people], ['passed', found.passed], ['left', found.left]];
  const sends = found.messages ? Object.entries(found.messages) : [];
  return html`<div class="inspector-numbers" role="group" aria-label=${window.t('canvas.numbers')}>
    <h3>${window.t('canvas.numbers')}</h3>
    <dl>${cells.map(([word, n, to]) => html`<div key=${word}><dt>${window.t(`canvas.count.${word}`)}</dt><dd>${to && n ? html`<a href=${to}>${count(n)}</a>` : count(n)}</dd></div>`)}
    ${sends.map(([word, n]) => html`<div key=${word}><dt>${window.t(`canvas.status.${word}`)}</dt><dd><a href=${`/messages?${new URLSearchParams({ journey: slug, node: name })}`}>${count(n)}</a></dd></div>`)}</dl>
  </div>`;
}

/** A node's name is the key of its place in the document: it changes when it is one, and is free. */
function Name({ name }) {
  const desk = useContext(Desk);
  const [typed, setTyped] = useState(name);
  const isTaken = typed !== name && desk.shape.names(desk.tree).includes(typed);
  const isWrong = !SLUG.test(typed) || isTaken;
  const leave = () => { if (typed !== name && !isWrong) desk.rename(name, typed); else setTyped(name); };
  return html`<label>${window.t('canvas.node_name')}<input class=${`form-control mono ${isWrong ? 'is-wrong' : ''}`} maxLength="60" aria-invalid=${isWrong || undefined} value=${typed} spellCheck="false" autoComplete="off"
      onInput=${(event) => setTyped(event.target.value.trim().toLowerCase())} onBlur=${leave} onKeyDown=${(event) => { if (event.key === 'Enter') leave(); }} />
    ${isWrong && html`<small class="is-bad-words">${window.t(isTaken ? 'canvas.name_taken' : 'canvas.name_wrong')}</small>`}</label>`;
}

function Entry() {
  const desk = useContext(Desk);
  const { tree, language } = desk;
  const look = seen(desk, ENTRY);
  const entry = tree.entry !== null && typeof tree.entry === 'object' ? tree.entry : {};
  const kind = language.entries.find((one) => entry[one.name] !== undefined) ?? language.entries[0];
  const turn = (name) => {
    const form = language.entries.find((one) => one.name === name).form;
    desk.edit(['entry'], Object.fromEntries(startOf(form, name)), '', '', true);
  };
  return html`<${Head} ...${look} words=${window.t('canvas.entry_words')} />
    <${Wrong} paths=${['entry', 'start']} />
    <div class="inspector-body builder">
      <div class="inspector-plain"><label>${window.t('canvas.entry_kind')}
        <${Choice} label=${window.t('canvas.entry_kind')} value=${kind.name} options=${language.entries.map((one) => ({ value: one.name, label: one.label }))} onChange=${turn} /></label>
        ${kind.words && html`<p class="muted small">${kind.words}</p>`}</div>
      <div class="inspector-fields"><${Fields} key=${kind.name} fields=${kind.form} value=${entry} path=${['entry']} /></div>
      <${Ways} name=${ENTRY} />
      <${Comments} node=${ENTRY} />
    </div>`;
}

function Whole() {
  const desk = useContext(Desk);
  const { tree, language, edit } = desk;
  const own = ['huiliu', 'kind', 'slug', 'name', 'note', 'entry', 'start', 'nodes'];
  return html`<${Head} icon="route" group="journey" title=${window.t('canvas.journey')} words=${window.t('canvas.journey_words')} />
    <${Wrong} paths=${['slug', 'name', 'note', ...language.journey.map((one) => one.key)]} />
    <div class="inspector-body builder">
      <div class="inspector-plain">
        ${language.locales.map((locale) => html`<label key=${locale}>${window.t(`builder.name.${locale}`)}
          <input class="form-control" lang=${locale} maxLength="120" data-path=${`name.${locale}`} value=${tree.name?.[locale] ?? ''} onInput=${(event) => desk.call(locale, event.target.value)} /></label>`)}
        <label>${window.t('builder.slug')}<input class="form-control mono" maxLength="60" value=${tree.slug ?? ''} readOnly=${desk.isPublished} spellCheck="false" onInput=${(event) => desk.callSlug(event.target.value)} /></label>
        <label>${window.t('builder.note')}<textarea class="form-control" rows="2" maxLength="1000" value=${tree.note ?? ''} onInput=${(event) => edit(['note'], event.target.value || undefined)}></textarea></label>
      </div>
      <div class="inspector-fields"><${Fields} fields=${language.journey} value=${tree} path=${[]} besides=${own} /></div>
      <${Comments} node="" />
    </div>`;
}
