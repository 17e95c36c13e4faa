// Keeps the draft on the server while it is written: one save at a time, the last one counts.
import { useEffect, useMemo, useRef, useState } from '../segments/react.js';

const token = () => document.querySelector('input[name=csrf]').value;
const WAIT_MS = 600;
const RETRY_MS = 4000;

/** Sends a form and returns {status, told}. */
export async function send(address, form) {
  const answer = await fetch(address, { method: 'POST', body: new URLSearchParams(form), headers: { 'X-CSRF-Token': token() } });
  const told = (answer.headers.get('content-type') ?? '').includes('json') ? await answer.json() : await answer.text();
  return { status: answer.status, ok: answer.ok, told };
}

/** Returns how the draft is kept, and ways to keep it. */
export function useSaving(start) {
  const [shown, setShown] = useState({ word: start.revision ? 'saved' : 'fresh', at: start.savedAt, newest: start.newest, newestBy: start.newestBy, base: start.base });
  const held = useRef({ revision: start.revision, base: start.base, wanted: null, kept: null, isBusy: false, timer: 0, isStopped: false });

  const made = useMemo(() => {
    const mine = held.current;
    async function run() {
      if (mine.isBusy || !mine.wanted || mine.isStopped) return;
      const now = mine.wanted;
      mine.wanted = null;
      mine.isBusy = true;
      setShown((was) => ({ ...was, word: 'busy' }));
      try {
        const { status, ok, told } = await send(`/journeys/drafts/${start.draft}`, {
          source: now.source, positions: JSON.stringify(now.positions), base: mine.base, revision: mine.revision,
        });
        if (status === 409) {
          mine.wanted = mine.wanted ?? now;
          mine.isStopped = true;
          setShown((was) => ({ ...was, word: 'elsewhere' }));
        } else if (!ok) throw new Error(String(status));
        else {
          mine.revision = told.revision;
          mine.kept = now;
          setShown((was) => ({ ...was, word: mine.wanted ? 'busy' : 'saved', at: told.saved_at, newest: told.newest, newestBy: told.newest_by }));
        }
      } catch {
        mine.wanted = mine.wanted ?? now;
        setShown((was) => ({ ...was, word: 'away' }));
        clearTimeout(mine.timer);
        mine.timer = setTimeout(() => { mine.timer = 0; run(); }, RETRY_MS);
      }
      mine.isBusy = false;
      if (mine.wanted && !mine.timer) run();
    }
    return {
      /** Keeps a document soon. */
      soon(source, positions) {
        mine.wanted = { source, positions };
        clearTimeout(mine.timer);
        mine.timer = setTimeout(() => { mine.timer = 0; run(); }, WAIT_MS);
      },
      /** Keeps what is not kept yet, now. */
      now() { clearTimeout(mine.timer); mine.timer = 0; return run(); },
      /** Lets nothing be kept any more. */
      stop() { clearTimeout(mine.timer); mine.isStopped = true; },
      isBehind: () => Boolean(mine.wanted) || mine.isBusy,
      revision: () => mine.revision,
      base: () => mine.base,
      /** Goes on from the version that somebody published. */
      rebase(version, source, positions) { mine.base = version; setShown((was) => ({ ...was, base: version })); made.soon(source, positions); },
      /** Keeps this window's document over that of another. */
      async force() {
        const answer = await fetch(`/journeys/drafts/${start.draft}`);
        if (!answer.ok) return;
        mine.revision = (await answer.json()).revision;
        mine.isStopped = false;
        run();
      },
    };
  }, []);
  useEffect(() => {
    const leave = (event) => { if (made.isBehind() && !held.current.isStopped) event.preventDefault(); };
    addEventListener('beforeunload', leave);
    return () => removeEventListener('beforeunload', leave);
  }, []);
  return { ...made, ...shown, isLate: shown.newest > shown.base };
}
