// Talks to the server: each kind of question has one answer at a time, the latest.
const token = () => document.querySelector('input[name=csrf]').value;

/** Returns a way to ask that gives up what was asked before; a stale answer is never returned. */
export function latest() {
  let running = null;
  return async function ask(address, form) {
    running?.abort();
    const mine = new AbortController();
    running = mine;
    const answer = await fetch(address, {
      method: 'POST', body: new URLSearchParams(form), signal: mine.signal, headers: { 'X-CSRF-Token': token() },
    });
    if (!answer.ok && answer.status !== 422) throw new Error(String(answer.status));
    const told = answer.headers.get('content-type').includes('json') ? await answer.json() : await answer.text();
    if (running !== mine) throw new DOMException('stale', 'AbortError');
    return told;
  };
}

/** Calls a function when it was not asked for again during a while. */
export function after(ms, act) {
  let timer = 0;
  const later = (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...given), ms);
  };
  later.forget = () => clearTimeout(timer);
  return later;
}

/** Returns the values that people have for a trait, a property or a tag. */
export async function values(subject) {
  const answer = await fetch(`/segments/values?${new URLSearchParams(subject)}`);
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}
