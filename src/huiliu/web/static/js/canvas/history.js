// The document's past and future: whole documents, so that anything can be undone.
import { useRef, useState } from '../segments/react.js';

const MOST = 200;
const SAME_MS = 1500;

/** Returns {doc, change, undo, redo, canUndo, canRedo}; changes of one field in a row are one step. */
export function useHistory(first) {
  const [doc, setDoc] = useState(first);
  const held = useRef({ past: [], future: [], doc: first, mark: '', at: 0 });
  const mine = held.current;
  const show = (next) => { mine.doc = next; setDoc(next); return next; };
  return {
    doc, held: mine,
    change(next, mark = '') {
      const now = performance.now();
      const isSame = mark && mark === mine.mark && now - mine.at < SAME_MS;
      if (!isSame) mine.past = [...mine.past.slice(-MOST), mine.doc];
      mine.future = [];
      [mine.mark, mine.at] = [mark, now];
      return show(next);
    },
    /** Shows a document without a step in the history: what the server made of the last one. */
    settle(next) { return show(next); },
    undo() {
      const before = mine.past.pop();
      if (!before) return null;
      mine.future.push(mine.doc);
      mine.mark = '';
      return show(before);
    },
    redo() {
      const after = mine.future.pop();
      if (!after) return null;
      mine.past.push(mine.doc);
      mine.mark = '';
      return show(after);
    },
    canUndo: mine.past.length > 0,
    canRedo: mine.future.length > 0,
  };
}
