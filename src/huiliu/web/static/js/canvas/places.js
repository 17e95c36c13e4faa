// Where nodes stand: by hand, else by layers from left to right.
import { dagre } from '../../vendor/flow.mjs';
import { ENTRY } from './shape.js';

export const WIDTH = 236;
const HEAD = 62;
const FOOT = 34;
const LINE = 28;

/** Returns how high a node is drawn: a line for each named way, a foot where it has counts. */
export const heightOf = (nWays, hasFoot) => HEAD + (nWays > 1 ? nWays * LINE + 6 : 0) + (hasFoot ? FOOT : 0);

/** Returns node -> [x, y] for all nodes, left to right; the ways of a node keep their order. */
export function layOut(shape, tree) {
  const names = [ENTRY, ...shape.inOrder(tree)];
  const known = new Set(names);
  const ways = new Map(names.map((name) => [name, shape.ways(tree, name)]));
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 30, ranksep: 84 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const name of names) graph.setNode(name, { width: WIDTH, height: heightOf(ways.get(name).length, true) });
  for (const name of names) for (const way of ways.get(name)) if (known.has(way.to)) graph.setEdge(name, way.to);
  dagre.layout(graph);
  const found = Object.fromEntries(names.map((name) => {
    const { x, y, width, height } = graph.node(name);
    return [name, [Math.round(x - width / 2), Math.round(y - height / 2)]];
  }));
  keepOrder(names, ways, found, shape, tree);
  return found;
}

/** dagre does not know that ways have an order: nodes of one rank change places so that they keep it. */
function keepOrder(names, ways, found, shape, tree) {
  for (const name of names) {
    const next = [...new Set(ways.get(name).map((way) => way.to))].filter((to) => found[to] && shape.into(tree, to).length === 1);
    if (next.length < 2 || new Set(next.map((to) => found[to][0])).size > 1) continue;
    const heights = next.map((to) => found[to][1]).sort((a, b) => a - b);
    next.forEach((to, nth) => { found[to] = [found[to][0], heights[nth]]; });
  }
}

/** Returns where every node stands: those that were never placed beside what leads to them. */
export function placeAll(shape, tree, positions) {
  const names = [ENTRY, ...shape.names(tree)];
  const missing = names.filter((name) => !positions[name]);
  if (!missing.length) return positions;
  if (missing.length > names.length / 2) return { ...layOut(shape, tree), ...kept(names, positions, missing) };
  const found = kept(names, positions, []);
  for (const name of [ENTRY, ...shape.inOrder(tree)]) {
    if (found[name]) continue;
    const before = name === ENTRY ? null : shape.into(tree, name).find((way) => found[way.from]);
    const [x, y] = before ? found[before.from] : [0, 0];
    found[name] = freeSpot(found, before ? x + WIDTH + 84 : x - WIDTH - 84, y);
  }
  return found;
}

const kept = (names, positions, missing) =>
  (missing.length === names.length || missing.length > names.length / 2 ? {} : Object.fromEntries(names.filter((name) => positions[name]).map((name) => [name, positions[name]])));

/** Returns the first place from a point downwards where nothing stands. */
export function freeSpot(found, x, y) {
  let at = y;
  const isTaken = () => Object.values(found).some(([left, top]) => Math.abs(left - x) < WIDTH && Math.abs(top - at) < HEAD + FOOT + 16);
  while (isTaken()) at += HEAD + FOOT + 30;
  return [Math.round(x), Math.round(at)];
}

/** Moves what stands right of a point further right, so that a new node has room there. */
export function makeRoom(found, x, names) {
  return Object.fromEntries(Object.entries(found).map(([name, [left, top]]) => [name, names.has(name) && left >= x - 20 ? [left + WIDTH + 84, top] : [left, top]]));
}
