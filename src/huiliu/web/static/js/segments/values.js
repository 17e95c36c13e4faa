// One value of a document: how it is typed, and which words are offered for it.
import { html, useContext, useState } from './react.js';
import { Combobox, Icon } from './choose.js';
import { Room } from './room.js';

const LIKE_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?$/;
const LIKE_DAY = /^\d{4}-\d{2}-\d{2}$/;
const UNITS = ['m', 'h', 'd', 'w'];

/** Returns what typed words mean: a number or flag where they look like one, unless texts are wanted. */
export function meaning(typed, type) {
  const words = typed.trim();
  if (type === 'string' || typeof typed !== 'string') return typed;
  if (LIKE_NUMBER.test(words)) return Number(words);
  if (words === 'true' || words === 'false') return words === 'true';
  return typed;
}

/** A plain input for words or a number. */
export function Typed({ value, onChange, label, isInvalid, kind, placeholder }) {
  const isNumber = kind === 'number' || kind === 'whole';
  const shown = value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
  return html`<input class=${`form-control ${isNumber ? 'is-short' : ''} ${isInvalid ? 'is-wrong' : ''}`} aria-label=${label} aria-invalid=${isInvalid || undefined}
    inputMode=${isNumber ? 'decimal' : undefined} value=${shown} placeholder=${placeholder} spellCheck="false" autoComplete="off"
    onInput=${(event) => onChange(isNumber ? meaning(event.target.value, 'number') : event.target.value)} />`;
}

/** A value of unknown type with the values that people have; a button tells `7` from `"7"`. */
export function Scalar({ value, onChange, label, isInvalid, subject, isOrdered }) {
  const { typeOf, suggest } = useContext(Room);
  const type = typeOf(subject);
  if (type === 'boolean' || typeof value === 'boolean') {
    return html`<${Choice} value=${String(value)} label=${label} isInvalid=${isInvalid} onChange=${(picked) => onChange(picked === 'true')}
      options=${[{ value: 'true', label: window.t('builder.true') }, { value: 'false', label: window.t('builder.false') }]} />`;
  }
  if (isOrdered && (type === 'date' || LIKE_DAY.test(value))) {
    return html`<${Moment} value=${value} onChange=${onChange} label=${label} isInvalid=${isInvalid} />`;
  }
  const isAmbiguous = LIKE_NUMBER.test(String(value)) && type !== 'number' && !isOrdered;
  return html`<span class="with-type">
    <${Combobox} value=${value} label=${label} isInvalid=${isInvalid} placeholder=${window.t('builder.value')}
      load=${subject ? () => suggest(subject) : undefined} options=${subject ? undefined : []}
      onChange=${(picked) => onChange(typeof picked === 'string' ? meaning(picked, type) : picked)} />
    ${isAmbiguous && html`<button type="button" class="type" title=${window.t('builder.switch_type')} aria-label=${window.t('builder.switch_type')}
      onClick=${() => onChange(typeof value === 'number' ? String(value) : Number(value))}>${window.t(typeof value === 'number' ? 'builder.type_number' : 'builder.type_text')}</button>`}
  </span>`;
}

/** A list of values: each one a chip, with a field for the next. */
export function Many({ value, onChange, label, isInvalid, subject }) {
  const { typeOf, suggest } = useContext(Room);
  const list = Array.isArray(value) ? value : [];
  const type = typeOf(subject);
  return html`<span class=${`many ${isInvalid ? 'is-wrong' : ''}`} role="group" aria-label=${label}>
    ${list.map((one, n) => html`<span class="many-one" key=${n}>${typeof one === 'string' && one.startsWith('vlt_') ? '••••••' : String(one)}
      <button type="button" aria-label=${window.t('builder.take_out', { what: String(one) })} onClick=${() => onChange(list.filter((_, at) => at !== n))}><${Icon} name="x" /></button></span>`)}
    <${Combobox} key=${list.length} value="" label=${window.t('builder.add_value')} placeholder=${window.t('builder.add_value')}
      load=${subject ? () => suggest(subject) : undefined} options=${subject ? undefined : []}
      onChange=${(picked) => picked !== '' && onChange([...list, typeof picked === 'string' ? meaning(picked, type) : picked])} />
  </span>`;
}

/** Two ends of a range. */
export function Between({ value, onChange, label, isInvalid, subject }) {
  const [low, high] = Array.isArray(value) ? value : ['', ''];
  return html`<span class="pair" role="group" aria-label=${label}>
    <${Scalar} value=${low} isOrdered subject=${subject} isInvalid=${isInvalid} label=${window.t('builder.lowest')} onChange=${(one) => onChange([one, high])} />
    <span class="muted">–</span>
    <${Scalar} value=${high} isOrdered subject=${subject} isInvalid=${isInvalid} label=${window.t('builder.highest')} onChange=${(one) => onChange([low, one])} />
  </span>`;
}

