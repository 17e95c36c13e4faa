// What each part of a form looks like in the builder. Every field writes into the tree it is given.
import { adder, choices, element, flag, line, number, piece, several, words } from './fields.js';

const t = (key, values) => window.t(`forms.${key}`, values);

/** Return the parts of a form's document as elements. */
export function draw(tree, known, slug, changed) {
  const locales = known.locales.filter((one) => tree.title && one in tree.title);
  const at = { known, locales: locales.length ? locales : known.locales, changed, tree };
  return [
    part('basics', t('basics'), basics(tree, at, slug), ''),
    part('questions', t('questions'), questions(tree, at), 'questions', (tree.questions ?? []).length),
    part('consents', t('consents'), consents(tree, at), 'consents', (tree.consents ?? []).length),
    part('reward', t('reward'), reward(tree, at), 'reward', tree.reward ? 1 : 0),
    part('page', t('page'), blocks(tree, at), 'page', (tree.page ?? []).length),
    part('pop_up', t('pop_up'), popUp(tree, at), 'pop_up', tree.pop_up ? 1 : 0),
    part('more', t('more'), more(tree, at), ''),
  ];
}

function part(name, title, inner, path, n) {
  const box = element('details', { className: 'part' });
  box.dataset.part = name;
  if (path) box.dataset.path = path;
  const small = n === undefined ? '' : ` ${n}`;
  box.append(element('summary', {}, title, element('small', {}, small)), element('div', { className: 'part-in' }, ...inner));
  return box;
}

function basics(tree, at, slug) {
  const found = [];
  if (!slug) found.push(line(tree, 'slug', t('slug'), at, 'slug'));
  const languages = element('div', { className: 'grid2' });
  for (const one of at.known.locales) {
    languages.append(tick(t(`locale.${one}`), at.locales.includes(one), (on) => speak(tree, one, on, at), `locale ${one}`));
  }
  found.push(
    words(tree, 'name', t('name'), { ...at, locales: at.known.locales }, 'name'),
    choices(tree, 'use', t('use'), at.known.uses, (one) => t(`use.${one}`), at, 'use'),
    languages,
    words(tree, 'title', t('title'), at, 'title'),
    words(tree, 'intro', t('intro'), at, 'intro', true),
    words(tree, 'button', t('button'), at, 'button'),
    words(tree, 'thanks', t('thanks'), at, 'thanks', true),
  );
  return found;
}

/** Add a language to every text of the form, or take it away. */
function speak(tree, locale, on, at) {
  const walk = (value) => {
    if (!value || typeof value !== 'object') return;
    const keys = Object.keys(value);
    const isWords = !Array.isArray(value) && keys.length && keys.every((one) => at.known.locales.includes(one));
    if (isWords && on) value[locale] ??= Object.values(value)[0];
    else if (isWords && keys.length > 1) delete value[locale];
    else for (const one of Object.values(value)) walk(one);
  };
  const { name, ...rest } = tree;
  walk(rest);
  at.changed(true);
}

function tick(label, value, set, field) {
  const input = element('input', { type: 'checkbox', checked: value });
  input.dataset.field = field;
  input.addEventListener('change', () => set(input.checked));
  return element('label', { className: 'tick' }, input, label);
}

function list(tree, key) {
  tree[key] ??= [];
  return tree[key];
}

function said(words, at) {
  return words ? words[document.documentElement.lang] ?? Object.values(words)[0] ?? '' : '';
}

function free(taken, stem) {
  let n = taken.length + 1;
  while (taken.includes(`${stem}_${n}`)) n += 1;
  return taken.includes(stem) ? `${stem}_${n}` : stem;
}

function empty(at) {
  return Object.fromEntries(at.locales.map((one) => [one, t('new_text', {})]));
}

function questions(tree, at) {
  const all = tree.questions ?? [];
  const drawn = all.map((one, n) => question(all, n, at));
  const kinds = element('div', { className: 'adders' });
  for (const kind of Object.keys(at.known.questions)) {
    kinds.append(adder(t(`ask.${kind}`), () => {
      const made = { id: free(all.map((one) => one.id), kind), ask: kind, label: empty(at) };
      if (at.known.questions[kind].options) made.options = ['a', 'b'].map((value) => ({ value, label: empty(at) }));
      list(tree, 'questions').push(made);
      at.changed(true);
    }));
  }
  return [...drawn, kinds];
}

