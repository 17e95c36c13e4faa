// What a journey can be made of: beside the canvas to drag from, and as a dialog to choose from.
import { html, useContext, useEffect, useMemo, useRef, useState } from '../segments/react.js';
import { Icon } from '../segments/choose.js';
import { Desk } from './desk.js';
import { DRAGGED } from './graph.js';

/** Returns the groups with the types that a search finds. */
function found(language, asked) {
  const words = asked.trim().toLowerCase();
  const fits = (one) => !words || `${one.label} ${one.name} ${one.words}`.toLowerCase().includes(words);
  return language.groups.map((group) => ({ ...group, types: language.types.filter((one) => one.group === group.name && fits(one)) })).filter((group) => group.types.length);
}

/** The palette beside the canvas. */
export function Palette() {
  const { language, addType, isBroken } = useContext(Desk);
  const [asked, setAsked] = useState('');
  const groups = useMemo(() => found(language, asked), [asked]);
  const drag = (event, name) => { event.dataTransfer.setData(DRAGGED, name); event.dataTransfer.effectAllowed = 'copy'; };
  return html`<aside class="palette" aria-label=${window.t('canvas.palette')}>
    <label class="palette-search"><${Icon} name="search" /><input type="search" id="palette-search" class="form-control" aria-label=${window.t('canvas.search')} placeholder=${window.t('canvas.search')} value=${asked} onInput=${(event) => setAsked(event.target.value)} /></label>
    <div class="palette-in">
      ${groups.map((group) => html`<section key=${group.name}><h3>${group.label}</h3><ul>
        ${group.types.map((one) => html`<li key=${one.name}><button type="button" class=${`palette-item group-${group.name}`} draggable=${!isBroken} disabled=${isBroken} title=${one.words} data-type=${one.name}
          onDragStart=${(event) => drag(event, one.name)} onClick=${() => addType(one.name)}>
          <span class="cstep-icon"><${Icon} name=${one.icon} /></span><span>${one.label}</span></button></li>`)}</ul></section>`)}
      ${!groups.length && html`<p class="muted small palette-none">${window.t('canvas.no_type')}</p>`}
    </div>
  </aside>`;
}

/** A dialog to choose the next node in: a search with a list below it, all by keys. */
export function Chooser({ onPick, onClose, title }) {
  const { language } = useContext(Desk);
  const box = useRef(null);
  const [asked, setAsked] = useState('');
  const [marked, setMarked] = useState(0);
  const groups = useMemo(() => found(language, asked), [asked]);
  const flat = groups.flatMap((group) => group.types);
  useEffect(() => { box.current.showModal(); box.current.querySelector('input').focus(); }, []);
  useEffect(() => { document.getElementById(`choose-${marked}`)?.scrollIntoView({ block: 'nearest' }); }, [marked]);
  const pick = (name) => { box.current.close(); onPick(name); };
  const onKey = (event) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setMarked((now) => (flat.length ? (now + (event.key === 'ArrowDown' ? 1 : -1) + flat.length) % flat.length : 0));
    } else if (event.key === 'Enter' && flat[marked]) {
      event.preventDefault();
      pick(flat[marked].name);
    }
  };
  return html`<dialog class="review chooser" ref=${box} aria-labelledby="chooser-title" onClose=${onClose} onClick=${(event) => { if (event.target === box.current) box.current.close(); }}>
    <h2 id="chooser-title">${title}</h2>
    <input type="text" class="form-control" role="combobox" aria-expanded="true" aria-controls="chooser-list" aria-activedescendant=${flat.length ? `choose-${marked}` : undefined} aria-autocomplete="list"
      aria-label=${window.t('canvas.search')} placeholder=${window.t('canvas.search')} autoComplete="off" value=${asked} onInput=${(event) => { setAsked(event.target.value); setMarked(0); }} onKeyDown=${onKey} />
    <ul id="chooser-list" role="listbox" aria-label=${title} class="chooser-list" tabIndex="-1">
      ${flat.map((one, n) => html`<li key=${one.name} id=${`choose-${n}`} role="option" aria-selected=${n === marked} class=${`group-${one.group} ${n === marked ? 'is-marked' : ''}`} onClick=${() => pick(one.name)} onPointerMove=${() => setMarked(n)}>
        <span class="cstep-icon"><${Icon} name=${one.icon} /></span><span class="chooser-words"><b>${one.label}</b>${one.words && html`<small>${one.words}</small>`}</span></li>`)}
      ${!flat.length && html`<li role="option" aria-disabled="true" aria-selected="false" class="chooser-none">${window.t('canvas.no_type')}</li>`}
    </ul>
    <div class="form-end"><button type="button" class="btn" onClick=${() => box.current.close()}>${window.t('canvas.close')}</button></div>
  </dialog>`;
}
