// The fields that the builder is made of; an empty one takes its key out of the tree.

/** Return an element with properties and children. */
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter((one) => one !== '' && one !== null && one !== undefined));
  return made;
}

function set(owner, key, value) {
  if (value === '' || value === null || value === undefined || value === false) delete owner[key];
  else owner[key] = value;
}

function labelled(label, input, path, hint = '') {
  input.dataset.field = path;
  input.dataset.path = path;
  if (!label) { input.setAttribute('aria-label', hint); return input; }
  return element('label', {}, label, input);
}

/** A text; `long` gives it several lines. */
export function line(owner, key, label, at, path, hint = '', long = false) {
  const input = element(long ? 'textarea' : 'input', { className: 'form-control', value: owner[key] ?? '', placeholder: hint });
  if (long) input.rows = 3;
  input.addEventListener('input', () => { set(owner, key, input.value); at.changed(false); });
  return labelled(label, input, path, hint);
}

/** A text in every language of the form. */
export function words(owner, key, label, at, path, long = false) {
  const box = element('div', { className: 'grid2' });
  box.dataset.path = path;
  for (const locale of at.locales) {
    const input = element(long ? 'textarea' : 'input', { className: 'form-control', value: owner[key]?.[locale] ?? '', lang: locale });
    if (long) input.rows = 3;
    input.addEventListener('input', () => {
      const held = { ...owner[key] };
      set(held, locale, input.value);
      if (Object.keys(held).length) owner[key] = held;
      else delete owner[key];
      at.changed(false);
    });
    box.append(labelled(at.locales.length > 1 ? `${label} · ${locale}` : label, input, `${path}.${locale}`));
  }
  return box;
}

/** Yes or no. */
export function flag(owner, key, label, at, path) {
  const input = element('input', { type: 'checkbox', checked: owner[key] === true });
  input.dataset.field = path;
  input.dataset.path = path;
  input.addEventListener('change', () => { set(owner, key, input.checked); at.changed(false); });
  return element('label', { className: 'tick' }, input, label);
}

/** A whole number; what the server takes anyway is not written down. */
export function number(owner, key, label, limits, at, path) {
  const input = element('input', { className: 'form-control', type: 'number', min: limits.least, max: limits.most, value: owner[key] ?? limits.default });
  input.addEventListener('input', () => {
    const value = input.value === '' || Number(input.value) === limits.default ? '' : Number(input.value);
    set(owner, key, value);
    at.changed(false);
  });
  return labelled(label, input, path);
}

/** One of several; the first is what holds where nothing is said. */
export function choices(owner, key, label, all, say, at, path) {
  const input = element('select', { className: 'form-select' });
  for (const one of all) input.append(element('option', { value: one, selected: (owner[key] ?? all[0]) === one }, say(one)));
  input.addEventListener('change', () => { set(owner, key, input.value); at.changed(true); });
  return labelled(label, input, path);
}

/** Any of several. */
export function several(owner, key, label, all, say, at, path) {
  const box = element('div', { className: 'grid2', role: 'group', ariaLabel: label });
  box.dataset.path = path;
  for (const one of all) {
    const held = Array.isArray(owner[key]) ? owner[key] : owner[key] === undefined ? [] : [owner[key]];
    const input = element('input', { type: 'checkbox', checked: held.includes(one) });
    input.dataset.field = `${path}.${one}`;
    input.addEventListener('change', () => {
      const now = new Set(Array.isArray(owner[key]) ? owner[key] : held);
      if (input.checked) now.add(one);
      else now.delete(one);
      owner[key] = all.filter((each) => now.has(each));
      at.changed(false);
    });
    box.append(element('label', { className: 'tick' }, input, say(one)));
  }
  return box;
}

/** A button that adds something. */
export function adder(label, add) {
  const button = element('button', { type: 'button', className: 'btn btn-small' }, `+ ${label}`);
  button.addEventListener('click', add);
  return button;
}

/** One of a list: it can be moved and taken away. */
export function piece(all, n, title, inner, at, path) {
  const box = element('div', { className: 'piece' });
  box.dataset.path = path;
  const tool = (mark, label, act, off) => {
    const button = element('button', { type: 'button', className: 'btn btn-small', disabled: off, ariaLabel: `${window.t(`forms.${label}`)}: ${title}` }, mark);
    button.dataset.field = `${path} ${label}`;
    button.addEventListener('click', () => { act(); at.changed(true); });
    return button;
  };
  const swap = (a, b) => { [all[a], all[b]] = [all[b], all[a]]; };
  box.append(element('div', { className: 'piece-top' }, element('span', {}, title),
    tool('↑', 'up', () => swap(n, n - 1), n === 0),
    tool('↓', 'down', () => swap(n, n + 1), n === all.length - 1),
    tool('×', 'remove', () => all.splice(n, 1), false)), ...inner);
  return box;
}
