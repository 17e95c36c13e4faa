// What every part of the canvas shares: the document, what may be done with it, what is known of it.
import { createContext } from '../segments/react.js';

export const Desk = createContext(null);

/** The picture and tone of what a node shows. */
export const ENTRY_LOOK = { icon: 'bolt', group: 'entry' };
export const UNKNOWN_LOOK = { icon: 'help-circle', group: 'flow' };

/** Returns the problems at a path or below it. */
export const problemsAt = (problems, path) =>
  problems.filter((one) => one.path === path || one.path.startsWith(`${path}.`) || one.path.startsWith(`${path}[`));

/** Returns which node a problem is about: a name, the entry, or null for the journey. */
export function placeOf(path, entry) {
  const found = /^nodes\.([^.[]+)/.exec(path);
  if (found) return found[1];
  return /^(entry|start)/.test(path) ? entry : null;
}
