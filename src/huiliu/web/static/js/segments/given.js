// Values that are said when it happens: plain ones, or where they are found; times, days and zones.
import { html, useContext, useState } from './react.js';
import { Combobox, Icon } from './choose.js';
import { Room } from './room.js';
import { Choice, Scalar } from './values.js';

const SOURCES = ['entry', 'trait', 'carried', 'tag'];
/** Sources that need no more words. */
const WHOLE = { now: { now: true }, nothing: null };
const PICKS = { entry: 'property', trait: 'trait', tag: 'tag' };
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const isMap = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

/** A plain value, or one that is taken from the entry, a trait, a tag, or what an earlier node left. */
export function Given({ value, onChange, label, isInvalid, about }) {
  const { words } = useContext(Room);
  const kind = value === null ? 'nothing' : isMap(value) ? [...SOURCES, 'now'].find((one) => value[one] !== undefined) ?? 'plain' : 'plain';
  const turn = (next) => onChange(next === 'plain' ? '' : next in WHOLE ? WHOLE[next] : { [next]: '' });
  const inner = kind === 'plain' || kind in WHOLE ? null : value[kind];
  const shown = Array.isArray(inner) ? inner.join('.') : inner;
  return html`<span class="given" role="group" aria-label=${label}>
    <${Choice} label=${window.t('given.source')} value=${kind} options=${['plain', ...SOURCES, ...Object.keys(WHOLE)].map((one) => ({ value: one, label: window.t(`given.${one}`) }))} onChange=${turn} />
    ${kind === 'plain' ? html`<${Scalar} value=${isMap(value) ? JSON.stringify(value) : value} label=${label} isInvalid=${isInvalid} onChange=${onChange} />`
      : !(kind in WHOLE) && html`<${Combobox} value=${shown} label=${window.t(`given.${kind}`)} isInvalid=${isInvalid} options=${PICKS[kind] ? words.pick(PICKS[kind], about) : []} placeholder=${window.t(`given.${kind}`)} onChange=${(one) => onChange({ [kind]: one })} />`}
  </span>`;
}

/** Values by name. */
export function Givens({ value, onChange, label, about }) {
  const rows = Object.entries(isMap(value) ? value : {});
  const put = (next) => onChange(Object.fromEntries(next));
  return html`<span class="givens" role="group" aria-label=${label}>
    ${rows.map(([name, one], n) => html`<span class="given-row" key=${n}>
      <${Named} name=${name} onChange=${(next) => put(rows.map((row, at) => (at === n ? [next, row[1]] : row)))} />
      <${Given} value=${one} label=${name || window.t('given.value')} about=${about} onChange=${(next) => put(rows.map((row, at) => (at === n ? [row[0], next] : row)))} />
      <button type="button" class="away" aria-label=${window.t('builder.take_away', { what: name })} title=${window.t('builder.take_away', { what: name })} onClick=${() => put(rows.filter((_, at) => at !== n))}><${Icon} name="x" /></button></span>`)}
    <button type="button" class="btn btn-small btn-quiet" onClick=${() => put([...rows, [free(rows), '']])}><${Icon} name="plus" />${window.t('given.add')}</button>
  </span>`;
}

function free(rows) {
  let n = 1;
  while (rows.some(([name]) => name === `name_${n}`)) n += 1;
  return `name_${n}`;
}

/** A name that counts when it is left, so that two rows are never one while they are typed. */
function Named({ name, onChange }) {
  const [typed, setTyped] = useState(null);
  const leave = () => { if (typed !== null && typed.trim() && typed !== name) onChange(typed.trim()); setTyped(null); };
  return html`<input class="form-control mono" aria-label=${window.t('given.name')} value=${typed ?? name} spellCheck="false" onInput=${(event) => setTyped(event.target.value)} onBlur=${leave} onKeyDown=${(event) => { if (event.key === 'Enter') leave(); }} />`;
}

const TYPES = { clock: 'time', date: 'date', local_moment: 'datetime-local' };

/** A local time, a day, or both. */
export function Local({ kind, value, onChange, label, isInvalid }) {
  return html`<input type=${TYPES[kind]} class=${`form-control is-date ${isInvalid ? 'is-wrong' : ''}`} aria-label=${label} aria-invalid=${isInvalid || undefined} value=${value ?? ''} onInput=${(event) => onChange(event.target.value)} />`;
}

/** Calendar days before or after. */
export function Days({ value, onChange, label, isInvalid }) {
  const found = /^(-?)(\d+)d$/.exec(String(value ?? '')) ?? [null, '', ''];
  const write = (sign, n) => onChange(n ? `${sign}${n}d` : '');
  return html`<span class="pair" role="group" aria-label=${label}>
    <input class=${`form-control is-short ${isInvalid ? 'is-wrong' : ''}`} inputMode="numeric" aria-label=${label} aria-invalid=${isInvalid || undefined} value=${found[2]} onInput=${(event) => write(found[1], event.target.value.replace(/\D/g, ''))} />
    <${Choice} label=${window.t('given.side')} value=${found[1]} options=${[{ value: '-', label: window.t('given.days_before') }, { value: '', label: window.t('given.days_after') }]} onChange=${(sign) => write(sign, found[2] || '0')} /></span>`;
}

/** Whose clocks are meant. */
export function Zone({ value, onChange, label, isInvalid }) {
  const known = ['person', 'brand'].map((one) => ({ value: one, label: window.t(`given.zone.${one}`) }));
  const zones = (Intl.supportedValuesOf?.('timeZone') ?? []).map((one) => ({ value: one, label: one }));
  return html`<${Combobox} value=${value} label=${label} isInvalid=${isInvalid} options=${[...known, ...zones]} placeholder=${window.t('given.zone.person')} onChange=${onChange} />`;
}

/** Some days of the week. */
export function Weekdays({ value, onChange, label }) {
  const chosen = new Set([].concat(value ?? []));
  const turn = (day) => onChange(DAYS.filter((one) => (one === day ? !chosen.has(one) : chosen.has(one))));
  return html`<span class="weekdays" role="group" aria-label=${label}>${DAYS.map((day) => html`<button type="button" key=${day} class="weekday" aria-pressed=${chosen.has(day)} onClick=${() => turn(day)}>${window.t(`given.day.${day}`)}</button>`)}</span>`;
}
