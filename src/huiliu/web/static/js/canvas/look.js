// A published journey to be looked at: the same picture as the canvas, which nobody changes here.
import { ReactFlowProvider } from '../../vendor/flow.mjs';
import { createRoot, html, useEffect, useMemo, useState } from '../segments/react.js';
import { picking } from '../segments/words.js';
import { Desk } from './desk.js';
import { FlowList } from './flowlist.js';
import { Graph } from './graph.js';
import { placeAll } from './places.js';
import { Shape } from './shape.js';

const narrow = matchMedia('(max-width: 820px)');

/** Leads to the node's line in the table below the picture. */
function show(name) {
  const row = document.getElementById(`node-${name}`);
  row?.scrollIntoView({ block: 'center' });
  row?.focus({ preventScroll: true });
}

function Look({ language, words, start }) {
  const shape = useMemo(() => new Shape(language.types), []);
  const [focus, setFocus] = useState(null);
  const [isPhone, setPhone] = useState(narrow.matches);
  useEffect(() => {
    const onWidth = () => setPhone(narrow.matches);
    narrow.addEventListener('change', onWidth);
    return () => narrow.removeEventListener('change', onWidth);
  }, []);
  const [desk] = useState(() => ({
    language, shape, words: picking(words), tree: start.tree, positions: placeAll(shape, start.tree, start.positions),
    draft: { tree: start.tree, problems: [], sentences: start.sentences }, comments: [], counts: start.counts,
    selected: null, isReadOnly: true, select: show, lookAt: (name, hasFocus) => setFocus({ name, hasFocus }), place() {}, pickFor() {},
  }));
  const now = useMemo(() => ({ ...desk, focus }), [focus]);
  return html`<${Desk.Provider} value=${now}>${isPhone ? html`<${FlowList} />` : html`<${ReactFlowProvider}><${Graph} /></${ReactFlowProvider}>`}</${Desk.Provider}>`;
}

const canvas = document.getElementById('canvas');
canvas.replaceChildren();
createRoot(canvas).render(html`<${Look} ...${JSON.parse(document.getElementById('canvas-data').textContent)} />`);
canvas.dataset.ready = 'true';
