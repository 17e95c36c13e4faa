/* In-app messages of Huiliu for mobile sites and H5 pages: pop-ups, banners, cards and a list of
   messages. huiliu.js loads it by itself where the script element says data-inapp, or at
   huiliu.inapp(). It shows nothing that one click does not close, counts nothing down, and keeps
   the words of messages no longer than the tab is open. */
(() => {
  "use strict";
  const FIRST_TRY = 5000;
  const LATEST_TRY = 300000;
  const AFTER_EVENT = 3000; // an event may have a message follow
  const MOST_DEEDS = 200;
  const DAY = 86400000;

  /* ---- when: no page, no clock; what is asked for is given ------------------------------- */

  /** Whether a path is one of these; `*` stands for anything. */
  function fitsPage(patterns, path) {
    return patterns.some((one) => new RegExp(`^${one.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&")).join(".*")}$`).test(path));
  }

  /** Whether all that a card waits for has happened: {path, seconds, scroll, leave, events}. */
  function triggered(trigger, here) {
    const asks = trigger || {};
    return (!asks.pages || fitsPage(asks.pages, here.path))
      && (!asks.events || asks.events.some((one) => here.events.has(one)))
      && here.seconds >= (asks.after || 0) && here.scroll >= (asks.scroll || 0) && (!asks.leave || here.leave);
  }

  /** Whether a card may be shown once more: its time, how often it was seen, this visit. */
  function due(card, now, visited) {
    const often = card.often || {};
    if (now < Date.parse(card.starts_at) || now >= Date.parse(card.ends_at)) return false;
    if ((card.kind === "popup" || card.kind === "banner") && card.clicked) return false;
    if (often.most && card.shown >= often.most) return false;
    if (often.session && visited.has(card.id)) return false;
    return !(often.every && card.shown_at && now - Date.parse(card.shown_at) < often.every * 1000);
  }

  /** Whether the person has had enough pop-ups for now; `times` are those of all their devices. */
  function enough(rules, times, now) {
    const day = times.filter((one) => now - one < DAY);
    if (rules.popups_per_day && day.length >= rules.popups_per_day) return true;
    return day.some((one) => now - one < (rules.popup_gap_seconds || 0) * 1000);
  }

  const first = (cards) => [...cards].sort((a, b) => b.priority - a.priority || (a.made_at < b.made_at ? 1 : -1) || (a.id < b.id ? -1 : 1))[0];

  /* ---- the client ------------------------------------------------------------------------ */
  function start(core, options = {}) {
    const { settings, store } = core;
    const { draw, drawInbox } = window.huiliuLook;
    const held = (() => { try { return JSON.parse(sessionStorage.getItem("huiliu.inapp")) || {}; } catch { return {}; } })();
    let cards = new Map((held.cards || []).map((one) => [one.id, one]));
    let { etag = "", cursor = 0, rules = { poll_seconds: 60 }, whose = "" } = held;
    const visited = new Set(held.visited || []);
    let popups = held.popups || {}; // id -> when it was shown last
    let skew = held.skew || 0; // how far this clock is behind the server's
    const clock = () => Date.now() + skew;
    let unread = 0;
    const shown = new Map(); // what is on the page now: id -> what takes it away
    let inbox = null;
    let here = fresh(location.pathname);
    let timer = 0;
    let tries = 0;
    let syncing = false;
    let stopped = false;
    let lastSync = 0;

    function fresh(path) { return { path, since: Date.now(), scroll: 0, leave: false, events: new Set() }; }

    function keep() {
      if (!settings.allowed) return;
      try { sessionStorage.setItem("huiliu.inapp", JSON.stringify({ cards: [...cards.values()], etag, cursor, rules, whose, visited: [...visited], popups, skew })); } catch { /* full, or private mode */ }
    }

    function forget() {
      cards = new Map(); etag = ""; cursor = 0; popups = {};
      shown.forEach((one) => one.end()); shown.clear();
      if (inbox) inbox.end();
      try { sessionStorage.removeItem("huiliu.inapp"); } catch { /* private mode */ }
      count();
    }

    /* who it is: the brand's own server says so, else the browser's own random id */
    async function token(isNew) {
      const person = store.get("person");
      if (person) {
        if (!isNew) return person;
        const renewed = options.renew ? await options.renew() : "";
        if (renewed) store.set("person", renewed);
        return renewed || "";
      }
      const kept = store.get("browser");
      if (kept && !isNew && kept.until > Date.now() && kept.of === core.anonymousId()) return kept.token;
      const of = core.anonymousId();
      const answer = await fetch(`${settings.host}/v1/inapp/token`, { method: "POST", credentials: "omit", headers: { "content-type": "text/plain" }, body: JSON.stringify({ writeKey: settings.key, anonymousId: of }) });
      if (!answer.ok) return "";
      const made = await answer.json();
      store.set("browser", { token: made.token, until: Date.parse(made.expires_at) - 60000, of });
      return made.token;
    }

    async function ask(isNew) {
      const mine = await token(isNew);
      if (!mine) return null;
      if (mine !== whose) { forget(); whose = mine; }
      const headers = { authorization: `Basic ${btoa(`${settings.key}:${mine}`)}` };
      if (etag) headers["if-none-match"] = etag;
      return fetch(`${settings.host}/v1/inapp/sync${cursor ? `?cursor=${cursor}` : ""}`, { headers, credentials: "omit", cache: "no-store" });
    }

    async function sync() {
      if (syncing || stopped || !settings.allowed || !settings.key) return;
      syncing = true;
      clearTimeout(timer);
      let wait = FIRST_TRY;
      try {
        let answer = await ask(false);
        if (answer && answer.status === 401) answer = await ask(true);
        lastSync = Date.now();
        if (answer && answer.status === 200) take(await answer.json(), answer.headers.get("etag") || "");
        if (answer && (answer.status === 200 || answer.status === 304)) { tries = 0; wait = (rules.poll_seconds || 60) * 1000; } else if (answer && [401, 403].includes(answer.status)) { stopped = true; } else {
          wait = Math.max(Number(answer && answer.headers.get("retry-after")) * 1000 || 0, Math.min(LATEST_TRY, FIRST_TRY * 2 ** tries)); tries += 1;
        }
      } catch { wait = Math.min(LATEST_TRY, FIRST_TRY * 2 ** tries); tries += 1; }
      syncing = false;
      look();
      tell(false);
      if (!stopped) timer = setTimeout(() => { if (document.visibilityState === "visible") sync(); }, wait);
    }

    function take(told, tag) {
      if (told.whole) cards = new Map();
      told.cards.forEach((one) => cards.set(one.id, one));
      told.gone.forEach((id) => cards.delete(id));
      for (const id of [...shown.keys()]) if (!cards.has(id)) { shown.get(id).end(); shown.delete(id); }
      etag = tag; cursor = told.cursor;
      skew = Date.parse(told.now) - Date.now();
      for (const [id, at] of Object.entries(told.popups_shown)) popups[id] = Math.max(popups[id] || 0, Date.parse(at));
      rules = { poll_seconds: told.poll_seconds, popups_per_day: told.popups_per_day, popup_gap_seconds: told.popup_gap_seconds };
      keep();
      count();
    }

    function count() {
      const now = messages().filter((one) => !one.read).length;
      document.querySelectorAll("[data-huiliu-unread]").forEach((one) => { one.textContent = now > 99 ? "99+" : String(now); one.hidden = !now; });
      if (now !== unread) { unread = now; dispatchEvent(new CustomEvent("huiliu:unread", { detail: now })); }
    }

    /* what people do: kept until the server has it */
    let deeds = store.get("deeds") || []; // those of the page before too
    let telling = false;
    const body = (some) => JSON.stringify({ writeKey: settings.key, token: whose, sentAt: new Date().toISOString(), events: some });

    function did(card, what, url) {
      if (!settings.allowed) return;
      deeds.push({ id: core.random(), message: card.id, what, at: new Date().toISOString(), ...(url ? { url } : {}) });
      deeds = deeds.slice(-MOST_DEEDS);
      store.set("deeds", deeds);
      tell(what === "clicked");
    }

    async function tell(keepalive) {
      if (telling || !deeds.length || !whose) return;
      telling = true;
      const some = deeds.slice(0, 50);
      try {
        const answer = await fetch(`${settings.host}/v1/inapp/events`, { method: "POST", credentials: "omit", keepalive, headers: { "content-type": "text/plain" }, body: body(some) });
        // What the server calls wrong stays wrong; too much or away is a matter of time.
        if (answer.ok || [400, 413, 422].includes(answer.status)) {
          const ids = new Set(some.map((one) => one.id));
          deeds = deeds.filter((one) => !ids.has(one.id));
          store.set("deeds", deeds);
        }
      } catch { /* told with the next one */ }
      telling = false;
      if (deeds.length && !deeds.some((one) => some.includes(one))) tell(false);
    }

    function leave() { if (deeds.length && whose && navigator.sendBeacon) navigator.sendBeacon(`${settings.host}/v1/inapp/events`, new Blob([body(deeds.slice(0, 50))], { type: "text/plain" })); }

    /* showing */
    function note(card) {
      card.shown += 1; card.shown_at = new Date(clock()).toISOString();
      visited.add(card.id);
      if (card.kind === "popup") popups[card.id] = clock();
      keep();
      did(card, "shown");
    }

    function acts(card) {
      return {
        click(event) {
          const url = card.url;
          card.clicked = true; keep();
          did(card, "clicked", url);
          if (card.kind !== "card") shown.delete(card.id);
          if (options.open && options.open(url, card)) event.preventDefault();
        },
        close() { shown.delete(card.id); cards.delete(card.id); keep(); did(card, "dismissed"); look(); },
      };
    }

    const isShown = (kind) => [...shown.keys()].some((id) => cards.has(id) && cards.get(id).kind === kind);
    const ready = (kind) => {
      const at = { ...here, seconds: (Date.now() - here.since) / 1000 };
      return [...cards.values()].filter((one) => one.kind === kind && !shown.has(one.id) && due(one, clock(), visited) && triggered(one.trigger, at));
    };

    function look() {
      if (stopped || !settings.allowed || document.visibilityState === "hidden") return;
      for (const [id, one] of [...shown]) if (!one.host.isConnected) shown.delete(id);
      if (!isShown("popup") && !inbox && !document.querySelector("[role=dialog][aria-modal=true]") && !enough(rules, Object.values(popups), clock())) show(first(ready("popup")));
      if (!isShown("banner")) show(first(ready("banner")));
      slots();
      const waits = [...cards.values()].filter((one) => one.trigger && one.trigger.after && !shown.has(one.id)).map((one) => one.trigger.after * 1000 - (Date.now() - here.since)).filter((one) => one > 0);
      if (waits.length) { clearTimeout(look.timer); look.timer = setTimeout(look, Math.min(...waits) + 20); }
    }

    function show(card) {
      if (!card) return;
      shown.set(card.id, draw(card, acts(card)));
      note(card);
    }

    function slots() {
      const places = [...document.querySelectorAll("[data-huiliu-slot]")];
      places.forEach((place, nth) => {
        if (place.querySelector("[data-huiliu]")) return;
        const name = place.dataset.huiliuSlot;
        const card = first(ready("card").filter((one) => (one.slot ? one.slot === name : nth === 0)));
        if (!card) return;
        const drawn = draw(card, acts(card), { parent: place });
        shown.set(card.id, drawn);
        if (!("IntersectionObserver" in window)) { note(card); return; }
        // Seen = half of it for a second, as the industry counts a display ad.
        let clock = 0;
        const eye = new IntersectionObserver(([one]) => {
          clearTimeout(clock);
          if (one.isIntersecting) clock = setTimeout(() => { eye.disconnect(); if (shown.has(card.id)) note(card); }, 1000);
        }, { threshold: 0.5 });
        eye.observe(drawn.host);
      });
    }

    const messages = () => [...cards.values()].filter((one) => one.kind === "inbox" && Date.parse(one.starts_at) <= clock() && Date.parse(one.ends_at) > clock()).sort((a, b) => (a.made_at < b.made_at ? 1 : -1));

    const box = {
      get items() { return messages().map((one) => ({ ...one })); },
      get unread() { return unread; },
      open() {
        if (inbox) return;
        const now = messages();
        inbox = drawInbox(now, {
          read(card) { did(card, "read"); keep(); count(); },
          click(event, card) { inbox = null; did(card, "clicked", card.url); if (options.open && options.open(card.url, card)) event.preventDefault(); },
          drop(card) { cards.delete(card.id); did(card, "dismissed"); keep(); count(); },
          close() { inbox = null; look(); },
        });
        now.filter((one) => !visited.has(one.id)).forEach(note);
      },
      read(id) { const card = cards.get(id); if (card && !card.read) { card.read = true; did(card, "read"); keep(); count(); } },
    };

    core.hear((call) => {
      if (call.type === "page") here = fresh((call.properties && call.properties.path) || location.pathname);
      if (call.type === "track") here.events.add(call.event);
      setTimeout(look, 0);
      clearTimeout(core.soon);
      core.soon = setTimeout(sync, settings.flushAfter + AFTER_EVENT);
    });
    let turn = 0;
    addEventListener("scroll", () => {
      clearTimeout(turn);
      turn = setTimeout(() => { here.scroll = Math.max(here.scroll, (scrollY + innerHeight) / document.documentElement.scrollHeight * 100); look(); }, 120);
    }, { passive: true });
    document.documentElement.addEventListener("mouseleave", () => { here.leave = true; look(); });
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") leave(); else if (Date.now() - lastSync > 15000) sync(); else look(); });
    addEventListener("pagehide", leave);
    addEventListener("online", () => { tries = 0; sync(); tell(false); });
    document.addEventListener("click", (event) => { const one = event.target.closest && event.target.closest("[data-huiliu-inbox]"); if (one) { event.preventDefault(); box.open(); } });
    here.scroll = innerHeight / Math.max(innerHeight, document.documentElement.scrollHeight) * 100;
    count();
    sync();
    return { inbox: box, sync, forget, restart() { stopped = false; forget(); sync(); } };
  }

  window.huiliuInapp = { start, triggered, due, enough };
})();
