// Two ways to choose: from a list while typing, and from a menu. Both by mouse, finger and keys.
import { html, useEffect, useId, useMemo, useRef, useState } from './react.js';

const MOST_SHOWN = 60;

/** A text field with a list below it; words that are in no list may be typed as well. */
export function Combobox({ value, onChange, options, load, label, placeholder, isInvalid }) {
  const id = useId();
  const box = useRef(null);
  const [typed, setTyped] = useState(null);
  const [isOpen, setOpen] = useState(false);
  const [marked, setMarked] = useState(-1);
  const [loaded, setLoaded] = useState(null);
  const known = options ?? loaded?.options ?? [];
  const current = known.find((one) => one.value === value);
  const shown = useMemo(() => {
    const asked = (typed ?? '').trim().toLowerCase();
    const found = asked ? known.filter((one) => `${one.label} ${one.value}`.toLowerCase().includes(asked)) : known;
    return found.slice(0, MOST_SHOWN);
  }, [typed, known]);

  function open() {
    setOpen(true);
    setMarked(-1);
    if (load && !loaded) {
      setLoaded({ options: [], note: window.t('builder.loading') });
      load().then(setLoaded, () => setLoaded({ options: [], note: window.t('builder.no_values') }));
    }
  }
  function choose(picked) {
    setTyped(null);
    setOpen(false);
    if (picked !== value) onChange(picked);
  }
  function leave() {
    setOpen(false);
    if (typed === null) return;
    const same = known.find((one) => one.label === typed.trim());
    setTyped(null);
    if (same) onChange(same.value);
    else if (typed !== String(value ?? '')) onChange(typed);
  }
  function onKey(event) {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!isOpen) { open(); return; }
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setMarked((now) => (shown.length ? (now + step + shown.length) % shown.length : -1));
    } else if (event.key === 'Enter' && isOpen && shown[marked]) {
      event.preventDefault();
      choose(shown[marked].value);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      leave();
    } else if (event.key === 'Escape' && isOpen) {
      event.stopPropagation();
      setTyped(null);
      setOpen(false);
    }
  }
  useEffect(() => {
    document.getElementById(`${id}-${marked}`)?.scrollIntoView({ block: 'nearest' });
  }, [marked]);

  const isSealed = typeof value === 'string' && value.startsWith('vlt_');
  const written = isSealed ? '••••••' : current?.label ?? String(value ?? '');
  return html`<span class="combo" ref=${box}>
    <input class=${`form-control ${isInvalid ? 'is-wrong' : ''}`} role="combobox" aria-label=${label} aria-expanded=${isOpen}
      aria-controls=${`${id}-list`} aria-autocomplete="list" aria-invalid=${isInvalid || undefined}
      aria-activedescendant=${marked >= 0 && isOpen ? `${id}-${marked}` : undefined}
      autoComplete="off" spellCheck="false" placeholder=${placeholder}
      title=${current && current.label !== current.value ? `${current.label} · ${current.value}` : undefined}
      value=${typed ?? written} onInput=${(event) => { setTyped(event.target.value); if (!isOpen) open(); setMarked(-1); }}
      onFocus=${(event) => event.target.select()} onClick=${() => !isOpen && open()} onBlur=${leave} onKeyDown=${onKey} />
    ${isOpen && html`<ul class="combo-list" role="listbox" id=${`${id}-list`} aria-label=${label} onMouseDown=${(event) => event.preventDefault()}>
      ${shown.map((one, n) => html`<li key=${String(one.value)} id=${`${id}-${n}`} role="option" aria-selected=${n === marked}
          class=${n === marked ? 'is-marked' : ''} onClick=${() => choose(one.value)}>
        <span>${one.label}${one.label !== String(one.value) && html`<small>${String(one.value)}</small>`}</span>
        ${one.note && html`<em>${one.note}</em>`}</li>`)}
      ${!shown.length && html`<li class="combo-note" role="option" aria-disabled="true" aria-selected="false">${loaded?.note ?? window.t('builder.nothing_known')}</li>`}
    </ul>`}
  </span>`;
}

/** A button that opens a list of things to do; `entries` are {value, label, icon, words}. */
export function Menu({ label, icon, entries, onPick, className = 'btn btn-small' }) {
  const [isOpen, setOpen] = useState(false);
  const box = useRef(null);
  const button = useRef(null);
  useEffect(() => {
    if (!isOpen) return undefined;
    box.current.querySelector('[role=menuitem]')?.focus();
    const away = (event) => { if (!box.current?.contains(event.target)) setOpen(false); };
    document.addEventListener('pointerdown', away);
    return () => document.removeEventListener('pointerdown', away);
  }, [isOpen]);
  function onKey(event) {
    const items = [...box.current.querySelectorAll('[role=menuitem]')];
    const now = items.indexOf(document.activeElement);
    const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined && isOpen) {
      event.preventDefault();
      items[(to + items.length) % items.length].focus();
    } else if (event.key === 'Escape' && isOpen) {
      event.stopPropagation();
      setOpen(false);
      button.current.focus();
    } else if (event.key === 'Tab') setOpen(false);
    else if (isOpen && event.key.length === 1) {
      items.find((one) => one.textContent.toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
    }
  }
  return html`<span class="pick" ref=${box} onKeyDown=${onKey}>
    <button ref=${button} type="button" class=${className} aria-haspopup="menu" aria-expanded=${isOpen} onClick=${() => setOpen(!isOpen)}>
      <${Icon} name=${icon} />${label}</button>
    ${isOpen && html`<ul class="pick-list" role="menu" aria-label=${label}>
      ${entries.map((one) => html`<li key=${one.value} role="none"><button type="button" role="menuitem" tabIndex="-1"
        onClick=${() => { setOpen(false); button.current.focus(); onPick(one.value); }}>
        ${one.icon && html`<${Icon} name=${one.icon} />`}<span>${one.label}${one.words && html`<small>${one.words}</small>`}</span></button></li>`)}
    </ul>`}
  </span>`;
}

const sprite = new URL('../../vendor/icons.svg', import.meta.url).pathname;

/** A picture of the sprite. */
export const Icon = ({ name }) =>
  html`<svg class="icon" aria-hidden="true" focusable="false"><use href=${`${sprite}#${name}`} /></svg>`;
