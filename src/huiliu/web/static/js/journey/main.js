// Draws the journey of the page's JSON block: what each node does and what became of its runs.
import {
  Background, Controls, Handle, MarkerType, MiniMap, Position, ReactFlow,
  createRoot, html, useEffect, useState,
} from '../../vendor/flow.mjs';
import { WIDTH, HEIGHT, place } from './layout.js';

const ICONS = { entry: 'bolt', wait: 'hourglass', branch: 'git-branch', send: 'send', exit: 'flag' };
const sprite = new URL('../../vendor/icons.svg', import.meta.url).pathname;
const number = new Intl.NumberFormat('en-US');
const READABLE = 0.68;
const narrow = matchMedia('(max-width: 820px)');

function Step({ data }) {
  const { node, isNarrow, ways } = data;
  const kind = ICONS[node.type] ? node.type : 'other';
  const side = isNarrow ? [Position.Top, Position.Bottom] : [Position.Left, Position.Right];
  const share = (nth) => ({ [isNarrow ? 'left' : 'top']: `${((nth + 1) / (ways.length + 1)) * 100}%` });
  return html`<div class=${`step step-${kind}`}>
    ${node.type !== 'entry' && html`<${Handle} type="target" position=${side[0]} isConnectable=${false} />`}
    <div class="step-top">
      <span class="step-icon"><svg class="icon" aria-hidden="true"><use href=${`${sprite}#${ICONS[node.type] ?? 'point'}`} /></svg></span>
      <div class="step-words">
        <div class="step-title">${node.title}</div>
        <div class="step-detail" title=${node.words}>${node.words || node.name}</div>
      </div>
    </div>
    <div class="step-counts">
      <span>${window.t('entered')}<b>${number.format(node.entered)}</b></span>
      ${node.type === 'wait' && html`<span class=${node.waiting ? 'is-waiting' : ''}>${window.t('waiting')}<b>${number.format(node.waiting)}</b></span>`}
      ${node.to && html`<a class="nodrag" href=${node.to}>${window.t('messages')}</a>`}
    </div>
    ${ways.map((way, nth) => html`<${Handle} key=${way.nth} id=${String(way.nth)} type="source" position=${side[1]} isConnectable=${false} style=${share(nth)} />`)}
  </div>`;
}

/** Shows the beginning of a journey that is too wide to be read when all of it is shown. */
function begin(flow, isNarrow) {
  const bounds = flow.getNodesBounds(flow.getNodes());
  const box = document.getElementById('canvas');
  const [long, room] = isNarrow ? [bounds.height, box.clientHeight] : [bounds.width, box.clientWidth];
  if (room / long >= READABLE) return;
  const zoom = isNarrow ? Math.max(0.6, Math.min(0.85, (box.clientWidth - 20) / bounds.width)) : 0.8;
  const x = isNarrow ? (box.clientWidth - bounds.width * zoom) / 2 - bounds.x * zoom : 24 - bounds.x * zoom;
  const y = isNarrow ? 24 - bounds.y * zoom : (box.clientHeight - bounds.height * zoom) / 2 - bounds.y * zoom;
  flow.setViewport({ x, y, zoom });
}

const nodeTypes = { step: Step };
const shorten = (words) => (words.length > 18 ? `${words.slice(0, 17)}…` : words);

/** Returns the ways with those between the same two nodes drawn as one, under both names. */
function joined(ways) {
  const found = new Map();
  for (const way of ways) {
    const id = JSON.stringify([way.begin, way.end]);
    const same = found.get(id);
    if (same) same.labels.push(way.label);
    else found.set(id, { ...way, labels: [way.label] });
  }
  return [...found.values()].map((way) => ({ ...way, label: way.labels.map((label) => shorten(label)).join(' / ').slice(0, 30) }));
}

function Picture({ nodes, ways: written }) {
  const ways = joined(written);
  const [isNarrow, setNarrow] = useState(narrow.matches);
  const [theme, setTheme] = useState(document.documentElement.dataset.bsTheme);
  useEffect(() => {
    const onWidth = () => setNarrow(narrow.matches);
    const onTheme = (event) => setTheme(event.detail);
    narrow.addEventListener('change', onWidth);
    document.addEventListener('huiliu:theme', onTheme);
    return () => {
      narrow.removeEventListener('change', onWidth);
      document.removeEventListener('huiliu:theme', onTheme);
    };
  }, []);
  const places = place(nodes, ways, isNarrow);
  const drawn = nodes.map((node) => ({
    id: node.id, type: 'step', position: places.get(node.id), width: WIDTH, initialHeight: HEIGHT,
    data: { node, isNarrow, ways: ways.filter((way) => way.begin === node.id) },
    ariaLabel: `${node.title} ${node.words}: ${window.t('entered')} ${node.entered}`,
  }));
  const edges = ways.map((way) => ({
    id: `${way.begin}-${way.nth}`, source: way.begin, target: way.end, sourceHandle: String(way.nth),
    type: 'smoothstep', label: way.label, focusable: false,
    labelBgPadding: [7, 4], labelBgBorderRadius: 7, markerEnd: { type: MarkerType.ArrowClosed, width: 16, height: 16 },
    pathOptions: { borderRadius: 12 },
  }));
  return html`<${ReactFlow} key=${isNarrow} defaultNodes=${drawn} edges=${edges} nodeTypes=${nodeTypes} colorMode=${theme}
      fitView fitViewOptions=${{ minZoom: 0.3, maxZoom: 1, padding: 0.06 }} onInit=${(flow) => begin(flow, isNarrow)} minZoom=${0.25} maxZoom=${1.6}
      nodesConnectable=${false} edgesFocusable=${false} zoomOnScroll=${false} preventScrolling=${false} deleteKeyCode=${null}
      ariaLabelConfig=${{
        'node.a11yDescription.default': window.t('node_help'), 'node.a11yDescription.keyboardDisabled': window.t('node_help'),
        'controls.ariaLabel': window.t('controls'), 'controls.zoomIn.ariaLabel': window.t('zoom_in'),
        'controls.zoomOut.ariaLabel': window.t('zoom_out'), 'controls.fitView.ariaLabel': window.t('fit'),
        'minimap.ariaLabel': window.t('minimap'),
      }}>
    <${Background} gap=${22} size=${1.2} />
    <${Controls} showInteractive=${false} />
    ${!isNarrow && html`<${MiniMap} pannable zoomable style=${{ width: 160, height: 90 }} nodeBorderRadius=${14} nodeColor=${(node) => ({ entry: '#7c3aed', wait: '#c2620a', branch: '#0e8aa3', send: '#2563eb', exit: '#be2f55' }[node.data.node.type] ?? '#475569')} />`}
  </${ReactFlow}>`;
}

const canvas = document.getElementById('canvas');
const picture = JSON.parse(document.getElementById(canvas.dataset.picture).textContent);
canvas.replaceChildren();
createRoot(canvas).render(html`<${Picture} ...${picture} />`);
canvas.dataset.ready = 'true';
