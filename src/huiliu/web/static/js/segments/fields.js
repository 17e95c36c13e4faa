// The fields of a row, each drawn by its kind; which there are, the operator says for itself.
import { html, useContext } from './react.js';
import { Combobox, Icon, Menu } from './choose.js';
import { Condition } from './condition.js';
import { Days, Given, Givens, Local, Weekdays, Zone } from './given.js';
import { Room } from './room.js';
import { blank, startOf, written } from './tree.js';
import { Again, Between, Choice, Duration, Many, Moment, Points, Raw, Scalar, Share, Typed } from './values.js';

const PICKED = new Set(['event', 'trait', 'property', 'segment', 'list', 'tag', 'journey', 'node', 'template', 'channel']);
const INLINE = { tests: Tests, filters: Filters, map: Map_, rows: Rows, condition: Condition };

/** Every field of a map that is there, and a menu with those that may be added; `besides` are keys drawn elsewhere. */
export function Fields({ fields, value, path, about = {}, name, besides = [] }) {
  const { edit, comparisons } = useContext(Room);
  const inside = fields.reduce((found, one) => (PICKED.has(one.kind) && value[one.key] !== undefined
    ? { ...found, [one.kind]: value[one.key] } : found), about);
  const keys = new Set(fields.flatMap((one) => (one.key ? [one.key] : comparisons.map((each) => each.name))));
  const shown = fields.filter((one) => !one.key || one.needed || value[one.key] !== undefined);
  const hidden = fields.filter((one) => one.key && !shown.includes(one));
  const others = Object.keys(value).filter((key) => !keys.has(key) && key !== name && !besides.includes(key));
  const add = (key) => {
    const field = fields.find((one) => one.key === key);
    const kept = Object.fromEntries(Object.entries(value).filter(([one]) => !field.insteadOf.includes(one)));
    edit(path, { ...kept, [key]: blank(field) }, `${written(path)}.${key}`);
  };
  return html`${shown.map((field) => html`<${Field} key=${field.key} field=${field} map=${value} path=${path} about=${inside} isNamed=${field !== fields[0] || field.key !== name} />`)}
    ${others.map((key) => html`<span class="field" key=${key}><span class="field-name">${key}</span><${Raw} label=${key} value=${value[key]} onChange=${(one) => edit([...path, key], one)} />
      <${Away} label=${key} onClick=${() => edit([...path, key], undefined)} /></span>`)}
    ${hidden.length > 0 && html`<${Menu} label=${window.t('builder.add_field')} icon="plus" className="btn btn-small btn-quiet" onPick=${add}
      entries=${hidden.map((one) => ({ value: one.key, label: one.label }))} />`}`;
}

/** One field with its name and a way to take it away. */
function Field({ field, map, path, about, isNamed }) {
  const { edit, problems } = useContext(Room);
  const Inline = INLINE[field.kind];
  if (!field.key && Inline) return html`<${Inline} field=${field} value=${map} path=${path} about=${about} />`;
  const here = [...path, field.key];
  const isInvalid = problems.has(written(here));
  const isBlock = Inline || field.kind === 'points' || field.kind === 'givens';
  return html`<span class=${`field ${isBlock ? 'field-block' : ''}`} data-path=${written(here)}>
    ${isNamed && html`<span class="field-name">${field.label}</span>`}
    ${Inline ? html`<${Inline} field=${field} value=${map[field.key]} path=${here} about=${about} />`
      : html`<${Value} field=${field} value=${map[field.key]} about=${about} isInvalid=${isInvalid} label=${field.label} onChange=${(one) => edit(here, one)} />`}
    ${!field.needed && html`<${Away} label=${field.label} onClick=${() => edit(here, undefined)} />`}
  </span>`;
}

