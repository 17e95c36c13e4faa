// A document as YAML, with its lines and what is wrong in them.
import { html, useRef } from './react.js';

/** The same document as YAML; problems lead to their lines. */
export function Yaml({ source, onType, problems }) {
  const lines = source.split('\n');
  const wrong = new Set(problems.map((one) => one.line));
  const gutter = useRef(null);
  return html`<div class="yaml card">
    <div class="yaml-in">
      <div class="yaml-lines" ref=${gutter} aria-hidden="true">${lines.map((_, n) => html`<span key=${n} class=${wrong.has(n + 1) ? 'is-wrong' : ''}>${n + 1}</span>`)}</div>
      <textarea id="source" class="code" aria-label="YAML" spellCheck="false" wrap="off" rows=${Math.max(18, lines.length + 1)} value=${source} aria-invalid=${problems.length > 0 || undefined}
        onInput=${(event) => onType(event.target.value)} onScroll=${(event) => { gutter.current.scrollTop = event.target.scrollTop; }}></textarea>
    </div>
    ${problems.length > 0 && html`<ul class="problems problems-in">${problems.map((one, n) => html`<li key=${n}>
      ${one.line > 0 && html`<button type="button" class="problem-line" onClick=${() => showLine(one.line)}>${window.t('builder.line', { n: one.line })}</button>`}
      ${one.path && html`<code>${one.path}</code>`}<span>${one.words}</span></li>`)}</ul>`}
  </div>`;
}

/** Puts the cursor on a line of the YAML. */
export function showLine(line) {
  const box = document.getElementById('source');
  if (!box) return;
  const start = box.value.split('\n').slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0);
  box.focus();
  box.setSelectionRange(start, box.value.indexOf('\n', start) < 0 ? box.value.length : box.value.indexOf('\n', start));
}
