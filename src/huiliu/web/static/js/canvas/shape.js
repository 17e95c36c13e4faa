// A journey's document as a graph: its nodes and ways by their types' forms, and how both change.
import { put, startOf, written } from '../segments/tree.js';

/** The canvas's own node for who enters; no node of a document is called so. */
export const ENTRY = '$entry';

/** Where ways stand in nodes that have no form. */
const GUESSED = new Set(['next', 'else', 'otherwise', 'timeout', 'to']);
const isMap = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

/** Yields {path, to, field, row} of each field of the kind `way`, in the order of the form. */
function* told(fields, value, path, row = null) {
  for (const field of fields) {
    const inner = value?.[field.key];
    const here = [...path, field.key];
    if (field.kind === 'way') yield { path: here, to: typeof inner === 'string' ? inner : '', field, row };
    else if (field.kind === 'map' && isMap(inner)) yield* told(field.fields, inner, here, row);
    else if (field.kind === 'rows' && Array.isArray(inner)) {
      for (const [n, one] of inner.entries()) yield* told(field.fields, one, [...here, n], { field, value: one, path: [...here, n] });
    }
  }
}

/** Yields the same for a node whose form says nothing of ways: by the words that are usual. */
function* guessed(value, path, names) {
  if (Array.isArray(value)) {
    for (const [n, one] of value.entries()) yield* guessed(one, [...path, n], names);
  } else if (isMap(value)) {
    for (const [key, one] of Object.entries(value)) {
      if (GUESSED.has(key) && typeof one === 'string' && (names.has(one) || !one)) yield { path: [...path, key], to: one, field: null, row: null };
      else if (typeof one === 'object') yield* guessed(one, [...path, key], names);
    }
  }
}

/** Knows the node types, and reads and changes documents by them. */
export class Shape {
  constructor(types) {
    this.types = types;
    this.byName = new Map(types.map((one) => [one.name, one]));
  }

  names(tree) {
    return isMap(tree?.nodes) ? Object.keys(tree.nodes) : [];
  }

  node(tree, name) {
    const found = tree?.nodes?.[name];
    return isMap(found) ? found : {};
  }

  type(tree, name) {
    return this.byName.get(this.node(tree, name).type);
  }

  /** Returns where a journey begins: `start`, else the first node. */
  start(tree) {
    return typeof tree?.start === 'string' && tree.start ? tree.start : this.names(tree)[0] ?? '';
  }

  /** Returns the ways out of a node that are drawn: those it must have, and of the others those that lead somewhere. */
  ways(tree, name) {
    return this.everyWay(tree, name).filter((way) => way.to || !way.field || way.field.needed);
  }

  /** Returns every way that a node may have: {path, to, field, row}; the path begins at the document. */
  everyWay(tree, name) {
    if (name === ENTRY) return [{ path: ['start'], to: this.start(tree), field: null, row: null }];
    const node = this.node(tree, name);
    const path = ['nodes', name];
    const form = this.byName.get(node.type)?.form ?? [];
    const found = [...told(form, node, path)];
    return found.length ? found : [...guessed(node, path, new Set(this.names(tree)))];
  }

  /** Returns the ways into a node. */
  into(tree, name) {
    return [ENTRY, ...this.names(tree)].flatMap((one) => this.ways(tree, one).filter((way) => way.to === name).map((way) => ({ ...way, from: one })));
  }

  /** Returns every node in the order in which runs reach them; those that none reaches come last. */
  inOrder(tree) {
    const names = new Set(this.names(tree));
    const found = [];
    const visit = (name) => {
      if (!names.delete(name)) return;
      found.push(name);
      for (const way of this.ways(tree, name)) visit(way.to);
    };
    visit(this.start(tree));
    for (const name of [...names]) visit(name);
    return found;
  }

  /** Returns a free name for a new node. */
  free(tree, wanted) {
    const taken = new Set(this.names(tree));
    const word = wanted.replace(/_/g, '-');
    if (!taken.has(word)) return word;
    let n = 2;
    while (taken.has(`${word}-${n}`)) n += 1;
    return `${word}-${n}`;
  }

  /** Connects the way at a path with a node; "" lets it lead nowhere. */
  connect(tree, path, to) {
    return put(tree, path, to || undefined);
  }

  /** Returns {tree, name} with a new node of a type. */
  add(tree, typeName) {
    const type = this.byName.get(typeName);
    const name = this.free(tree, typeName);
    const node = { type: typeName, ...Object.fromEntries(startOf(begun(type?.form ?? []))) };
    const nodes = { ...(isMap(tree.nodes) ? tree.nodes : {}), [name]: node };
    const next = { ...tree, nodes };
    return { tree: this.names(tree).length ? next : { ...next, start: name }, name };
  }

