// The graph on React Flow: drawn from the document, changed by mouse and by keys.
import {
  Background, BaseEdge, Controls, EdgeLabelRenderer, MarkerType, MiniMap, ReactFlow, applyNodeChanges,
  getSmoothStepPath, html, useReactFlow, useEffect, useMemo, useRef, useState,
} from '../../vendor/flow.mjs';
import { Icon } from '../segments/choose.js';
import { useContext } from '../segments/react.js';
import { written } from '../segments/tree.js';
import { Desk, ENTRY_LOOK, UNKNOWN_LOOK, problemsAt } from './desk.js';
import { ENTRY, summary, wayName } from './shape.js';
import { WIDTH, heightOf } from './places.js';
import { around } from './route.js';
import { Step } from './step.js';

export const DRAGGED = 'application/x-huiliu-node';
const READABLE = 0.62;
const NUDGE = 20;
const TONES = { entry: '#7c3aed', talk: '#2563eb', time: '#c2620a', choose: '#0e8aa3', data: '#0f8a5f', flow: '#64748b' };

/** Returns the ways of a node with their names; `isEvery`: also those that it may have and has not. */
export function namedWays(desk, name, isEvery = false) {
  const { shape, tree, words, draft } = desk;
  const ways = isEvery ? shape.everyWay(tree, name) : shape.ways(tree, name);
  return ways.map((way) => ({ ...way, label: wayName(shape, way, ways, words, draft.sentences) }));
}

/** Returns what the canvas shows of a node. */
export function seen(desk, name) {
  const { shape, tree, language, words, draft } = desk;
  const named = namedWays(desk, name);
  const path = name === ENTRY ? 'entry' : `nodes.${name}`;
  const shared = {
    name, ways: named, isEntry: name === ENTRY,
    nProblems: problemsAt(draft.problems, path).length + (name === ENTRY ? problemsAt(draft.problems, 'start').length : 0),
    nComments: desk.comments.filter((one) => one.node === name && !one.resolved).length,
    counts: desk.counts?.nodes?.[name],
  };
  if (name === ENTRY) {
    const entry = tree.entry ?? {};
    const kind = language.entries.find((one) => entry[one.name] !== undefined);
    const said = kind ? summary(kind.form, entry, words, draft.sentences, ['entry']) : [];
    return { ...shared, ...ENTRY_LOOK, title: window.t('canvas.entry'), words: said.join(' · ') };
  }
  const node = shape.node(tree, name);
  const type = shape.type(tree, name);
  const said = summary(type?.form, node, words, draft.sentences, ['nodes', name]);
  return {
    ...shared, icon: (type ?? UNKNOWN_LOOK).icon, group: (type ?? UNKNOWN_LOOK).group,
    title: type?.label ?? String(node.type ?? '?'), words: said.join(' · ') || node.note || name,
  };
}

/** A way between two nodes, with a button that puts a new node into it. */
function Line({ id, data, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, markerEnd, selected }) {
  const desk = useContext(Desk);
  const [path, x, y] = around(data.blocks, [sourceX, sourceY], [targetX, targetY])
    ?? getSmoothStepPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, borderRadius: 12 });
  if (desk.isReadOnly) return html`<${BaseEdge} id=${id} path=${path} markerEnd=${markerEnd} />`;
  return html`<${BaseEdge} id=${id} path=${path} markerEnd=${markerEnd} interactionWidth=${18} />
    <${EdgeLabelRenderer}><span class=${`line-tools nodrag nopan ${selected ? 'is-chosen' : ''}`} style=${{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}>
      <button type="button" tabIndex="-1" title=${window.t('canvas.insert')} aria-label=${window.t('canvas.insert_between', { from: data.from, to: data.to })} onClick=${() => desk.pickFor(data.path)}><${Icon} name="plus" /></button>
      ${selected && html`<button type="button" class="is-bad" tabIndex="-1" title=${window.t('canvas.disconnect')} aria-label=${window.t('canvas.disconnect')} onClick=${() => desk.disconnect(data.path)}><${Icon} name="x" /></button>`}
    </span></${EdgeLabelRenderer}>`;
}

const nodeTypes = { step: Step };
const edgeTypes = { line: Line };

