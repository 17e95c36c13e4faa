// The inbox: the newest line is in sight, and a ready reply is put in where one writes.
/** Scrolls a conversation to its newest line. */
function toEnd() {
  const lines = document.getElementById('talk-lines');
  if (lines) lines.scrollTop = lines.scrollHeight;
}

/** Whether the reader is at the newest line; who reads further up is left there. */
let atEnd = true;
let kept = 0;

document.addEventListener('htmx:before:swap', () => {
  const lines = document.getElementById('talk-lines');
  if (!lines) return;
  atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 40;
  kept = lines.scrollTop;
});

document.addEventListener('htmx:after:swap', () => {
  const lines = document.getElementById('talk-lines');
  if (!lines) return;
  if (atEnd) toEnd();
  else lines.scrollTop = kept;
});

document.addEventListener('change', (event) => {
  const chosen = event.target.closest('[data-quick]');
  if (!chosen?.value) return;
  const field = document.getElementById(chosen.dataset.quick);
  field.value = field.value ? `${field.value.trimEnd()}\n${chosen.value}` : chosen.value;
  chosen.value = '';
  field.focus();
});

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
  const field = event.target.closest('#talk-text');
  if (field) field.form.requestSubmit(field.form.querySelector('.btn-primary') ?? undefined);
});

document.addEventListener('DOMContentLoaded', toEnd);
