// The form of a campaign: shows what belongs to a choice, counts its people, previews its messages.
const form = document.getElementById('campaign-form');
const token = form.elements.csrf.value;

/** Shows the fields that belong to what is chosen, and calls the button what it does. */
function arrange() {
  for (const part of form.querySelectorAll('[data-for]')) {
    part.hidden = !part.dataset.for.split(' ').some((one) => { const [name, value] = one.split('='); return form.elements[name].value === value; });
  }
  const button = document.getElementById('campaign-send');
  const isNow = form.elements.when.value === 'now';
  button.querySelector('span').textContent = isNow ? button.dataset.now : button.dataset.later;
  if (isNow) form.dataset.confirm = button.dataset.sure;
  else delete form.dataset.confirm;
}

/** Returns a function that fills a place with the server's answer; only the last question counts. */
function asking(address, id) {
  let running = null;
  return async () => {
    running?.abort();
    const mine = new AbortController();
    running = mine;
    const place = document.getElementById(id);
    place.setAttribute('aria-busy', 'true');
    try {
      const answer = await fetch(address, { method: 'POST', body: new URLSearchParams(new FormData(form)), signal: mine.signal, headers: { 'X-CSRF-Token': token } });
      if (!answer.ok) throw new Error(String(answer.status));
      place.innerHTML = await answer.text();
    } catch (fault) {
      if (fault.name === 'AbortError') return;
      place.textContent = window.t('builder.away');
    }
    place.removeAttribute('aria-busy');
  };
}

const count = asking('/campaigns/audience', 'audience');
const preview = asking('/campaigns/preview', 'preview');

const tryOut = asking('/campaigns/test', 'tried');
document.getElementById('try-out').addEventListener('click', tryOut);
form.elements.person.addEventListener('keydown', (event) => { if (event.key === 'Enter') { event.preventDefault(); tryOut(); } });

form.addEventListener('change', (event) => {
  arrange();
  if (['audience', 'segment', 'list'].includes(event.target.name)) count();
  if (event.target.name.startsWith('template-')) preview();
});
document.getElementById('more-variants').addEventListener('click', (event) => {
  const next = form.querySelector('.variant[hidden]');
  if (next) { next.hidden = false; next.querySelector('select').focus(); }
  if (!form.querySelector('.variant[hidden]')) event.currentTarget.hidden = true;
});
// The name gives the address its word, until somebody writes one.
let isOwn = Boolean(form.elements.slug.value);
form.elements.slug.addEventListener('input', () => { isOwn = true; });
form.elements['name-en'].addEventListener('input', (event) => {
  if (!isOwn) form.elements.slug.value = event.target.value.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 60);
});
arrange();
count();
preview();