export function Graph() {
  const desk = useContext(Desk);
  const { shape, tree, positions, selected } = desk;
  const flow = useReactFlow();
  const box = useRef(null);
  const [theme, setTheme] = useState(document.documentElement.dataset.bsTheme);
  const [drawn, setDrawn] = useState([]);
  const [marked, setMarked] = useState('');
  const hasFoot = Boolean(desk.counts);

  const wanted = useMemo(() => [ENTRY, ...shape.inOrder(tree)].map((name) => {
    const data = seen(desk, name);
    return {
      id: name, type: 'step', position: { x: positions[name]?.[0] ?? 0, y: positions[name]?.[1] ?? 0 }, data,
      selected: selected === name, deletable: false, width: WIDTH, initialHeight: heightOf(data.ways.length, hasFoot),
      ariaLabel: said(data),
    };
  }), [tree, positions, selected, desk.draft, desk.comments, desk.counts]);
  useEffect(() => {
    setDrawn((before) => wanted.map((node) => ({ ...node, measured: before.find((one) => one.id === node.id)?.measured })));
  }, [wanted]);
  useEffect(() => {
    const onTheme = (event) => setTheme(event.detail);
    document.addEventListener('huiliu:theme', onTheme);
    return () => document.removeEventListener('huiliu:theme', onTheme);
  }, []);
  // A node that was just added, found or reached by keys comes into sight and has the focus; one
  // that was just made is not on the page yet.
  useEffect(() => {
    if (!desk.focus) return undefined;
    const at = positions[desk.focus.name];
    let [frame, left] = [0, 30];
    const look = () => {
      const node = box.current?.querySelector(`.react-flow__node[data-id="${CSS.escape(desk.focus.name)}"]`);
      const isThere = node && getComputedStyle(node).visibility !== 'hidden';
      if (!isThere && (left -= 1)) { frame = requestAnimationFrame(look); return; }
      if (!isThere || !at) return;
      reveal(flow, box.current, at, desk.focus.isFar);
      if (desk.focus.hasFocus) node.focus({ preventScroll: true });
    };
    look();
    return () => cancelAnimationFrame(frame);
  }, [desk.focus]);

  const edges = useMemo(() => {
    const names = new Set([ENTRY, ...shape.names(tree)]);
    const blocks = [...names].filter((name) => positions[name]).map((name) => ({ name, left: positions[name][0], top: positions[name][1], right: positions[name][0] + WIDTH, bottom: positions[name][1] + heightOf(shape.ways(tree, name).length, hasFoot) }));
    return [...names].flatMap((from) => shape.ways(tree, from).filter((way) => names.has(way.to) && way.to !== ENTRY).map((way) => {
      const id = written(way.path);
      return {
        id, source: from, target: way.to, sourceHandle: id, targetHandle: 'in', type: 'line', selected: marked === id, focusable: false,
        data: { path: way.path, from, to: way.to, blocks: blocks.filter((one) => one.name !== from && one.name !== way.to) }, markerEnd: { type: MarkerType.ArrowClosed, width: 16, height: 16 },
      };
    }));
  }, [tree, positions, marked, hasFoot]);

  const moved = (_, node, nodes) => desk.place(Object.fromEntries((nodes?.length ? nodes : [node]).map((one) => [one.id, [Math.round(one.position.x), Math.round(one.position.y)]])));
  const isValid = (link) => link.source !== link.target && link.target !== ENTRY;
  const connect = (link) => desk.connect(pathOf(shape, tree, link.source, link.sourceHandle), link.target);
  const drop = (event) => {
    const type = event.dataTransfer.getData(DRAGGED);
    if (!type) return;
    event.preventDefault();
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    const path = event.target.closest?.('.line-tools') ? null : nearWay(edges, positions, at);
    desk.addType(type, { at: [Math.round(at.x - WIDTH / 2), Math.round(at.y - 30)], path });
  };
  const loose = (event, link) => {
    if (link.isValid || link.toNode || !link.fromHandle || link.fromHandle.type !== 'source') return;
    const point = event.changedTouches?.[0] ?? event;
    const at = flow.screenToFlowPosition({ x: point.clientX, y: point.clientY });
    desk.pickFor(pathOf(shape, tree, link.fromNode.id, link.fromHandle.id), [Math.round(at.x), Math.round(at.y - 30)]);
  };
  const onKey = (event) => {
    const name = event.target.dataset?.id;
    if (marked && (event.key === 'Delete' || event.key === 'Backspace') && !name) { desk.disconnect(edges.find((one) => one.id === marked)?.data.path); return; }
    if (!name || !event.target.classList.contains('react-flow__node')) return;
    if (keyOf(desk, name, event, flow)) { event.preventDefault(); event.stopPropagation(); }
  };

  return html`<div class="graph" ref=${box} onKeyDown=${onKey} onDragOver=${(event) => { if (event.dataTransfer.types.includes(DRAGGED)) event.preventDefault(); }} onDrop=${drop}>
    <${ReactFlow} nodes=${drawn} edges=${edges} nodeTypes=${nodeTypes} edgeTypes=${edgeTypes} colorMode=${theme}
      onNodesChange=${(changes) => setDrawn((now) => applyNodeChanges(changes.filter((one) => one.type === 'position' || one.type === 'dimensions'), now))}
      onNodeDragStop=${moved} onNodeClick=${(_, node) => { setMarked(''); desk.select(node.id); }}
      onEdgeClick=${(_, edge) => setMarked(edge.id)} onPaneClick=${() => { setMarked(''); desk.select(null); }}
      onConnect=${connect} isValidConnection=${isValid} onConnectEnd=${loose} connectionRadius=${36} onReconnect=${(old, link) => desk.reconnect(old.data.path, pathOf(shape, tree, link.source, link.sourceHandle), link.target)}
      onInit=${() => begin(flow, box.current, positions)} minZoom=${0.1} maxZoom=${1.6} disableKeyboardA11y nodesFocusable edgesFocusable=${false}
      deleteKeyCode=${null} selectionKeyCode=${null} multiSelectionKeyCode=${null} nodesDraggable=${!desk.isReadOnly} nodesConnectable=${!desk.isReadOnly} zoomOnScroll=${!desk.isReadOnly} preventScrolling=${!desk.isReadOnly} snapToGrid snapGrid=${[4, 4]} zoomOnDoubleClick=${false}
      ariaLabelConfig=${{
        'node.a11yDescription.default': window.t('canvas.node_help'), 'node.a11yDescription.keyboardDisabled': window.t('canvas.node_help'),
        'controls.ariaLabel': window.t('controls'), 'controls.zoomIn.ariaLabel': window.t('zoom_in'),
        'controls.zoomOut.ariaLabel': window.t('zoom_out'), 'controls.fitView.ariaLabel': window.t('fit'), 'minimap.ariaLabel': window.t('minimap'),
      }}>
      <${Background} gap=${22} size=${1.2} />
      <${Controls} showInteractive=${false} fitViewOptions=${{ padding: 0.1, maxZoom: 1 }} />
      <${MiniMap} pannable zoomable style=${{ width: 150, height: 84 }} nodeBorderRadius=${14} nodeColor=${(node) => TONES[node.data.group] ?? TONES.flow} />
    </${ReactFlow}>
  </div>`;
}

