/* How in-app messages of Huiliu look: pop-ups, banners, cards and the list of messages, each in a
   shadow root, so that a page's own styles and these do not meet. Used by huiliu-inapp.js on pages
   of the brand and by the designer in Huiliu's console. */
(() => {
  "use strict";
  const WORDS = {
    "zh-CN": { close: "关闭", inbox: "消息", empty: "暂时没有消息", ad: "广告", remove: "删除", unread: "未读", see: "查看" },
    en: { close: "Close", inbox: "Messages", empty: "No messages yet", ad: "Ad", remove: "Remove", unread: "Unread", see: "Open" },
  };
  const LOOK = `
    :host { all: initial; }
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    .dim, .sheet, .strip, .tile { font: 16px/1.5 system-ui, -apple-system, "PingFang SC", "Noto Sans SC", sans-serif; color: #1b1e28; text-align: start; overflow-wrap: anywhere; }
    .dim { position: fixed; inset: 0; z-index: 2147483000; display: grid; place-items: center; padding: 20px; background: rgb(10 12 20 / 55%); }
    .sheet { position: relative; display: flex; flex-direction: column; width: min(100%, 340px); max-height: 86%; overflow: hidden; border-radius: 20px; background: #fff; box-shadow: 0 18px 60px rgb(0 0 0 / 35%); }
    .scroll { overflow: auto; min-height: 0; }
    .sheet img { display: block; width: 100%; max-height: 46vh; object-fit: cover; }
    .words { padding: 24px 20px 20px; display: grid; gap: 10px; }
    h2 { margin: 0; padding-inline-end: 36px; font-size: 19px; line-height: 1.35; }
    p { margin: 0; white-space: pre-line; color: #4a5063; }
    .go { display: block; min-height: 46px; margin-top: 8px; padding: 11px 18px; border: 0; border-radius: 23px; background: #3b4cca; color: #fff; font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer; }
    .close { position: absolute; inset-inline-end: 6px; top: 6px; width: 44px; height: 44px; border: 0; border-radius: 22px; background: rgb(255 255 255 / 88%); color: #1b1e28; font: 26px/1 system-ui; cursor: pointer; }
    .ad { position: absolute; inset-inline-start: 10px; top: 10px; padding: 1px 7px; border-radius: 4px; background: rgb(255 255 255 / 92%); color: #4a5063; font-size: 12px; border: 1px solid #c9cddb; }
    .sheet:not(.pictured) .ad { position: static; align-self: start; margin: 14px 0 -14px 20px; }
    .strip { position: fixed; z-index: 2147482000; inset-inline: 12px; top: calc(12px + env(safe-area-inset-top)); display: flex; align-items: center; gap: 12px; max-width: 560px; margin-inline: auto; padding: 10px 56px 10px 14px; border-radius: 14px; background: #fff; box-shadow: 0 6px 28px rgb(0 0 0 / 22%); }
    .strip img { width: 44px; height: 44px; flex: none; border-radius: 8px; object-fit: cover; }
    .strip b, .tile b { display: block; font-weight: 600; line-height: 1.35; }
    .strip p { font-size: 14px; line-height: 1.4; }
    .strip .ad, .tile .ad, .sheet:not(.pictured) .item .ad { position: static; margin: 0; margin-inline-end: 6px; }
    .strip .close { top: 50%; translate: 0 -50%; background: none; }
    a.area { flex: 1; color: inherit; text-decoration: none; min-width: 0; }
    .tile { position: relative; display: block; overflow: hidden; border: 1px solid #e2e5ee; border-radius: 14px; background: #fff; }
    .tile img { display: block; width: 100%; max-height: 220px; object-fit: cover; }
    .tile .words { padding: 14px 52px 14px 16px; gap: 4px; }
    .tile .go { min-height: 40px; padding: 8px 16px; justify-self: start; }
    .list { width: min(100%, 440px); height: min(86%, 640px); }
    .list header { padding: 15px 20px; border-bottom: 1px solid #e2e5ee; }
    ul { margin: 0; padding: 0; list-style: none; }
    .item { border-bottom: 1px solid #e2e5ee; }
    .head { display: block; width: 100%; padding: 14px 20px; border: 0; background: none; color: inherit; font: inherit; text-align: start; cursor: pointer; }
    .head b { font-weight: 400; }
    .new b { font-weight: 700; }
    .dot { display: inline-block; width: 9px; height: 9px; margin-inline-end: 8px; border-radius: 5px; background: #c8354b; }
    time { display: block; font-size: 13px; color: #5c6275; }
    .body { padding: 0 20px 16px; display: grid; gap: 10px; }
    .body img { max-width: 100%; border-radius: 10px; }
    .drop { justify-self: start; min-height: 44px; padding: 8px 0; border: 0; background: none; color: #4a5063; font: inherit; text-decoration: underline; cursor: pointer; }
    .none { padding: 40px 20px; text-align: center; }
    :focus-visible { outline: 3px solid #7f8cff; outline-offset: 2px; }
    .shot { height: 150px; background: linear-gradient(135deg, #d9def5, #b9c3ee); } .strip .shot { width: 44px; height: 44px; flex: none; border-radius: 8px; }
    .framed .dim, .framed.dim, .framed.strip { position: absolute; }
    @media (prefers-color-scheme: dark) {
      :host(:not([data-light])) .sheet, :host(:not([data-light])) .strip, :host(:not([data-light])) .tile { background: #1d2130; color: #eef0f8; }
      :host(:not([data-light])) p, :host(:not([data-light])) time, :host(:not([data-light])) .drop { color: #b6bccf; }
      :host(:not([data-light])) .tile, :host(:not([data-light])) .item, :host(:not([data-light])) .list header { border-color: #363c50; }
      :host(:not([data-light])) .strip .close, :host(:not([data-light])) .tile .close, :host(:not([data-light])) .list .close { color: #eef0f8; background: none; }
    }
    @media (prefers-reduced-motion: no-preference) { .sheet, .strip { animation: come 160ms ease-out; } @keyframes come { from { opacity: 0; transform: translateY(8px); } } }
  `;

  /* ---- how it looks ---------------------------------------------------------------------- */
  function make(name, given, ...inside) {
    const one = document.createElement(name);
    for (const [key, value] of Object.entries(given || {})) {
      if (value === undefined || value === false) continue;
      if (key.startsWith("on")) one.addEventListener(key.slice(2), value); else one.setAttribute(key, value === true ? "" : value);
    }
    one.append(...inside.filter(Boolean));
    return one;
  }

  function shade(parent, framed) {
    const host = make("div", { "data-huiliu": "" });
    // In a designer it is a picture of itself: nothing in it can be pressed or walked through.
    if (framed) { host.setAttribute("data-light", ""); host.inert = true; }
    const root = host.attachShadow({ mode: "open" });
    try { const sheet = new CSSStyleSheet(); sheet.replaceSync(LOOK); root.adoptedStyleSheets = [sheet]; } catch { root.append(make("style", {}, LOOK)); }
    parent.append(host);
    return { host, root };
  }

  const language = () => ((document.documentElement.lang || navigator.language || "").toLowerCase().startsWith("zh") ? "zh-CN" : "en");
  const picture = (card, still) => card.image && (still ? make("div", { class: "shot", "aria-hidden": "true" }) : make("img", { src: card.image, alt: "", onerror(event) { event.target.remove(); } }));
  const badge = (card, t) => card.ad && make("span", { class: "ad" }, t.ad);

  /** Whether an address leads somewhere, read as the browser reads it: `java\tscript:` runs too. */
  function leads(url) {
    try { return Boolean(url) && !["javascript:", "data:", "vbscript:", "blob:", "file:", "about:"].includes(new URL(url, document.baseURI).protocol); } catch { return false; }
  }

  function link(card, acts, name, ...inside) {
    if (!leads(card.url)) return null;
    return make("a", { href: card.url, class: name, onclick: (event) => acts.click(event) }, ...inside);
  }

  /** A button of a card: it leads somewhere, or only closes. */
  function button(card, acts) {
    if (!card.button) return null;
    return link(card, acts, "go", card.button) || make("button", { type: "button", class: "go", onclick: () => acts.close() }, card.button);
  }

  /** Keep the keyboard inside a dialog; Escape closes it. */
  function hold(box, root, close) {
    const back = document.activeElement;
    const key = (event) => {
      if (event.key === "Escape") { event.stopPropagation(); close(); return; }
      if (event.key !== "Tab") return;
      const stops = [...root.querySelectorAll("a[href], button")].filter((one) => one.offsetParent !== null || one.getClientRects().length);
      if (!stops.length) return;
      const at = stops.indexOf(root.activeElement);
      if (event.shiftKey ? at <= 0 : at === stops.length - 1) { event.preventDefault(); stops[event.shiftKey ? stops.length - 1 : 0].focus(); }
    };
    document.addEventListener("keydown", key, true);
    return () => { document.removeEventListener("keydown", key, true); if (back && back.focus) back.focus(); };
  }

  /** Draw one pop-up, banner or card; acts: {click(event), close()}. Returns what takes it away. */
  function draw(card, acts, options = {}) {
    const lang = options.lang || language();
    const t = WORDS[lang];
    const { host, root } = shade(options.parent || document.body, options.framed);
    host.setAttribute("lang", card.locale || lang);
    const framed = options.framed ? " framed" : "";
    let free = () => {};
    const end = () => { free(); host.remove(); };
    const shut = () => { end(); acts.close(); };
    const inner = { click: (event) => { if (card.kind !== "card") end(); acts.click(event); }, close: shut };
    const close = make("button", { type: "button", class: "close", "aria-label": t.close, onclick: shut }, "×");
    const words = card.text && make("p", {}, card.text);
    if (card.kind === "popup") {
      const title = make("h2", { id: "title" }, card.title);
      const sheet = make("div", { class: `sheet${card.image ? " pictured" : ""}`, role: "dialog", "aria-modal": "true", "aria-labelledby": "title" });
      const area = picture(card, options.framed);
      const go = button(card, inner) || link(card, inner, "go", t.see);
      sheet.append(make("div", { class: "scroll" }, badge(card, t), area, make("div", { class: "words" }, title, words, go)), close);
      const dim = make("div", { class: `dim${framed}`, onclick: (event) => { if (event.target === dim) shut(); } }, sheet);
      root.append(dim);
      if (!options.framed) { free = hold(sheet, root, shut); close.focus(); }
    } else if (card.kind === "banner") {
      const inside = [make("b", {}, badge(card, t), card.title), words];
      const area = link(card, inner, "area", ...inside.filter(Boolean)) || make("div", { class: "area" }, ...inside);
      root.append(make("section", { class: `strip${framed}`, "aria-label": card.title }, picture(card, options.framed), area, close));
    } else {
      const inside = make("div", { class: "words" }, make("b", {}, badge(card, t), card.title), words, button(card, inner));
      const area = card.button ? make("div", {}, picture(card, options.framed), inside) : link(card, inner, "area", picture(card, options.framed) || "", inside);
      root.append(make("article", { class: "tile", "aria-label": card.title }, area || make("div", {}, picture(card, options.framed), inside), close));
    }
    return { host, root, end };
  }

  /** Draw the list of messages; acts: {read(card), click(event, card), drop(card), close()}. */
  function drawInbox(cards, acts, options = {}) {
    const lang = options.lang || language();
    const t = WORDS[lang];
    const { host, root } = shade(options.parent || document.body, options.framed);
    host.setAttribute("lang", lang);
    let free = () => {};
    const end = () => { free(); host.remove(); };
    const shut = () => { end(); acts.close(); };
    const when = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "short" });
    const none = () => make("p", { class: "none" }, t.empty);
    const list = make("ul");
    for (const card of cards) {
      const row = make("li", { class: `item${card.read ? "" : " new"}`, lang: card.locale });
      const dot = !card.read && make("span", { class: "dot", role: "img", "aria-label": t.unread });
      const remove = () => { acts.drop(card); row.remove(); if (!list.children.length) list.replaceWith(none()); root.querySelector(".close").focus(); };
      const body = make("div", { class: "body", hidden: true }, picture(card, options.framed), card.text && make("p", {}, card.text),
        card.url && link(card, { click: (event) => { end(); acts.click(event, card); } }, "go", card.button || card.title),
        make("button", { type: "button", class: "drop", onclick: remove, "aria-label": `${t.remove} ${card.title}` }, t.remove));
      const open = (event) => {
        body.hidden = !body.hidden;
        event.currentTarget.setAttribute("aria-expanded", String(!body.hidden));
        if (!card.read) { card.read = true; row.classList.remove("new"); if (dot) dot.remove(); acts.read(card); }
      };
      row.append(make("button", { type: "button", class: "head", "aria-expanded": "false", onclick: open }, dot, make("b", {}, badge(card, t), card.title), make("time", { datetime: card.made_at }, when.format(new Date(card.made_at)))), body);
      list.append(row);
    }
    const close = make("button", { type: "button", class: "close", "aria-label": t.close, onclick: shut }, "×");
    const sheet = make("div", { class: "sheet list", role: "dialog", "aria-modal": "true", "aria-labelledby": "title" },
      make("header", {}, make("h2", { id: "title" }, t.inbox)), make("div", { class: "scroll" }, cards.length ? list : none()), close);
    const dim = make("div", { class: `dim${options.framed ? " framed" : ""}`, onclick: (event) => { if (event.target === dim) shut(); } }, sheet);
    root.append(dim);
    if (!options.framed) { free = hold(sheet, root, shut); close.focus(); }
    return { host, root, end };
  }

  window.huiliuLook = { draw, drawInbox };
})();
