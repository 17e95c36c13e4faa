// The document as a plain tree, and how it changes: every function returns a new tree.

/** Returns the value at a path of keys and indexes. */
export const at = (tree, path) => path.reduce((found, key) => found?.[key], tree);

/** Returns a path as problems of the server write it: `where.all[0].did`. */
export const written = (path) =>
  path.reduce((said, key) => (typeof key === 'number' ? `${said}[${key}]` : said ? `${said}.${key}` : key), '');

/** Puts a value at a path; undefined takes the key or the item away. */
export function put(tree, path, value) {
  if (!path.length) return value;
  const [key, ...rest] = path;
  const copy = Array.isArray(tree) ? [...tree] : { ...tree };
  const below = rest.length ? put(copy[key] ?? (typeof rest[0] === 'number' ? [] : {}), rest, value) : value;
  if (below !== undefined) copy[key] = below;
  else if (Array.isArray(copy)) copy.splice(key, 1);
  else delete copy[key];
  return copy;
}

/** Puts a value into a list before an index. */
export function insert(tree, path, value) {
  const list = path.slice(0, -1);
  const copy = [...(at(tree, list) ?? [])];
  copy.splice(path.at(-1), 0, value);
  return put(tree, list, copy);
}

/** Knows the operators: which one a node is, which hold a list of nodes, which hold one. */
export class Grammar {
  constructor(operators) {
    this.operators = operators;
    this.byName = new Map(operators.map((one) => [one.name, one]));
    this.groups = operators.filter((one) => one.form.length === 1 && one.form[0].kind === 'conditions');
    this.wrappers = operators.filter((one) => one.form.length === 1 && one.form[0].kind === 'condition');
  }

  of(node) {
    if (node === null || typeof node !== 'object' || Array.isArray(node)) return undefined;
    const named = this.operators.filter((one) => Object.hasOwn(node, one.name));
    return named.find((one) => !named.some((other) => other.takes.includes(one.name)));
  }

  isGroup(node) {
    const found = this.of(node);
    return this.groups.includes(found) && Array.isArray(node[found.name]);
  }

  /** Looks through wrappers such as `not`: returns the node inside, its path, and how many there are. */
  unwrap(node, path) {
    let [inner, innerPath, n] = [node, path, 0];
    for (;;) {
      const found = this.of(inner);
      if (!this.wrappers.includes(found) || typeof inner[found.name] !== 'object' || !inner[found.name]) return { inner, innerPath, n };
      [inner, innerPath, n] = [inner[found.name], [...innerPath, found.name], n + 1];
    }
  }

  /** Returns a fresh node of an operator. */
  fresh(operator) {
    return Object.fromEntries(startOf(operator.form, operator.name));
  }

  /** Adds a node to the group at a path; the root may have no group yet. */
  add(tree, group, node) {
    if (group.length === 1) {
      const root = tree.where;
      const { inner, innerPath } = this.unwrap(root, group);
      if (!this.isGroup(inner) || innerPath.length > 1) {
        const some = root === undefined || root === null ? [] : [root];
        return { tree: put(tree, group, { [this.groups[0].name]: [...some, node] }), path: [...group, this.groups[0].name, some.length] };
      }
    }
    const name = this.of(at(tree, group)).name;
    const path = [...group, name, at(tree, group)[name].length];
    return { tree: put(tree, path, node), path };
  }

  /** Takes the node at a path away, and every group that is left empty by it. */
  remove(tree, path) {
    let [left, gone] = [put(tree, path, undefined), path];
    while (typeof gone.at(-1) === 'number' && !at(left, gone.slice(0, -1)).length) {
      gone = gone.slice(0, -2);
      left = put(left, gone, undefined);
      while (typeof gone.at(-1) === 'string' && this.wrappers.some((one) => one.name === gone.at(-1))) {
        gone = gone.slice(0, -1);
        left = put(left, gone, undefined);
      }
    }
    return left;
  }

  /** Moves the node at a path to stand before another place of a list. */
  move(tree, from, to) {
    if (to.length > from.length && from.every((key, n) => to[n] === key)) return tree;
    const mark = { moving: true };
    const marked = insert(put(tree, from, mark), to, at(tree, from));
    return this.remove(marked, pathOf(marked, mark));
  }

  /** Turns the node at a path into its opposite, and back. */
  negate(tree, path) {
    const node = at(tree, path);
    const found = this.of(node);
    return put(tree, path, this.wrappers.includes(found) ? node[found.name] : { [this.wrappers[0].name]: node });
  }
}

/** Returns what a fresh map of fields holds; `name` is the key that must be there. */
export function startOf(fields, name) {
  const found = [];
  for (const field of fields) {
    // A way out is connected later, by hand.
    if (field.kind === 'way') continue;
    if (!field.key && field.needed && field.kind === 'tests') found.push(...Object.entries(field.start ?? { is: '' }));
    else if (field.key && (field.needed || field.start !== null || field.key === name)) found.push([field.key, field.start ?? blank(field)]);
  }
  return found;
}

/** Returns the value that a field begins with when it is added. */
export function blank(field) {
  if (field.start !== null && field.start !== undefined) return field.start;
  switch (field.kind) {
    case 'true': case 'flag': return true;
    case 'whole': return 1;
    case 'duration': return '30d';
    case 'clock': return '10:00';
    case 'days': return '1d';
    case 'weekdays': return ['mon', 'tue', 'wed', 'thu', 'fri'];
    case 'zone': return 'person';
    case 'givens': return {};
    case 'again': return field.options[0]?.value ?? '';
    case 'share': return '10%';
    case 'choice': return field.options[0]?.value ?? '';
    case 'texts': case 'scalars': case 'points': return [];
    case 'between': return ['', ''];
    case 'map': return Object.fromEntries(startOf(field.fields));
    case 'rows': return [Object.fromEntries(startOf(field.fields))];
    case 'tests': return { is: '' };
    case 'filters': return [{ property: '', is: '' }];
    case 'conditions': return [];
    case 'condition': return {};
    default: return '';
  }
}

function pathOf(tree, wanted, path = []) {
  if (tree === wanted) return path;
  if (tree === null || typeof tree !== 'object') return null;
  for (const key of Object.keys(tree)) {
    const found = pathOf(tree[key], wanted, [...path, Array.isArray(tree) ? Number(key) : key]);
    if (found) return found;
  }
  return null;
}

/** Where a node goes that is moved one place up or down: past a row, into a group, out of one. */
export function nextPlace(tree, grammar, path, way) {
  const [list, n] = [path.slice(0, -1), path.at(-1)];
  const beside = at(tree, [...list, n + way]);
  if (beside !== undefined) {
    const { inner, innerPath } = grammar.unwrap(beside, [...list, n + way]);
    if (grammar.isGroup(inner)) {
      const inside = [...innerPath, grammar.of(inner).name];
      return [...inside, way < 0 ? at(tree, inside).length : 0];
    }
    return [...list, way < 0 ? n - 1 : n + 2];
  }
  let group = list.slice(0, -1);
  while (group.length > 1 && typeof group.at(-1) === 'string') group = group.slice(0, -1);
  return group.length > 1 ? [...group.slice(0, -1), group.at(-1) + (way < 0 ? 0 : 1)] : null;
}
