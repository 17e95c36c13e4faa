// Remarks on a node: who said what when, settled or open.
import { html, useContext, useState } from '../segments/react.js';
import { Icon } from '../segments/choose.js';
import { Desk } from './desk.js';

export function Comments({ node }) {
  const { comments, comment, resolve } = useContext(Desk);
  const [typed, setTyped] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [fault, setFault] = useState('');
  const mine = comments.filter((one) => one.node === node);
  const settled = mine.filter((one) => one.resolved);
  const shown = isOpen ? mine : mine.filter((one) => !one.resolved);
  const send = async () => {
    if (!typed.trim()) return;
    setFault((await comment(node, typed)) ? '' : window.t('canvas.comment_failed'));
    setTyped('');
  };
  return html`<div class="comments" data-part="comment" role="group" aria-label=${window.t('canvas.comments')}>
    <h3>${window.t('canvas.comments')}</h3>
    <ul>${shown.map((one) => html`<li key=${one.id} class=${one.resolved ? 'is-settled' : ''}>
      <p class="comment-head"><b>${one.author}</b><time>${one.at}</time>
        <button type="button" class="tool" title=${window.t(one.resolved ? 'canvas.reopen' : 'canvas.resolve')} aria-label=${window.t(one.resolved ? 'canvas.reopen' : 'canvas.resolve')} onClick=${() => resolve(one, !one.resolved)}><${Icon} name=${one.resolved ? 'refresh' : 'circle-check'} /></button></p>
      <p class="comment-words">${one.words}</p>
      ${one.resolved && html`<p class="muted small">${window.t('canvas.resolved_by', { who: one.resolved })}</p>`}</li>`)}</ul>
    ${settled.length > 0 && html`<button type="button" class="link-button small" aria-expanded=${isOpen} onClick=${() => setOpen(!isOpen)}>${window.t(isOpen ? 'canvas.hide_settled' : 'canvas.show_settled', { n: settled.length })}</button>`}
    <div class="comment-new"><textarea class="form-control" rows="2" maxLength="2000" aria-label=${window.t('canvas.comment_here')} placeholder=${window.t('canvas.comment_here')} value=${typed} onInput=${(event) => setTyped(event.target.value)}
      onKeyDown=${(event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); send(); } }}></textarea>
      <button type="button" class="btn btn-small" disabled=${!typed.trim()} onClick=${send}>${window.t('canvas.send_comment')}</button></div>
    ${fault && html`<p class="is-bad-words small" role="alert">${fault}</p>`}
  </div>`;
}
