// What every part of the builder shares: the brand's words, the document's problems, how to change it.
import { createContext } from './react.js';

/** Holds {words, grammar, comparisons, edit, problems, suggest, typeOf}. */
export const Room = createContext(null);
