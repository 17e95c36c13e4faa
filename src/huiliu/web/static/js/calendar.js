// Moves a campaign that has not begun to another day of the calendar; its page does the same by form.
const TYPE = 'application/x-huiliu-campaign';
const form = document.getElementById('move-form');

document.addEventListener('dragstart', (event) => {
  const line = event.target.closest?.('.cal[draggable="true"]');
  if (!line) return;
  event.dataTransfer.setData(TYPE, JSON.stringify({ ...line.dataset }));
  event.dataTransfer.effectAllowed = 'move';
});
const cellOf = (event) => (event.dataTransfer?.types.includes(TYPE) ? event.target.closest?.('td[data-open]') : null);
document.addEventListener('dragover', (event) => {
  for (const cell of document.querySelectorAll('td.is-over')) cell.classList.remove('is-over');
  const cell = cellOf(event);
  if (!cell) return;
  event.preventDefault();
  cell.classList.add('is-over');
});
document.addEventListener('drop', (event) => {
  const cell = cellOf(event);
  if (!cell) return;
  event.preventDefault();
  const { slug, time } = JSON.parse(event.dataTransfer.getData(TYPE));
  form.action = `/campaigns/${slug}/move`;
  form.elements.once.value = `${cell.dataset.day}T${time}`;
  form.elements.back.value = cell.dataset.day;
  form.requestSubmit();
});
