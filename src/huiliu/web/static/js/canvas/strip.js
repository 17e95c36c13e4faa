// The strip above the canvas: how the draft is kept, what can be done with the whole of it.
import { html, useContext, useState } from '../segments/react.js';
import { Icon } from '../segments/choose.js';
import { Tool } from '../segments/fields.js';
import { Desk } from './desk.js';

const CLOUD = { saved: 'cloud-check', busy: 'refresh', fresh: 'circle-check', away: 'cloud-off', elsewhere: 'alert-triangle' };

export function Strip({ saving, history, undo, redo, view, setView, publish, overlay, start, nProblems, onProblems, onKeys, onTests, onArrange, onWhole }) {
  const { isSheet, tree, language, isBroken } = useContext(Desk);
  const [version, setVersion] = useState('');
  const name = tree.name?.[language.locale] ?? Object.values(tree.name ?? {})[0] ?? tree.slug ?? '';
  const show = (picked) => { setVersion(picked); overlay(picked); };
  return html`<header class="strip">
    <div class="strip-name"><button type="button" class="strip-title" onClick=${onWhole} title=${window.t('canvas.journey')}><span>${name || window.t('canvas.journey')}</span><${Icon} name="settings" /></button>
      <span class=${`strip-saved state-${saving.word}`} role="status"><${Icon} name=${CLOUD[saving.word]} />${window.t(`canvas.saved.${saving.word}`, { at: saving.at })}</span></div>
    <div class="strip-tools">
      <${Tool} icon="arrow-back-up" label=${window.t('builder.undo')} isOff=${!history.canUndo} onClick=${undo} />
      <${Tool} icon="arrow-forward-up" label=${window.t('canvas.redo')} isOff=${!history.canRedo} onClick=${redo} />
      ${!isSheet && html`<${Tool} icon="hierarchy-2" label=${window.t('canvas.arrange')} onClick=${onArrange} isOff=${isBroken} />
      <${Tool} icon="test-pipe" label=${window.t('canvas.tests')} onClick=${onTests} isOff=${isBroken || nProblems > 0} />
      <${Tool} icon="keyboard" label=${window.t('canvas.keys')} onClick=${onKeys} />`}
      ${start.isPublished && html`<select class="form-select strip-counts" aria-label=${window.t('canvas.overlay')} value=${version} onChange=${(event) => show(event.target.value)}>
        <option value="">${window.t('canvas.overlay_off')}</option><option value="0">${window.t('canvas.overlay_all')}</option>
        ${start.versions.map((one) => html`<option key=${one} value=${one}>${window.t('canvas.overlay_version', { n: one })}</option>`)}</select>`}
      <div class="switch" role="group" aria-label=${window.t('builder.view')}>
        ${['canvas', 'both', 'yaml'].map((one) => html`<button type="button" key=${one} class=${`view-${one}`} aria-pressed=${view === one} onClick=${() => setView(one)}>${window.t(`canvas.view.${one}`)}</button>`)}</div>
      <button type="button" class=${`btn strip-problems ${nProblems ? 'is-bad' : 'is-good'}`} onClick=${onProblems}><${Icon} name=${nProblems ? 'alert-circle' : 'circle-check'} />${nProblems ? html`<span class="visually-hidden">${window.t('canvas.problems')} </span>${nProblems}` : window.t('canvas.fine')}</button>
      <button type="button" class="btn btn-primary" onClick=${publish} disabled=${isBroken}><${Icon} name="rocket" />${window.t('canvas.publish')}</button>
    </div>
  </header>`;
}