/** Returns a node in words for those who do not see it. */
function said(data) {
  const ways = data.ways.map((way) => (way.to ? window.t('canvas.way_to', { way: way.label, to: way.to }) : window.t('canvas.way_free', { way: way.label })));
  const parts = [data.title, data.isEntry ? '' : data.name, data.words !== data.name ? data.words : '', ...ways];
  if (data.nProblems) parts.push(window.t('canvas.n_problems', { n: data.nProblems }));
  return parts.map((one) => one.trim()).filter(Boolean).join(', ');
}

const pathOf = (shape, tree, name, handle) => shape.ways(tree, name).find((way) => written(way.path) === handle)?.path;

/** Returns the way on which a point lies, if there is one: a node let go there goes into it. */
function nearWay(edges, positions, at) {
  const near = edges.find(({ source, target }) => {
    const [from, to] = [positions[source], positions[target]];
    if (!from || !to || to[0] <= from[0] + WIDTH) return false;
    const share = (at.x - from[0] - WIDTH) / (to[0] - from[0] - WIDTH);
    const y = (share < 0.5 ? from[1] : to[1]) + 31;
    return share > 0 && share < 1 && Math.abs(at.y - y) < 26;
  });
  return near?.data.path ?? null;
}

/** Shows the beginning of a journey that is too wide to be read when all of it is shown. */
function begin(flow, box, positions) {
  const all = Object.values(positions);
  if (!all.length || !box) return;
  const [left, top] = [Math.min(...all.map((one) => one[0])), Math.min(...all.map((one) => one[1]))];
  const [wide, high] = [Math.max(...all.map((one) => one[0])) + WIDTH - left, Math.max(...all.map((one) => one[1])) + 110 - top];
  const fits = Math.min((box.clientWidth - 60) / wide, (box.clientHeight - 60) / high, 1);
  const zoom = Math.max(fits, Math.min(READABLE + 0.2, 1));
  const x = fits >= READABLE ? (box.clientWidth - wide * zoom) / 2 - left * zoom : 28 - left * zoom;
  const first = positions[ENTRY] ?? [left, top];
  const y = high * zoom <= box.clientHeight - 20 ? (box.clientHeight - high * zoom) / 2 - top * zoom : box.clientHeight / 2 - (first[1] + 45) * zoom;
  flow.setViewport({ x, y, zoom });
}

