// The journey from top to bottom, for phones: the same nodes and ways as the graph.
import { html, useContext } from '../segments/react.js';
import { Icon } from '../segments/choose.js';
import { written } from '../segments/tree.js';
import { Desk } from './desk.js';
import { seen } from './graph.js';
import { ENTRY } from './shape.js';
import { count } from './step.js';

export function FlowList() {
  const desk = useContext(Desk);
  const done = new Set();
  const reached = html`<${Chain} name=${ENTRY} done=${done} />`;
  return html`<div class="flowlist">${reached}<${Loose} done=${done} /></div>`;
}

/** Nodes that no way reaches yet. */
function Loose({ done }) {
  const { shape, tree } = useContext(Desk);
  const left = shape.inOrder(tree).filter((name) => !reachable(shape, tree).has(name));
  return left.length > 0 && html`<section><h3 class="flowlist-loose">${window.t('canvas.not_reached')}</h3>${left.map((name) => (done.has(name) ? null : html`<${Chain} key=${name} name=${name} done=${done} />`))}</section>`;
}

function reachable(shape, tree) {
  const found = new Set();
  const rest = [ENTRY];
  while (rest.length) for (const way of shape.ways(tree, rest.pop())) if (way.to && !found.has(way.to)) { found.add(way.to); rest.push(way.to); }
  return found;
}

/** A node with all that comes after it; one that was drawn before is only named. */
function Chain({ name, done }) {
  const desk = useContext(Desk);
  const { shape, tree } = desk;
  const items = [];
  let at = name;
  for (;;) {
    if (done.has(at)) { items.push({ jump: at }); break; }
    done.add(at);
    const ways = shape.ways(tree, at);
    items.push({ name: at, ways });
    const isWhole = ways.length === 1;
    if (!isWhole) break;
    if (!ways[0].to || !(shape.names(tree).includes(ways[0].to))) { items.push({ free: ways[0] }); break; }
    items.push({ plus: ways[0] });
    at = ways[0].to;
  }
  return html`<ol class="chain">${items.map((one, n) => html`<li key=${n}>
    ${one.name && html`<${Card} name=${one.name} />`}
    ${one.name && one.ways.length > 1 && html`<ul class="forks">${seen(desk, one.name).ways.map((way) => html`<li key=${written(way.path)}>
      <p class="fork-name">${way.label}</p>
      ${way.to && shape.names(tree).includes(way.to) ? html`<${Plus} path=${way.path} /><${Chain} name=${way.to} done=${done} />` : html`<${Plus} path=${way.path} isFree />`}</li>`)}</ul>`}
    ${one.plus && html`<${Plus} path=${one.plus.path} />`}
    ${one.free && html`<${Plus} path=${one.free.path} isFree />`}
    ${one.jump && html`<button type="button" class="jump" onClick=${() => desk.select(one.jump, true)}><${Icon} name="corner-down-right" />${window.t('canvas.goes_to', { to: one.jump })}</button>`}
  </li>`)}</ol>`;
}

function Plus({ path, isFree }) {
  const desk = useContext(Desk);
  if (desk.isReadOnly) return html`<span class="chain-plus is-line"></span>`;
  return html`<span class=${`chain-plus ${isFree ? 'is-free' : ''}`}><button type="button" disabled=${desk.isBroken} aria-label=${window.t(isFree ? 'canvas.add_after' : 'canvas.insert')} onClick=${() => desk.pickFor(path)}><${Icon} name="plus" />${isFree && window.t('canvas.add_after')}</button></span>`;
}

function Card({ name }) {
  const desk = useContext(Desk);
  const look = seen(desk, name);
  return html`<button type="button" class=${`cstep group-${look.group} ${look.nProblems ? 'is-wrong' : ''} ${desk.selected === name ? 'is-chosen' : ''}`} data-node=${name} onClick=${() => desk.select(name, true)}>
    <span class="cstep-top"><span class="cstep-icon"><${Icon} name=${look.icon} /></span>
      <span class="cstep-words"><span class="cstep-title">${look.title}</span><span class="cstep-detail">${look.words}</span></span>
      ${look.nComments > 0 && html`<span class="cstep-mark"><${Icon} name="message" />${look.nComments}</span>`}
      ${look.nProblems > 0 && html`<span class="cstep-mark is-bad"><${Icon} name="alert-circle" />${look.nProblems}</span>`}</span>
    ${look.counts && html`<span class="cstep-counts"><span>${window.t('entered')}<b>${count(look.counts.entered)}</b></span><span>${window.t('waiting')}<b>${count(look.counts.waiting)}</b></span></span>`}
  </button>`;
}
