/* Huiliu for mobile sites and H5 pages. One file, no dependency, no other host than your Huiliu.

   <script async src="https://YOUR-HUILIU/static/sdk/huiliu.js" data-key="COLLECT-KEY"></script>

   Optional: data-form="slug" shows that form as its document says; data-wait="consent" keeps
   everything quiet, storage too, until huiliu.allow(); data-pages="off" counts no page views;
   data-inapp shows in-app messages. */
(() => {
  "use strict";
  const script = document.currentScript;
  const said = (script && script.dataset) || {};
  const waiting = (window.huiliu && window.huiliu.q) || [];
  const host = said.host || (script ? new URL(script.src).origin : location.origin);
  const MOST = 1000; // events that wait; the oldest go first
  const BATCH = 50;
  const BYTES = 60000; // what browsers let a page send while it closes
  const CAMPAIGN = { utm_source: "source", utm_medium: "medium", utm_campaign: "name", utm_term: "term", utm_content: "content" };
  // Marks that ad platforms leave of a click: they want them again with an order.
  for (const name of ["clickid", "callback", "gdt_vid", "qz_gdt", "click_id", "fbclid", "gclid", "gbraid", "wbraid", "ttclid"]) CAMPAIGN[name] = name;
  const settings = { key: said.key || "", host, allowed: said.wait !== "consent", flushAfter: 1000 };

  /* ---- storage: what is allowed, else only memory -------------------------------------- */
  const memory = new Map();
  const store = {
    get(name) {
      if (settings.allowed) {
        try { const found = localStorage.getItem(`huiliu.${name}`); if (found !== null) return JSON.parse(found); } catch { /* private mode, or spoilt */ }
      }
      return memory.get(name);
    },
    set(name, value) {
      memory.set(name, value);
      if (settings.allowed) { try { localStorage.setItem(`huiliu.${name}`, JSON.stringify(value)); } catch { /* full, or private mode */ } }
    },
    drop(name) { memory.delete(name); try { localStorage.removeItem(`huiliu.${name}`); } catch { /* private mode */ } },
  };

  const random = () => {
    const bytes = new Uint8Array(16);
    (window.crypto || window.msCrypto).getRandomValues(bytes);
    return [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
  };

  function anonymousId() {
    let id = store.get("anonymous");
    if (!id) { id = random(); store.set("anonymous", id); }
    return id;
  }

  /** Where this visit came from: kept for its whole length, as people click on. */
  function campaign() {
    const query = new URLSearchParams(location.search);
    const found = {};
    for (const [name, word] of Object.entries(CAMPAIGN)) if (query.get(name)) found[word] = query.get(name).slice(0, 500);
    if (Object.keys(found).length) store.set("campaign", { at: Date.now(), found });
    const held = store.get("campaign");
    return held && Date.now() - held.at < 1800000 ? held.found : found;
  }

  function context() {
    const found = {
      library: { name: "huiliu.js", version: "1" }, locale: navigator.language, channel: "web",
      page: { path: location.pathname, title: document.title, url: location.origin + location.pathname, referrer: document.referrer.split(/[?#]/)[0] },
      screen: { width: screen.width, height: screen.height },
    };
    try { found.timezone = Intl.DateTimeFormat().resolvedOptions().timeZone; } catch { /* old browser */ }
    const from = campaign();
    if (Object.keys(from).length) found.campaign = from;
    return found;
  }

  /* ---- the queue ------------------------------------------------------------------------ */
  let queue = [];
  let sending = null;
  let timer = 0;
  let tries = 0;

  const save = () => store.set("queue", queue);

  function put(call) {
    const made = { messageId: random(), originalTimestamp: new Date().toISOString(), anonymousId: anonymousId(), ...call, context: { ...context(), ...call.context } };
    const user = store.get("user");
    if (user && made.userId === undefined) made.userId = user;
    queue.push(made);
    if (queue.length > MOST) queue = queue.slice(-MOST);
    save();
    later(settings.flushAfter);
    listeners.forEach((hear) => hear(made));
    return made.messageId;
  }

  function later(wait) {
    clearTimeout(timer);
    timer = setTimeout(flush, wait);
  }

  /** The first calls that fit into one request. */
  function some(bytes) {
    const chosen = [];
    let size = 200;
    for (const one of queue) {
      size += new Blob([JSON.stringify(one)]).size + 1;
      if (chosen.length === BATCH || (chosen.length && size > bytes)) break;
      chosen.push(one);
    }
    return chosen;
  }

  const body = (calls) => JSON.stringify({ batch: calls, sentAt: new Date().toISOString(), writeKey: settings.key });

  function sent(calls) {
    const ids = new Set(calls.map((one) => one.messageId));
    queue = queue.filter((one) => !ids.has(one.messageId));
    save();
  }

  /** Send what waits; what the server could not take is tried again, later each time. */
  async function flush() {
    if (sending || !settings.allowed || !settings.key || !queue.length) return sending;
    if (navigator.onLine === false) return null; // the browser says when it is back
    const calls = some(BYTES * 8);
    sending = fetch(`${settings.host}/v1/batch`, { method: "POST", body: body(calls), headers: { "content-type": "text/plain" }, credentials: "omit", mode: "cors" });
    let wait = -1;
    try {
      const answer = await sending;
      // What the server calls wrong stays wrong; too much or away is a matter of time.
      if (answer.ok || (answer.status >= 400 && answer.status < 500 && ![401, 403, 408, 429].includes(answer.status))) { sent(calls); tries = 0; wait = queue.length ? 0 : -1; }
      else wait = (Number(answer.headers.get("retry-after")) || 0) * 1000;
    } catch { wait = 0; }
    sending = null;
    if (wait >= 0 && queue.length) {
      if (tries || wait) { /* had trouble before */ }
      const pause = Math.min(300000, 1000 * 2 ** tries);
      const again = queue.includes(calls[0]);
      if (again) tries = Math.min(tries + 1, 12);
      later(again ? Math.max(wait, pause * (0.5 + Math.random() / 2)) : 0);
    }
    return null;
  }

  /** The page closes: hand over what fits, and keep it in case it gets lost; ids tell repeats. */
  function leave() {
    if (!settings.allowed || !settings.key || !queue.length || !navigator.sendBeacon) return;
    const calls = some(BYTES);
    navigator.sendBeacon(`${settings.host}/v1/batch`, new Blob([body(calls)], { type: "text/plain" }));
  }

  /* ---- in-app messages: their scripts are fetched by those pages only that show any ------- */
  const listeners = [];
  let inapp = null; // what runs, or the promise of it

  function fetchScript(name) {
    return new Promise((done, failed) => {
      const one = Object.assign(document.createElement("script"), { src: `${settings.host}/static/sdk/${name}`, async: false, onload: done, onerror: failed });
      document.head.append(one);
    });
  }

  function showInapp(options = {}) {
    if (options.person) store.set("person", options.person);
    if (!inapp) {
      const core = { settings, store, random, anonymousId, hear: (act) => listeners.push(act) };
      inapp = Promise.all(["huiliu-inapp-look.js", "huiliu-inapp.js"].map(fetchScript)).then(() => window.huiliuInapp.start(core, options));
      inapp.catch(() => { inapp = null; }); // a blocked script must not break the page
    } else if (options.person) inapp.then((one) => one.restart()).catch(() => {});
    return inapp;
  }

  const forgetInapp = () => { if (inapp) inapp.then((one) => one.forget()).catch(() => {}); };

  /* ---- browsers' push, loaded by who wants it -------------------------------------------- */
  let push = null;

  function loadPush() {
    if (!push) {
      push = fetchScript("huiliu-push.js").then(() => window.huiliuPush.start({ settings, store, put, anonymousId }));
      push.catch(() => { push = null; });
    }
    return push;
  }

  const heldPush = (event, reason) => {
    const held = store.get("push");
    if (held) put({ type: "track", event, properties: { channel: "push", app: held.app, device_token: held.token, platform: "web", provider: "webpush", ...(reason ? { reason } : {}) } });
  };

  /* ---- pop-ups -------------------------------------------------------------------------- */
  const forms = new Map();

  async function watch(slug) {
    if (forms.has(slug)) return;
    forms.set(slug, null);
    const closed = store.get(`closed.${slug}`);
    let rule;
    try {
      const answer = await fetch(`${settings.host}/f/${encodeURIComponent(slug)}/pop-up.json`, { credentials: "omit" });
      if (!answer.ok) return;
      rule = await answer.json();
    } catch { return; }
    if (closed && (closed.done || Date.now() - closed.at < rule.again_days * 86400000)) return;
    if (rule.pages.length && !rule.pages.some((one) => location.href.includes(one))) return;
    const begin = () => { stop.forEach((one) => one()); open(slug, rule); };
    const stop = [];
    const on = (target, name, act) => { target.addEventListener(name, act, { passive: true }); stop.push(() => target.removeEventListener(name, act)); };
    const clock = setTimeout(begin, rule.after * 1000);
    stop.push(() => clearTimeout(clock));
    if (rule.scroll) on(window, "scroll", () => { if ((scrollY + innerHeight) / document.documentElement.scrollHeight * 100 >= rule.scroll) begin(); });
    if (rule.leave) on(document.documentElement, "mouseleave", begin);
  }

  function open(slug, rule) {
    if (forms.get(slug)) return;
    const query = new URLSearchParams({ frame: "1" });
    if (settings.allowed) query.set("a", anonymousId());
    for (const [name, word] of Object.entries(CAMPAIGN)) if (campaign()[word]) query.set(name, campaign()[word]);
    const lang = (document.documentElement.lang || navigator.language || "").toLowerCase();
    if (lang.startsWith("zh")) query.set("lang", "zh-CN");
    else if (lang.startsWith("en")) query.set("lang", "en");
    const back = document.activeElement;
    const box = document.createElement("div");
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-modal", "true");
    const title = rule && rule.title ? rule.title[query.get("lang")] || Object.values(rule.title)[0] : slug;
    box.setAttribute("aria-label", title);
    const look = (one, rules) => Object.assign(one.style, rules);
    look(box, { position: "fixed", inset: "0", zIndex: "2147483000", display: "grid", placeItems: "end center", background: "rgb(0 0 0 / 45%)", padding: "0" });
    const sheet = document.createElement("div");
    look(sheet, { position: "relative", width: "min(100%, 480px)", maxHeight: "92vh", background: "Canvas", borderRadius: "18px 18px 0 0", overflow: "hidden", boxShadow: "0 -8px 40px rgb(0 0 0 / 25%)" });
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "×";
    close.setAttribute("aria-label", query.get("lang") === "en" ? "Close" : "关闭");
    look(close, { position: "absolute", right: "8px", top: "8px", width: "44px", height: "44px", border: "0", borderRadius: "22px", background: "Canvas", color: "CanvasText", font: "26px/1 system-ui", cursor: "pointer", zIndex: "1" });
    const frame = document.createElement("iframe");
    frame.src = `${settings.host}/f/${encodeURIComponent(slug)}?${query}`;
    frame.title = title;
    look(frame, { display: "block", width: "100%", height: "420px", maxHeight: "92vh", border: "0" });
    sheet.append(close, frame);
    box.append(sheet);
    let done = false;
    // One click closes it, and it does not come back after that.
    const end = () => {
      removeEventListener("message", hear);
      document.removeEventListener("keydown", key);
      box.remove();
      forms.set(slug, null);
      store.set(`closed.${slug}`, { at: Date.now(), done });
      if (back && back.focus) back.focus();
    };
    const hear = (event) => {
      if (event.source !== frame.contentWindow || event.origin !== new URL(settings.host).origin || !event.data) return;
      if (event.data.huiliu === "height") frame.style.height = `${Math.min(event.data.height, innerHeight * 0.92)}px`;
      if (event.data.huiliu === "done") done = true;
      if (event.data.huiliu === "close") end();
    };
    const key = (event) => {
      if (event.key === "Escape") end();
      if (event.key === "Tab" && document.activeElement === frame && event.shiftKey) { event.preventDefault(); close.focus(); }
    };
    close.addEventListener("click", end);
    box.addEventListener("click", (event) => { if (event.target === box) end(); });
    addEventListener("message", hear);
    document.addEventListener("keydown", key);
    document.body.append(box);
    close.focus();
    forms.set(slug, end);
  }

  /* ---- what a page calls ---------------------------------------------------------------- */
  const huiliu = {
    /** Say where to and with which key; not needed where the script element says it. */
    init(options) { Object.assign(settings, options); start(); },
    track(event, properties = {}) { return put({ type: "track", event, properties }); },
    page(name, properties = {}) { return put({ type: "page", name, properties: { path: location.pathname, ...properties } }); },
    identify(userId, traits = {}) {
      const given = typeof userId === "object" && userId !== null ? { traits: userId } : { userId: String(userId), traits };
      const isOther = given.userId && given.userId !== store.get("user");
      if (given.userId) store.set("user", given.userId);
      const id = put({ type: "identify", ...given });
      if (isOther) heldPush("Contact Point Added"); // whoever is signed in here gets what is sent here
      return id;
    },
    /** Take everything of a person away from this browser: they signed out. */
    reset() { heldPush("Contact Point Removed", "signed_out"); store.drop("push"); flush(); for (const name of ["user", "anonymous", "campaign", "person", "browser", "deeds"]) store.drop(name); forgetInapp(); },
    /** The person agreed to be counted: what waited in memory is stored and sent. */
    allow() { settings.allowed = true; anonymousIdKept(); save(); start(); },
    /** The person would rather not: nothing is stored and nothing is sent any more. */
    refuse() { settings.allowed = false; queue = []; for (const name of ["user", "anonymous", "campaign", "queue", "person", "browser", "deeds"]) store.drop(name); forgetInapp(); },
    /** Show in-app messages: {person: token of your server, renew: async () => another, open: (url, card) => true where your own router took it}. */
    inapp(options) { return showInapp(options); },
    /** The person signed in: their token, from POST /v1/inapp/tokens of your server. */
    person(token) { return showInapp({ person: token }); },
    /** Open the list of messages. */
    inbox() { return showInapp().then((one) => one.inbox.open()); },
    /** Ask for push, from a click: {key: public VAPID key, app, worker: "/huiliu-sw.js"}. Gives granted, denied, default or unsupported. */
    async push(options) {
      if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return "unsupported";
      const said = await Notification.requestPermission(); // at once: browsers want the click
      return said === "granted" ? (await loadPush()).on(options) : said;
    },
    /** No more push in this browser. */
    async unpush() { return (await loadPush()).off(); },
    /** An APP around this page has a push token: {app, token, platform, vendor, provider}. */
    device({ token, ...more }) { return put({ type: "track", event: "Contact Point Added", properties: { channel: "push", device_token: token, ...more } }); },
    open(slug) { open(slug, null); },
    form(slug) { watch(slug); },
    flush,
    get anonymousId() { return anonymousId(); },
    get waiting() { return queue.length; },
  };

  function anonymousIdKept() { const held = memory.get("anonymous"); if (held) store.set("anonymous", held); }

  let started = false;
  function start() {
    if (!settings.allowed || !settings.key) return;
    if (!started) {
      started = true;
      const held = store.get("queue");
      const own = new Set(queue.map((one) => one.messageId));
      if (Array.isArray(held)) queue = [...held.filter((one) => !own.has(one.messageId)), ...queue].slice(-MOST);
      addEventListener("online", () => { tries = 0; later(0); });
      addEventListener("pagehide", leave);
      document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") leave(); else later(0); });
      if (store.get("push")) loadPush().then((one) => one.refresh()).catch(() => {});
      if (said.inapp !== undefined) showInapp().catch(() => {});
      if (said.form) said.form.split(/\s+/).filter(Boolean).forEach(watch);
    }
    later(0);
  }

  window.huiliu = huiliu;
  if (said.pages !== "off") huiliu.page();
  for (const [name, ...given] of waiting) if (typeof huiliu[name] === "function") huiliu[name](...given);
  start();
})();