function question(all, n, at) {
  const one = all[n];
  const path = `questions[${n}]`;
  const kind = at.known.questions[one.ask] ?? { options: false, settings: [], trait: false };
  const inner = [
    element('div', { className: 'grid2' }, line(one, 'id', t('id'), at, `${path}.id`), flag(one, 'required', t('required'), at, `${path}.required`), flag(one, 'if_lacking', t('if_lacking'), at, `${path}.if_lacking`)),
    words(one, 'label', t('label'), at, `${path}.label`),
    words(one, 'hint', t('hint'), at, `${path}.hint`),
  ];
  if (kind.settings.length) inner.push(element('div', { className: 'grid2' }, ...kind.settings.map((each) => number(one, each.name, t(`setting.${each.name}`), each, at, `${path}.${each.name}`))));
  if (kind.options) inner.push(...options(one, at, path));
  if (kind.trait) inner.push(line(one, 'trait', t('trait'), at, `${path}.trait`));
  const before = all.slice(0, n).filter((each) => each.options || ['nps', 'scale'].includes(each.ask));
  if (before.length) inner.push(showIf(one, before, at, path));
  return piece(all, n, `${said(one.label, at)} · ${t(`ask.${one.ask}`)}`, inner, at, path);
}

function options(one, at, path) {
  const rows = (one.options ?? []).map((each, n) => {
    const row = element('div', { className: 'option' });
    row.append(line(each, 'value', '', at, `${path}.options[${n}].value`, t('value')));
    for (const locale of at.locales) row.append(line(each.label ??= {}, locale, '', at, `${path}.options[${n}].label.${locale}`, locale));
    const gone = element('button', { type: 'button', className: 'btn btn-small', ariaLabel: t('remove') }, '×');
    gone.addEventListener('click', () => { one.options.splice(n, 1); at.changed(true); });
    row.append(gone);
    return row;
  });
  const more = adder(t('option'), () => {
    list(one, 'options').push({ value: free(one.options.map((each) => each.value), 'option'), label: empty(at) });
    at.changed(true);
  });
  return [...rows, element('div', { className: 'adders' }, more)];
}

function showIf(one, before, at, path) {
  const names = ['', ...before.map((each) => each.id)];
  const held = { question: one.show_if?.question ?? '' };
  const box = element('div', { className: 'grid2' });
  const told = { ...at, changed: () => {
    if (!held.question) delete one.show_if;
    else {
      const asked = before.find((each) => each.id === held.question);
      one.show_if = asked?.options ? { question: asked.id, is: [asked.options[0].value] } : { question: held.question, at_most: 6 };
    }
    at.changed(true);
  } };
  box.append(choices(held, 'question', t('show_if'), names, (each) => (each ? said(before.find((found) => found.id === each).label, at) : t('always')), told, `${path}.show_if.question`));
  const rule = one.show_if;
  const asked = rule && before.find((each) => each.id === rule.question);
  if (asked?.options) box.append(several(rule, 'is', t('show_is'), asked.options.map((each) => each.value), (value) => said(asked.options.find((each) => each.value === value).label, at), at, `${path}.show_if.is`));
  else if (asked) {
    const limits = { default: '', least: 0, most: 10 };
    box.append(number(rule, 'at_least', t('at_least'), limits, at, `${path}.show_if.at_least`), number(rule, 'at_most', t('at_most'), limits, at, `${path}.show_if.at_most`));
  }
  return box;
}

function consents(tree, at) {
  const all = tree.consents ?? [];
  const drawn = all.map((one, n) => {
    const path = `consents[${n}]`;
    return piece(all, n, one.id, [
      element('div', { className: 'grid2' }, line(one, 'id', t('id'), at, `${path}.id`), choices(one, 'purpose', t('purpose'), at.known.purposes, (each) => t(`purpose.${each}`), at, `${path}.purpose`), flag(one, 'required', t('required'), at, `${path}.required`)),
      several(one, 'channels', t('channels'), at.known.channels, (each) => each, at, `${path}.channels`),
      words(one, 'text', t('consent_text'), at, `${path}.text`, true),
    ], at, path);
  });
  const more = adder(t('consent'), () => {
    list(tree, 'consents').push({ id: free(all.map((one) => one.id), 'news'), channels: [at.known.channels[0]], text: empty(at) });
    at.changed(true);
  });
  return [...drawn, element('div', { className: 'adders' }, more)];
}

function optional(tree, key, label, made, at, inner) {
  const on = tick(label, Boolean(tree[key]), (value) => {
    if (value) tree[key] = made();
    else delete tree[key];
    at.changed(true);
  }, `has ${key}`);
  return [on, ...(tree[key] ? inner(tree[key]) : [])];
}