/** One value, by the kind of its field. */
function Value({ field, value, onChange, label, about, isInvalid }) {
  const { words, targets = [] } = useContext(Room);
  const asked = { value, onChange, label, isInvalid };
  if (PICKED.has(field.kind)) {
    return html`<${Combobox} ...${asked} options=${words.pick(field.kind, about)} placeholder=${window.t(`builder.pick.${field.kind}`)} />`;
  }
  const subject = subjectOf(about);
  switch (field.kind) {
    case 'choice': return html`<${Choice} ...${asked} options=${field.options} />`;
    case 'flag': return html`<${Choice} ...${asked} value=${String(value)} onChange=${(one) => onChange(one === 'true')}
      options=${[{ value: 'true', label: window.t('builder.true') }, { value: 'false', label: window.t('builder.false') }]} />`;
    case 'true': return null;
    case 'duration': return html`<${Duration} ...${asked} />`;
    case 'given': return html`<${Given} ...${asked} about=${about} />`;
    case 'givens': return html`<${Givens} ...${asked} about=${about} />`;
    case 'clock': case 'date': case 'local_moment': return html`<${Local} ...${asked} kind=${field.kind} />`;
    case 'days': return html`<${Days} ...${asked} />`;
    case 'zone': return html`<${Zone} ...${asked} />`;
    case 'weekdays': return html`<${Weekdays} ...${asked} />`;
    case 'share': return html`<${Share} ...${asked} />`;
    case 'again': return html`<${Again} ...${asked} options=${field.options} />`;
    case 'way': return html`<${Choice} ...${asked} value=${value ?? ''} options=${[{ value: '', label: window.t('canvas.nowhere') }, ...targets]} onChange=${(one) => onChange(one || undefined)} />`;
    case 'moment': return html`<${Moment} ...${asked} />`;
    case 'ordered': return html`<${Scalar} ...${asked} subject=${subject} isOrdered />`;
    case 'scalar': return html`<${Scalar} ...${asked} subject=${subject} />`;
    case 'scalars': case 'texts': return html`<${Many} ...${asked} subject=${subject} />`;
    case 'between': return html`<${Between} ...${asked} subject=${subject} />`;
    case 'points': return html`<${Points} ...${asked} />`;
    case 'text': case 'pattern': case 'number': case 'whole':
      return html`<${Typed} ...${asked} kind=${field.kind} />`;
    default: return html`<${Raw} ...${asked} />`;
  }
}

/** The comparisons of one trait, property or tag: their keys stand in its own map. */
function Tests({ field, value: given, path, about }) {
  const { edit, comparisons: every, problems } = useContext(Room);
  const offered = new Set(field?.options.map((one) => one.value));
  const comparisons = offered.size ? every.filter((one) => offered.has(one.name) || given?.[one.name] !== undefined) : every;
  const value = given !== null && typeof given === 'object' && !Array.isArray(given) ? given : { [Array.isArray(given) ? 'in' : 'is']: given ?? '' };
  const options = comparisons.map((one) => ({ value: one.name, label: one.label }));
  const there = comparisons.filter((one) => value[one.name] !== undefined);
  const change = (from, to) => {
    const [, old] = [from, value[from.name]];
    const kept = to.form.kind === from.form.kind ? old : blank({ ...to.form, start: to.form.start ?? null });
    edit(path, Object.fromEntries(Object.entries(value).map(([key, one]) => (key === from.name ? [to.name, kept] : [key, one]))));
  };
  return html`${there.map((one, n) => {
    const here = [...path, one.name];
    const isInvalid = problems.has(written(here)) || problems.has(written(path));
    const free = options.filter((each) => each.value === one.name || value[each.value] === undefined);
    return html`<span class=${`test ${one.form.kind === 'map' || one.form.kind === 'points' ? 'field-block' : ''}`} key=${one.name} data-path=${written(here)}>
      ${n > 0 && html`<span class="field-name">${window.t('builder.and')}</span>`}
      <${Choice} label=${window.t('builder.comparison')} value=${one.name} options=${free} onChange=${(name) => change(one, comparisons.find((each) => each.name === name))} />
      ${one.form.kind === 'map' ? html`<${Map_} field=${one.form} value=${value[one.name]} path=${here} about=${{}} />`
        : html`<${Value} field=${one.form} value=${value[one.name]} label=${one.label} about=${about} isInvalid=${isInvalid} onChange=${(next) => edit(here, next)} />`}
      ${there.length > 1 && html`<${Away} label=${one.label} onClick=${() => edit(here, undefined)} />`}
    </span>`;
  })}
  ${there.length === 0 && html`<${Choice} label=${window.t('builder.comparison')} value="" options=${options} onChange=${(name) => edit([...path, name], blank(comparisons.find((one) => one.name === name).form))} />`}
  ${there.length > 0 && there.length < 3 && html`<button type="button" class="btn btn-small btn-quiet" title=${window.t('builder.add_comparison')} aria-label=${window.t('builder.add_comparison')}
    onClick=${() => { const next = comparisons.find((one) => value[one.name] === undefined); edit([...path, next.name], blank(next.form), `${written(path)}.${next.name}`); }}><${Icon} name="plus" /></button>`}`;
}