  /** Returns the same with the new node in the way at a path: what the way led to comes after it. */
  addAt(tree, path, typeName) {
    const to = path.reduce((found, key) => found?.[key], tree) ?? (path[0] === 'start' ? this.start(tree) : '');
    const made = this.add(tree, typeName);
    let next = this.connect(made.tree, path, made.name);
    const out = this.firstWay(next, made.name);
    if (to && to !== made.name && this.names(tree).includes(to) && out) next = this.connect(next, out, to);
    return { tree: next, name: made.name };
  }

  /** Returns the first way out of a node that leads nowhere, else the first of all; null where it has none. */
  firstWay(tree, name) {
    const ways = this.ways(tree, name);
    return (ways.find((way) => !way.to) ?? ways[0])?.path ?? null;
  }

  /** Takes a node away; what led to it leads on to where it led, if that is one place only. */
  remove(tree, name) {
    const ends = [...new Set(this.ways(tree, name).map((way) => way.to))].filter((to) => to && to !== name);
    const on = ends.length === 1 ? ends[0] : '';
    let next = tree;
    for (const way of this.into(tree, name)) if (way.from !== name) next = this.connect(next, way.path, on);
    return put(next, ['nodes', name], undefined);
  }

  /** Returns {tree, name} with a copy of a node. */
  copy(tree, name) {
    const twin = this.free(tree, name.replace(/-\d+$/, ''));
    return { tree: put(tree, ['nodes', twin], structuredClone(this.node(tree, name))), name: twin };
  }

  /** Gives a node another name, everywhere; the order of nodes stays. */
  rename(tree, name, to) {
    let next = tree;
    for (const way of this.into(tree, name)) next = this.connect(next, way.path, to);
    const nodes = Object.fromEntries(Object.entries(next.nodes).map(([key, node]) => [key === name ? to : key, node]));
    return { ...next, nodes };
  }
}

/** Returns what a map says, short: its fields in the order of its form, without ways. */
export function summary(fields, value, words, sentences, path) {
  const parts = [];
  for (const field of fields ?? []) {
    const one = value?.[field.key];
    if (one === undefined || one === null || one === '' || field.kind === 'way') continue;
    const said = shown(field, one, words, sentences, [...path, field.key], value);
    if (said) parts.push(said);
  }
  return parts;
}

/** Returns the fields that a new node begins with: those it must have, else the first that says what it is for. */
function begun(form) {
  const needed = form.filter((one) => one.needed && one.kind !== 'way');
  const [first] = form;
  const isTelling = first && (first.start !== null || PICKED.has(first.kind));
  return (needed.length || !isTelling ? needed : [first]).map((one) => ({ ...one, needed: true }));
}

const PICKED = new Set(['event', 'segment', 'list', 'tag', 'journey', 'template', 'channel', 'trait']);
const LENGTH = /^(\d+)(ms|[wdhms])$/;

function shown(field, value, words, sentences, path, map) {
  const sentence = sentences?.[written(path)];
  if (sentence) return sentence;
  if (['event', 'segment', 'list', 'tag', 'journey', 'template', 'channel', 'trait', 'property'].includes(field.kind)) {
    return words.pick(field.kind, map).find((one) => one.value === value)?.label ?? String(value);
  }
  switch (field.kind) {
    case 'duration': return duration(value);
    case 'choice': case 'again': return field.options.find((one) => one.value === value)?.label ?? duration(value);
    case 'rows': return Array.isArray(value) && !field.fields.some((one) => one.kind === 'way') ? window.t('canvas.n_items', { what: field.label, n: value.length }) : '';
    case 'map': return summary(field.fields, value, words, sentences, path).join(' ');
    case 'flag': case 'true': return value === true ? field.label : '';
    case 'scalars': case 'texts': return [].concat(value).join(', ');
    case 'weekdays': return [].concat(value).map((one) => window.t(`given.day.${one}`)).join(' ');
    case 'given': return value !== null && typeof value === 'object' ? Object.values(value).flat().join('.') : String(value);
    case 'givens': return Object.keys(value).join(', ');
    case 'local_moment': return String(value).replace('T', ' ');
    case 'zone': return ['person', 'brand'].includes(value) ? window.t(`given.zone.${value}`) : String(value);
    case 'share': return String(value);
    case 'condition': case 'filters': case 'conditions': return '';
    default: return typeof value === 'object' ? '' : String(value);
  }
}

/** Returns `1d12h` as a reader says it. */
export function duration(value) {
  const parts = String(value).match(/\d+(ms|[wdhms])/g);
  if (!parts || parts.join('') !== String(value)) return String(value);
  return parts.map((one) => { const [, n, unit] = LENGTH.exec(one); return window.t(`canvas.length.${unit}`, { n }); }).join(' ');
}

/** Returns how a way is called: by what its row asks for, else by its field; the only way has no name. */
export function wayName(shape, way, ways, words, sentences) {
  if (way.row) {
    const said = summary(way.row.field.fields, way.row.value, words, sentences, way.row.path).join(window.t('canvas.joint'));
    return said || window.t('canvas.way_n', { n: Number(way.row.path.at(-1)) + 1 });
  }
  if (ways.length < 2) return '';
  return way.field?.label ?? String(way.path.at(-1));
}