function reward(tree, at) {
  const names = ['', ...(tree.questions ?? []).map((one) => one.id)];
  return optional(tree, 'reward', t('has_reward'), () => ({ name: 'welcome', text: empty(at) }), at, (one) => [
    element('div', { className: 'grid2' }, line(one, 'name', t('reward_name'), at, 'reward.name'), line(one, 'code', t('reward_code'), at, 'reward.code'), line(one, 'coupon', t('reward_coupon'), at, 'reward.coupon'), choices(one, 'for', t('reward_for'), names, (each) => each || t('any'), at, 'reward.for')),
    words(one, 'text', t('reward_text'), at, 'reward.text'),
  ]);
}

function blocks(tree, at) {
  const all = tree.page ?? [];
  const drawn = all.map((one, n) => {
    const path = `page[${n}]`;
    const keys = at.known.blocks[one.block] ?? [];
    const inner = [];
    if (keys.includes('image')) inner.push(line(one, 'image', t('image'), at, `${path}.image`));
    if (keys.includes('title')) inner.push(words(one, 'title', t(one.block === 'image' ? 'alt' : 'block_title'), at, `${path}.title`));
    if (keys.includes('body')) inner.push(words(one, 'body', t('body'), at, `${path}.body`, true));
    if (keys.includes('items')) inner.push(...items(one, at, path));
    return piece(all, n, t(`block.${one.block}`), inner, at, path);
  });
  const kinds = element('div', { className: 'adders' });
  for (const kind of Object.keys(at.known.blocks)) {
    kinds.append(adder(t(`block.${kind}`), () => { list(tree, 'page').push(fresh(kind, at)); at.changed(true); }));
  }
  return [...drawn, kinds];
}

function fresh(kind, at) {
  const keys = at.known.blocks[kind];
  const made = { block: kind };
  if (keys.includes('body')) made.body = empty(at);
  if (keys.includes('items')) made.items = [{ title: empty(at), body: empty(at) }];
  if (kind === 'image') Object.assign(made, { image: 'https://cdn.shop.example/picture.jpg', title: empty(at) });
  return made;
}

function items(one, at, path) {
  const drawn = (one.items ?? []).map((each, n) => piece(one.items, n, said(each.title, at), [
    words(each, 'title', t('block_title'), at, `${path}.items[${n}].title`),
    words(each, 'body', t('body'), at, `${path}.items[${n}].body`, true),
  ], at, `${path}.items[${n}]`));
  const more = adder(t('item'), () => { list(one, 'items').push({ title: empty(at), body: empty(at) }); at.changed(true); });
  return [...drawn, element('div', { className: 'adders' }, more)];
}

function popUp(tree, at) {
  return optional(tree, 'pop_up', t('has_pop_up'), () => ({ after: 8 }), at, (one) => [
    element('div', { className: 'grid2' },
      number(one, 'after', t('after'), { default: 8, least: 0, most: 3600 }, at, 'pop_up.after'),
      number(one, 'scroll', t('scroll'), { default: 0, least: 0, most: 100 }, at, 'pop_up.scroll'),
      number(one, 'again_days', t('again_days'), { default: 30, least: 1, most: 3650 }, at, 'pop_up.again_days'),
      flag(one, 'on_leave', t('on_leave'), at, 'pop_up.on_leave')),
    lines(one, 'pages', t('pages'), at, 'pop_up.pages'),
  ]).concat(lines(tree, 'embed', t('embed'), at, 'embed'));
}

/** A list of words, one a line. */
function lines(owner, key, label, at, path) {
  const held = { text: (owner[key] ?? []).join('\n') };
  const told = { ...at, changed: () => {
    const found = held.text ? held.text.split('\n').map((one) => one.trim()).filter(Boolean) : [];
    if (found.length) owner[key] = found;
    else delete owner[key];
    at.changed(false);
  } };
  return line(held, 'text', label, told, path, '', true);
}

function more(tree, at) {
  return [
    element('div', { className: 'grid2' },
      flag(tree, 'once', t('once'), at, 'once'),
      flag(tree, 'trusts_claims', t('trusts_claims'), at, 'trusts_claims'),
      number(tree, 'at_once', t('at_once'), { default: 0, least: 0, most: 60 }, at, 'at_once')),
    element('div', { className: 'grid2' }, line(tree, 'opens_at', t('opens_at'), at, 'opens_at'), line(tree, 'closes_at', t('closes_at'), at, 'closes_at')),
    ...optional(tree, 'search', t('has_search'), () => ({ title: empty(at) }), at, (one) => [
      words(one, 'title', t('search_title'), at, 'search.title'),
      words(one, 'text', t('search_text'), at, 'search.text', true),
      line(one, 'picture', t('picture'), at, 'search.picture'),
      flag(one, 'hidden', t('hidden'), at, 'search.hidden'),
    ]),
  ];
}
