// The editor of templates and briefs: looks on while somebody writes, and lets them put variables in.
const form = document.getElementById('writing');
const at = form.dataset.at;
const token = form.elements.csrf.value;
let last = null;

/** Asks the server with what is written; only the last question of each kind counts. */
function asking(address, id, after) {
  let running = null;
  return async (more = {}) => {
    running?.abort();
    const mine = new AbortController();
    running = mine;
    const place = document.getElementById(id);
    const body = new URLSearchParams(new FormData(form));
    for (const [name, value] of Object.entries(more)) body.set(name, value);
    place.setAttribute('aria-busy', 'true');
    try {
      const answer = await fetch(`${at}/${address}`, { method: 'POST', body, signal: mine.signal, headers: { 'X-CSRF-Token': token } });
      if (!answer.ok) throw new Error(String(answer.status));
      place.innerHTML = await answer.text();
      after?.();
    } catch (fault) {
      if (fault.name === 'AbortError') return;
      const said = document.createElement('p');
      said.className = 'notice notice-warn';
      said.setAttribute('role', 'alert');
      said.textContent = window.t('builder.away');
      place.prepend(said);
    }
    place.removeAttribute('aria-busy');
  };
}

/** Has the letter shown in its own frame, which may run and read nothing. */
function showLetter() {
  const frame = document.querySelector('[data-frame]');
  if (!frame) return;
  const asked = document.createElement('form');
  asked.method = 'post';
  asked.action = `${at}/frame`;
  asked.target = frame.name;
  asked.hidden = true;
  for (const [name, value] of new FormData(form)) {
    const field = document.createElement('textarea');
    field.name = name;
    field.value = value;
    asked.append(field);
  }
  document.body.append(asked);
  asked.submit();
  asked.remove();
}

const look = asking('check', 'looked', showLetter);
const draft = asking('draft', 'fields', () => look());

let waiting = 0;
function lookSoon() {
  clearTimeout(waiting);
  waiting = setTimeout(look, 350);
}

form.addEventListener('focusin', (event) => { if (event.target.matches('[data-text]')) last = event.target; });
form.addEventListener('input', (event) => { if (!event.target.matches('[name^="add-"]')) lookSoon(); });
form.addEventListener('change', (event) => {
  if (event.target.matches('[data-draft-on-change]')) draft();
});
form.addEventListener('click', (event) => {
  const asked = event.target.closest('[data-draft]');
  if (asked) {
    draft(Object.fromEntries(new URLSearchParams(asked.dataset.draft)));
    return;
  }
  const set = event.target.closest('[data-set]');
  if (set) {
    form.elements[set.dataset.set].value = set.dataset.value;
    if (set.dataset.set === 'show-variant') form.elements['show-locale'].value = '';
    look();
    return;
  }
  const put = event.target.closest('[data-insert]');
  if (put) {
    const place = last?.isConnected ? last : form.querySelector('textarea[data-text]');
    if (!place) return;
    place.setRangeText(put.dataset.insert, place.selectionStart, place.selectionEnd, 'end');
    place.focus();
    lookSoon();
  }
});
// The name gives the address its word, until somebody writes one.
form.addEventListener('input', (event) => {
  const slug = form.elements.slug;
  if (event.target.name === 'slug') slug.dataset.own = '1';
  if (event.target.name === 'name-en' && slug && !form.elements.was.value && !slug.dataset.own) {
    slug.value = event.target.value.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 60);
  }
});
form.addEventListener('submit', (event) => { if (form.action.endsWith('/check')) { event.preventDefault(); look(); } });
showLetter();
