// A whole condition as the value of one field: the builder's rows, in a room of their own.
import { html, useContext, useEffect, useMemo, useRef } from './react.js';
import { Root } from './rows.js';
import { Room } from './room.js';
import { nextPlace, put, written } from './tree.js';

/** Draws the condition at a path of the document as if it were a document of its own. */
export function Condition({ value, path }) {
  const outer = useContext(Room);
  const box = useRef(null);
  const focus = useRef('');
  const here = written(path);
  const problems = useMemo(() => {
    const found = new Map();
    for (const [at, words] of outer.problems) {
      if (at === here || at.startsWith(`${here}.`) || at.startsWith(`${here}[`)) found.set(`where${at.slice(here.length)}`, words);
    }
    return found;
  }, [outer.problems, here]);
  // An empty map is a condition that was just added: nothing is asked yet.
  const isEmpty = value === undefined || value === null || (typeof value === 'object' && !Object.keys(value).length);
  const tree = isEmpty ? {} : { where: value };
  const change = (next, path_ = '', words = '') => {
    focus.current = path_;
    outer.edit(path, next.where ?? {}, '', words);
  };
  const step = (from, way) => {
    const to = nextPlace(tree, outer.grammar, from, way);
    if (to) change(outer.grammar.move(tree, from, to), '', window.t('builder.said.moved'));
  };
  const room = {
    ...outer, tree, problems, change, step,
    edit: (at, one, focused = '') => change(put(tree, at, one), focused),
    keys: (event, at) => {
      const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (way && event.altKey && at.length > 1) { event.preventDefault(); step(at, way); }
    },
  };
  useEffect(() => {
    if (!focus.current) return;
    const row = box.current?.querySelector(`[data-path="${CSS.escape(focus.current)}"]`);
    focus.current = '';
    (row?.querySelector('input, select, textarea, .group-foot button') ?? row)?.focus();
  }, [value]);
  return html`<div class="condition" ref=${box}><${Room.Provider} value=${room}><${Root} /></${Room.Provider}></div>`;
}