/** Moves the canvas as little as it takes to see a node whole. */
function reveal(flow, box, [x, y], isFar) {
  const { x: left, y: top, zoom } = flow.getViewport();
  const [at, up] = [x * zoom + left, y * zoom + top];
  const [wide, high] = [WIDTH * zoom, 110 * zoom];
  const isIn = at > 10 && up > 10 && at + wide < box.clientWidth - 10 && up + high < box.clientHeight - 10;
  if (isIn && !isFar) return;
  flow.setCenter(x + WIDTH / 2, y + 50, { zoom: Math.max(zoom, READABLE) });
}

/** What a key does to the node that has the focus; says whether it did anything. */
function keyOf(desk, name, event, flow) {
  const { shape, tree, positions } = desk;
  const isNode = name !== ENTRY && !desk.isReadOnly;
  const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (desk.isReadOnly && !arrow && !['Enter', ' ', '0'].includes(event.key)) return false;
  if (arrow && event.shiftKey && !desk.isReadOnly) {
    const [x, y] = positions[name];
    desk.place({ [name]: [x + arrow[0] * NUDGE, y + arrow[1] * NUDGE] }, `nudge ${name}`);
    return true;
  }
  if (arrow && !event.altKey && !event.ctrlKey && !event.metaKey) {
    const to = neighbour(shape, tree, positions, name, arrow);
    if (to) desk.lookAt(to, true);
    return true;
  }
  if (event.ctrlKey || event.metaKey) {
    if (event.key.toLowerCase() === 'd' && isNode) { desk.copy(name); return true; }
    return false;
  }
  switch (event.key) {
    case 'Enter': case ' ': desk.select(name, true); return true;
    case 'Delete': case 'Backspace': if (isNode) desk.remove(name); return true;
    case 'a': case 'A': case '+': desk.pickFor(shape.firstWay(tree, name)); return true;
    case 'c': case 'C': desk.select(name, true, 'ways'); return true;
    case 'm': case 'M': desk.select(name, true, 'comment'); return true;
    case '0': flow.fitView({ padding: 0.1, maxZoom: 1 }); return true;
    default: return false;
  }
}

/** Returns where an arrow leads: along the ways to the right and left, else to the nearest above or below. */
function neighbour(shape, tree, positions, name, [dx, dy]) {
  const known = (one) => one && positions[one];
  if (dx > 0) return shape.ways(tree, name).map((way) => way.to).find(known) ?? nearest(positions, name, dx, dy);
  if (dx < 0 && name !== ENTRY) return shape.into(tree, name).map((way) => way.from).find(known) ?? nearest(positions, name, dx, dy);
  return nearest(positions, name, dx, dy);
}

function nearest(positions, name, dx, dy) {
  const [x, y] = positions[name];
  const away = ([left, top]) => (dx ? Math.abs(left - x) + 3 * Math.abs(top - y) : Math.abs(top - y) + 3 * Math.abs(left - x));
  const ahead = ([left, top]) => (dx ? (left - x) * dx > 4 : (top - y) * dy > 4);
  const found = Object.entries(positions).filter(([one, at]) => one !== name && ahead(at)).sort((a, b) => away(a[1]) - away(b[1]));
  return found[0]?.[0];
}