/** Which properties an event must carry. */
function Filters({ value, path, about }) {
  const { edit, words } = useContext(Room);
  const list = Array.isArray(value) ? value : [];
  const put = (next) => edit(path, next.length ? next : undefined);
  return html`<span class="filters-in" role="group">
    ${list.map((one, n) => {
      const here = [...path, n];
      const property = typeof one?.property === 'string' ? one.property : [].concat(one?.property ?? '').join('.');
      return html`<span class="filter" key=${n} data-path=${written(here)}>
        <${Combobox} label=${window.t('builder.property')} value=${property} options=${words.pick('property', about)} placeholder=${window.t('builder.pick.property')} onChange=${(name) => edit([...here, 'property'], name)} />
        <${Tests} value=${one ?? {}} path=${here} about=${{ ...about, property }} />
        <${Away} label=${property || window.t('builder.property')} onClick=${() => put(list.filter((_, at) => at !== n))} />
      </span>`;
    })}
    <button type="button" class="btn btn-small btn-quiet" onClick=${() => edit(path, [...list, { property: '', is: '' }], written([...path, list.length]))}><${Icon} name="plus" />${window.t('builder.add_filter')}</button>
  </span>`;
}

/** A map with fields of its own. */
function Map_({ field, value, path, about }) {
  const inside = value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
  return html`<span class="map" role="group" aria-label=${field.label}><${Fields} fields=${field.fields} value=${inside} path=${path} about=${about} /></span>`;
}

/** A list of maps in an order that matters. */
function Rows({ field, value, path, about }) {
  const { edit } = useContext(Room);
  const list = Array.isArray(value) ? value : [];
  const swap = (n, to) => { const next = [...list]; [next[n], next[to]] = [next[to], next[n]]; edit(path, next); };
  return html`<ol class="stages" aria-label=${field.label}>
    ${list.map((one, n) => html`<li key=${n} class="stage" data-path=${written([...path, n])}>
      <span class="stage-number" aria-hidden="true">${n + 1}</span>
      <span class="stage-fields"><${Fields} fields=${field.fields} value=${one ?? {}} path=${[...path, n]} about=${about} /></span>
      <span class="row-tools">
        <${Tool} icon="arrow-up" label=${window.t('builder.up')} isOff=${n === 0} onClick=${() => swap(n, n - 1)} />
        <${Tool} icon="arrow-down" label=${window.t('builder.down')} isOff=${n === list.length - 1} onClick=${() => swap(n, n + 1)} />
        <${Tool} icon="trash" label=${window.t('builder.remove')} isOff=${list.length < 2} onClick=${() => edit(path, list.filter((_, at) => at !== n))} />
      </span></li>`)}
    <li><button type="button" class="btn btn-small btn-quiet" onClick=${() => edit(path, [...list, Object.fromEntries(startOf(field.fields))], written([...path, list.length]))}><${Icon} name="plus" />${window.t(field.fields.some((one) => one.kind === 'way') ? 'canvas.add_way' : isStage(field) ? 'builder.add_step' : 'canvas.add_item')}</button></li>
  </ol>`;
}

/** Says whether the rows are stages one after the other, as those of a sequence of events. */
const isStage = (field) => field.key === 'sequence' || field.key === 'steps';

/** A small button with a picture. */
export const Tool = ({ icon, label, onClick, isOff, ...rest }) =>
  html`<button type="button" class="tool" title=${label} aria-label=${label} disabled=${isOff} onClick=${onClick} ...${rest}><${Icon} name=${icon} /></button>`;

const Away = ({ label, onClick }) =>
  html`<button type="button" class="away" aria-label=${window.t('builder.take_away', { what: label })} title=${window.t('builder.take_away', { what: label })} onClick=${onClick}><${Icon} name="x" /></button>`;

/** Returns whose values may be offered: those of a property of an event, of a trait, of a tag. */
function subjectOf({ event, property, trait, tag }) {
  if (property !== undefined) return event && property ? { event, property } : null;
  if (typeof trait === 'string' && trait) return { trait };
  return typeof tag === 'string' && tag ? { tag } : null;
}
