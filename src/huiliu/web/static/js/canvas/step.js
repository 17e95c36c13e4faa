// One node as the canvas draws it: what it does, its ways, and what became of the runs.
import { Handle, Position, html, memo } from '../../vendor/flow.mjs';
import { Icon } from '../segments/choose.js';
import { useContext } from '../segments/react.js';
import { written } from '../segments/tree.js';
import { Desk } from './desk.js';

const number = new Intl.NumberFormat('en-US');

/** Returns a number as the reader counts. */
export const count = (n) => number.format(n ?? 0);

/** A node of the graph; `data` is what graph.js made of it. */
export const Step = memo(function Step({ data }) {
  const desk = useContext(Desk);
  const { name, title, words, icon, group, ways, isEntry, nProblems, nComments, counts } = data;
  const plus = (way) => !way.to && !desk.isReadOnly && html`<button type="button" class="step-plus nodrag nopan" tabIndex="-1" title=${window.t('canvas.add_after')}
    aria-label=${window.t('canvas.add_after_way', { what: way.label || title })} onClick=${(event) => { event.stopPropagation(); desk.pickFor(way.path); }}><${Icon} name="plus" /></button>`;
  const isOpen = (way) => `step-way ${way.to ? '' : 'is-free'}`;
  return html`<div class=${`cstep group-${group} ${nProblems ? 'is-wrong' : ''}`}>
    ${!isEntry && html`<${Handle} type="target" position=${Position.Left} id="in" isConnectable=${!desk.isReadOnly} />`}
    <div class="cstep-top">
      <span class="cstep-icon"><${Icon} name=${icon} /></span>
      <div class="cstep-words"><div class="cstep-title">${title}</div><div class="cstep-detail" title=${words}>${words || name}</div></div>
      ${nComments > 0 && html`<span class="cstep-mark" title=${window.t('canvas.n_comments', { n: nComments })}><${Icon} name="message" />${nComments}</span>`}
      ${nProblems > 0 && html`<span class="cstep-mark is-bad" title=${window.t('canvas.n_problems', { n: nProblems })}><${Icon} name="alert-circle" />${nProblems}</span>`}
      ${ways.length === 1 && plus(ways[0])}
    </div>
    ${ways.length > 1 && html`<ul class="cstep-ways">${ways.map((way) => html`<li key=${written(way.path)} class=${isOpen(way)}>
      <span title=${way.label}>${way.label}</span>${counts?.ways?.[way.to] !== undefined && html`<b>${count(counts.ways[way.to])}</b>`}${plus(way)}
      <${Handle} type="source" position=${Position.Right} id=${written(way.path)} isConnectable=${!desk.isReadOnly} /></li>`)}</ul>`}
    ${counts && html`<div class="cstep-counts">
      <span>${window.t('entered')}<b>${count(counts.entered)}</b></span>
      ${counts.messages ? html`<span>${window.t('canvas.sent')}<b>${count(counts.messages.sent)}</b></span>`
        : !isEntry && html`<span class=${counts.waiting ? 'is-waiting' : ''}>${window.t('waiting')}<b>${count(counts.waiting)}</b></span>`}
      ${counts.left > 0 && html`<span>${window.t('canvas.left')}<b>${count(counts.left)}</b></span>`}
    </div>`}
    ${ways.length === 1 && html`<${Handle} type="source" position=${Position.Right} id=${written(ways[0].path)} isConnectable=${!desk.isReadOnly} />`}
  </div>`;
});