/** A length of time: a number and its unit. */
export function Duration({ value, onChange, label, isInvalid }) {
  const found = /^(\d+)([mhdw])$/.exec(value ?? '');
  if (!found && value) return html`<${Typed} value=${value} onChange=${onChange} label=${label} isInvalid=${isInvalid} placeholder="30d" />`;
  const [, number, unit] = found ?? [null, '', 'd'];
  return html`<span class="pair" role="group" aria-label=${label}>
    <input class=${`form-control is-short ${isInvalid ? 'is-wrong' : ''}`} inputMode="numeric" aria-label=${label} aria-invalid=${isInvalid || undefined} value=${number}
      onInput=${(event) => onChange(event.target.value.replace(/\D/g, '') ? event.target.value.replace(/\D/g, '') + unit : '')} />
    <select class="form-select is-short" aria-label=${window.t('builder.unit')} value=${unit} onChange=${(event) => onChange((number || '1') + event.target.value)}>
      ${UNITS.map((one) => html`<option key=${one} value=${one}>${window.t(`builder.unit.${one}`)}</option>`)}
    </select></span>`;
}

/** A share of a whole: `10%`. */
export function Share({ value, onChange, label, isInvalid }) {
  const shown = String(value ?? '').replace(/ ?%$/, '');
  return html`<span class="pair">
    <input class=${`form-control is-short ${isInvalid ? 'is-wrong' : ''}`} inputMode="decimal" aria-label=${label} aria-invalid=${isInvalid || undefined} value=${shown}
      onInput=${(event) => onChange(event.target.value.trim() ? `${event.target.value.trim()}%` : '')} />
    <span class="muted">%</span></span>`;
}

/** How often: one of a few words, or not before a length of time has passed. */
export function Again({ value, onChange, label, options, isInvalid }) {
  const isLong = Boolean(value) && !options.some((one) => one.value === value);
  return html`<span class="pair" role="group" aria-label=${label}>
    <select class=${`form-select ${isInvalid ? 'is-wrong' : ''}`} aria-label=${label} value=${isLong ? '~' : value ?? ''} onChange=${(event) => onChange(event.target.value === '~' ? '7d' : event.target.value)}>
      ${options.map((one) => html`<option key=${one.value} value=${one.value}>${one.label}</option>`)}
      <option value="~">${window.t('canvas.again_after')}</option>
    </select>
    ${isLong && html`<${Duration} value=${value} onChange=${onChange} label=${window.t('canvas.again_after')} isInvalid=${isInvalid} />`}</span>`;
}

/** A day, or a moment written out. */
export function Moment({ value, onChange, label, isInvalid }) {
  if (value && !LIKE_DAY.test(value)) return html`<${Typed} value=${value} onChange=${onChange} label=${label} isInvalid=${isInvalid} />`;
  return html`<input type="date" class=${`form-control is-date ${isInvalid ? 'is-wrong' : ''}`} aria-label=${label} aria-invalid=${isInvalid || undefined} value=${value ?? ''}
    onInput=${(event) => onChange(event.target.value)} />`;
}

/** One of a few words. */
export function Choice({ value, onChange, label, options, isInvalid }) {
  return html`<select class=${`form-select ${isInvalid ? 'is-wrong' : ''}`} aria-label=${label} aria-invalid=${isInvalid || undefined} value=${value ?? ''} onChange=${(event) => onChange(event.target.value)}>
    ${!options.some((one) => one.value === value) && html`<option value=${value ?? ''}>${value ?? ''}</option>`}
    ${options.map((one) => html`<option key=${one.value} value=${one.value}>${one.label}</option>`)}
  </select>`;
}

/** Pairs of longitude and latitude, one a line. */
export function Points({ value, onChange, label, isInvalid }) {
  const [typed, setTyped] = useState(() => (Array.isArray(value) ? value : []).map((one) => [].concat(one).join(', ')).join('\n'));
  const read = (words) => words.split('\n').map((line) => line.trim()).filter(Boolean)
    .map((line) => line.split(/[\s,，]+/).map((one) => meaning(one, 'number')));
  return html`<textarea class=${`form-control ${isInvalid ? 'is-wrong' : ''}`} rows="4" aria-label=${label} aria-invalid=${isInvalid || undefined} placeholder=${'121.47, 31.23'}
    value=${typed} onInput=${(event) => { setTyped(event.target.value); onChange(read(event.target.value)); }} />`;
}

/** What no form describes, as JSON, which is YAML too. */
export function Raw({ value, onChange, label, isInvalid }) {
  const [typed, setTyped] = useState(() => (typeof value === 'string' ? value : JSON.stringify(value)));
  const read = (words) => { try { return JSON.parse(words); } catch { return words; } };
  return html`<textarea class=${`form-control code is-raw ${isInvalid ? 'is-wrong' : ''}`} rows="2" aria-label=${label} aria-invalid=${isInvalid || undefined} spellCheck="false"
    value=${typed} onInput=${(event) => { setTyped(event.target.value); onChange(read(event.target.value)); }} />`;
}
