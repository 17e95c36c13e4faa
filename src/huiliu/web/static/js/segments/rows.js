// Groups and rows of conditions: nested, moved by mouse or keys, each with the problems it has.
import { html, useContext, useState } from './react.js';
import { Choice } from './values.js';
import { Fields, Tool } from './fields.js';
import { Icon, Menu } from './choose.js';
import { Room } from './room.js';
import { at, insert, written } from './tree.js';

const DRAGGED = 'application/x-huiliu-condition';
const ICONS = {
  conditions: 'folder', condition: 'ban', event: 'bolt', trait: 'id-badge-2', segment: 'target', list: 'file-spreadsheet',
  tag: 'tag', journey: 'route', template: 'message', channel: 'send', rows: 'stairs', text: 'dice-3', choice: 'shield-check', map: 'clock',
};
const PLAIN = new Set(['choice', 'text']);
/** Returns the picture of an operator: that of what it asks for, plain words last. */
function iconOf(operator) {
  const kinds = operator?.form.map((one) => one.kind).filter((one) => ICONS[one]) ?? [];
  return ICONS[kinds.find((one) => !PLAIN.has(one)) ?? kinds[0]] ?? 'code';
}

/** The document's condition: a group even where the document has one condition only, or none. */
export function Root() {
  const { tree, grammar } = useContext(Room);
  const root = tree.where;
  const { inner, innerPath } = grammar.unwrap(root ?? null, ['where']);
  if (grammar.isGroup(inner)) return html`<${Node} path=${['where']} isRoot />`;
  return html`<${Group} path=${['where']} innerPath=${['where']} paths=${root === undefined || root === null ? [] : [['where']]} isRoot key=${written(innerPath)} />`;
}

/** One node, whichever it is. */
function Node({ path, isRoot }) {
  const { tree, grammar } = useContext(Room);
  const { inner, innerPath, n } = grammar.unwrap(at(tree, path), path);
  if (!grammar.isGroup(inner)) return html`<${Row} path=${path} innerPath=${innerPath} isNot=${n % 2 === 1} />`;
  const name = grammar.of(inner).name;
  const paths = inner[name].map((_, nth) => [...innerPath, name, nth]);
  return html`<${Group} path=${path} innerPath=${innerPath} paths=${paths} operator=${name} isNot=${n % 2 === 1} isRoot=${isRoot} />`;
}

function Group({ path, innerPath, paths, operator, isNot, isRoot }) {
  const { tree, grammar, change, edit } = useContext(Room);
  const name = operator ?? grammar.groups[0].name;
  const turn = (to) => {
    const inside = operator ? at(tree, innerPath)[operator] : paths.map((one) => at(tree, one));
    edit(innerPath, { [to]: inside });
  };
  const add = (picked) => {
    const made = grammar.byName.get(picked);
    const fresh = grammar.groups.includes(made) ? { [picked]: [] } : grammar.fresh(made);
    const done = grammar.add(tree, operator ? innerPath : path, fresh);
    change(done.tree, written(done.path), window.t('builder.said.added', { what: made.label }));
  };
  const leaves = grammar.operators.filter((one) => !grammar.groups.includes(one) && !grammar.wrappers.includes(one));
  return html`<section class=${`group ${isRoot ? 'group-root' : ''} ${isNot ? 'is-not' : ''}`} role="group" aria-label=${window.t('builder.group')} data-path=${written(path)} tabIndex="-1">
    <header class="group-head">
      ${isNot && html`<span class="not-mark">${window.t('builder.not')}</span>`}
      <${Choice} label=${window.t('builder.group_kind')} value=${name} onChange=${turn} options=${grammar.groups.map((one) => ({ value: one.name, label: one.label }))} />
      <${RowTools} path=${path} isRoot=${isRoot} isGroup />
    </header>
    <${Problems} path=${written(innerPath)} isOwn />
    <div class="group-rows">
      ${paths.map((one, nth) => html`<div class="group-item" key=${`${nth}-${paths.length}`}>
        ${nth > 0 && html`<span class="joint" aria-hidden="true">${window.t(name === grammar.groups[0].name ? 'builder.and' : 'builder.or')}</span>`}
        <${Drop} path=${one}><${Node} path=${one} /></${Drop}></div>`)}
      ${!paths.length && html`<p class="group-empty">${window.t(isRoot ? 'builder.everyone' : 'builder.empty_group')}</p>`}
    </div>
    <footer class="group-foot">
      <${Menu} label=${window.t('builder.add_condition')} icon="plus" onPick=${add} entries=${leaves.map((one) => ({ value: one.name, label: one.label, words: one.words, icon: iconOf(one) }))} />
      <button type="button" class="btn btn-small btn-quiet" onClick=${() => add(grammar.groups[grammar.groups.length > 1 && name === grammar.groups[0].name ? 1 : 0].name)}><${Icon} name="folder-plus" />${window.t('builder.add_group')}</button>
    </footer>
  </section>`;
}

