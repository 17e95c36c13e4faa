// Where each node stands: left to right on a wide screen, top to bottom on a narrow one.
import { dagre } from '../../vendor/flow.mjs';

export const WIDTH = 224;
export const HEIGHT = 104;

/** Returns node id -> {x, y}; the ways of a branch keep the order in which they are written. */
export function place(nodes, ways, isNarrow) {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: isNarrow ? 'TB' : 'LR', nodesep: isNarrow ? 26 : 34, ranksep: isNarrow ? 56 : 64 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) graph.setNode(node.id, { width: WIDTH, height: HEIGHT });
  // A label asks for its own room, so that it never lies on a node.
  for (const way of ways) {
    const width = isNarrow ? 0 : [...way.label].reduce((sum, letter) => sum + (letter > '\u2e80' ? 12.5 : 7), way.label ? 26 : 0);
    graph.setEdge(way.begin, way.end, { width, height: way.label ? 24 : 0, labelpos: 'c' });
  }
  dagre.layout(graph);
  const found = new Map(nodes.map((node) => {
    const { x, y } = graph.node(node.id);
    return [node.id, { x: x - WIDTH / 2, y: y - HEIGHT / 2 }];
  }));
  // dagre does not know that ways have an order: nodes of one rank change places so that they keep it.
  const across = isNarrow ? 'x' : 'y';
  for (const node of nodes) {
    const next = ways.filter((way) => way.begin === node.id).sort((a, b) => a.nth - b.nth).map((way) => way.end);
    const alone = [...new Set(next)].filter((id) => ways.filter((way) => way.end === id).length === 1);
    const ranks = new Set(alone.map((id) => found.get(id)[isNarrow ? 'y' : 'x']));
    if (alone.length < 2 || ranks.size > 1) continue;
    const places = alone.map((id) => found.get(id)[across]).sort((a, b) => a - b);
    alone.forEach((id, nth) => { found.get(id)[across] = places[nth]; });
  }
  return found;
}
