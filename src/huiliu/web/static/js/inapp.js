// Draws an in-app message into the phone of the designer, with the same code as on people's pages.
const drawn = [];

function draw() {
  const phone = document.querySelector('[data-phone]');
  const told = document.querySelector('[data-card]');
  drawn.splice(0).forEach((one) => one.end());
  if (!phone || !told || phone.dataset.drawn) return;
  phone.dataset.drawn = '1';
  const card = JSON.parse(told.textContent);
  const nothing = { click(event) { event.preventDefault(); }, close() {}, read() {}, drop() {} };
  const options = { framed: true, lang: document.documentElement.lang, parent: phone };
  if (card.kind === 'inbox') drawn.push(window.huiliuLook.drawInbox([card], nothing, options));
  else if (card.kind === 'card') drawn.push(window.huiliuLook.draw(card, nothing, { ...options, parent: phone.querySelector('[data-slot]') }));
  else drawn.push(window.huiliuLook.draw(card, nothing, options));
}

const looked = document.getElementById('looked');
if (looked) new MutationObserver(draw).observe(looked, { childList: true });
draw();

// The words beside a kind say what it is for; its fields come and go with it.
document.addEventListener('change', (event) => {
  if (!event.target.matches('[name="type"]')) return;
  document.querySelectorAll('[data-for-kind]').forEach((one) => { one.hidden = !one.dataset.forKind.split(' ').includes(event.target.value); });
});