function Row({ path, innerPath, isNot }) {
  const { tree, grammar, problems, keys } = useContext(Room);
  const node = at(tree, innerPath);
  const operator = grammar.of(node);
  const here = written(innerPath);
  const isWrong = [...problems.keys()].some((one) => one === here || one.startsWith(`${here}.`) || one.startsWith(`${here}[`));
  const label = operator?.label ?? window.t('builder.unknown');
  const value = node !== null && typeof node === 'object' && !Array.isArray(node) ? node : {};
  const form = operator?.form ?? [];
  return html`<div class=${`cond ${isWrong ? 'is-wrong' : ''} ${isNot ? 'is-not' : ''}`} role="group" aria-label=${label} data-path=${written(path)} tabIndex="-1" onKeyDown=${(event) => keys(event, path)}>
    <div class="row-main">
      <span class="row-name"><${Icon} name=${iconOf(operator)} />${isNot && html`<span class="not-mark">${window.t('builder.not')}</span>`}${label}</span>
      <div class="row-fields"><${Fields} fields=${form} value=${value} path=${innerPath} name=${form.length ? operator.name : undefined} /></div>
      <${RowTools} path=${path} />
    </div>
    <${Problems} path=${here} />
  </div>`;
}

/** What can be done with a row or group as a whole. */
function RowTools({ path, isRoot, isGroup }) {
  const { grammar, change, tree, step } = useContext(Room);
  const isAlone = path.length === 1;
  const remove = () => change(grammar.remove(tree, path), written(path), window.t('builder.said.removed'));
  const copy = () => {
    const twin = structuredClone(at(tree, path));
    const next = [...path.slice(0, -1), path.at(-1) + 1];
    const done = isAlone ? grammar.add(tree, path, twin) : { tree: insert(tree, next, twin), path: next };
    change(done.tree, written(done.path), window.t('builder.said.copied'));
  };
  const drag = (event) => { event.dataTransfer.setData(DRAGGED, JSON.stringify(path)); event.dataTransfer.effectAllowed = 'move'; };
  return html`<span class="row-tools">
    <button type="button" class="tool tool-words" onClick=${() => change(grammar.negate(tree, path), written(path), window.t('builder.said.negated'))} title=${window.t('builder.negate_words')}>${window.t('builder.negate')}</button>
    ${!isRoot && !isAlone && html`
      <span class="tool grip" draggable="true" onDragStart=${drag} title=${window.t('builder.drag')} aria-hidden="true"><${Icon} name="grip-vertical" /></span>
      <${Tool} icon="arrow-up" label=${window.t('builder.up')} onClick=${() => step(path, -1)} />
      <${Tool} icon="arrow-down" label=${window.t('builder.down')} onClick=${() => step(path, 1)} />`}
    ${!(isRoot && isGroup) && html`
      <${Tool} icon="copy" label=${window.t('builder.copy')} onClick=${copy} />
      <${Tool} icon="trash" label=${window.t('builder.remove')} onClick=${remove} />`}
  </span>`;
}

/** A place where a dragged row may be let go: before or after what stands there. */
function Drop({ path, children }) {
  const { grammar, change, tree } = useContext(Room);
  const [side, setSide] = useState('');
  const isOurs = (event) => event.dataTransfer.types.includes(DRAGGED) && path.length > 1;
  const over = (event) => {
    if (!isOurs(event)) return;
    event.preventDefault();
    event.stopPropagation();
    const box = event.currentTarget.getBoundingClientRect();
    setSide(event.clientY < box.top + box.height / 2 ? 'before' : 'after');
  };
  const drop = (event) => {
    if (!isOurs(event)) return;
    event.preventDefault();
    event.stopPropagation();
    const from = JSON.parse(event.dataTransfer.getData(DRAGGED));
    const to = [...path.slice(0, -1), path.at(-1) + (side === 'after' ? 1 : 0)];
    setSide('');
    change(grammar.move(tree, from, to), '', window.t('builder.said.moved'));
  };
  return html`<div class=${`drop ${side && `drop-${side}`}`} onDragOver=${over} onDragLeave=${() => setSide('')} onDrop=${drop}>${children}</div>`;
}

/** The problems of a row with all below it, or of a group without its rows. */
function Problems({ path, isOwn }) {
  const { problems } = useContext(Room);
  const mine = [...problems].filter(([one]) => one === path || (!isOwn && (one.startsWith(`${path}.`) || one.startsWith(`${path}[`))));
  const below = isOwn ? [...problems].filter(([one]) => one.startsWith(`${path}.`) && !/\[\d+\]/.test(one.slice(path.length))) : [];
  const shown = [...mine, ...below].flatMap(([one, words]) => words.map((said) => [one, said]));
  return shown.length > 0 && html`<ul class="row-problems">${shown.map(([one, said]) => html`<li key=${one + said}><${Icon} name="alert-circle" />${said}</li>`)}</ul>`;
}
