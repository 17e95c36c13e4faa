/* Browsers' push for huiliu.js, which loads this file when a page asks for it: huiliu.push(options). */
(() => {
  "use strict";
  const DAY = 86400000;
  const AGAIN = 7 * DAY; // so often a browser says again that it is still there

  const bytes = (written) => {
    const text = atob(written.replace(/-/g, "+").replace(/_/g, "/").padEnd(Math.ceil(written.length / 4) * 4, "="));
    return Uint8Array.from(text, (one) => one.charCodeAt(0));
  };

  function browser() {
    const known = /(Edg|OPR|SamsungBrowser|Firefox|Chrome|Safari)\//.exec(navigator.userAgent);
    return { Edg: "edge", OPR: "opera", SamsungBrowser: "samsung" }[known && known[1]] || (known ? known[1].toLowerCase() : "");
  }

  function start(core) {
    const { settings, store, put, anonymousId } = core;

    /** The subscription as the server wants it: address and keys, nothing else. */
    const written = (subscription) => {
      const { endpoint, keys } = subscription.toJSON();
      return JSON.stringify({ endpoint, keys });
    };

    function say(event, held, more) {
      put({ type: "track", event, properties: { channel: "push", app: held.app, device_token: held.token, platform: "web", vendor: browser(), provider: "webpush", ...more } });
    }

    function keep(held) {
      store.set("push", { ...held, at: Date.now(), user: store.get("user") });
      say("Contact Point Added", held, {});
    }

    async function worker(path, app) {
      const address = new URL(path, location.href);
      for (const [name, value] of Object.entries({ host: settings.host, key: settings.key, id: anonymousId(), app })) address.searchParams.set(name, value);
      await navigator.serviceWorker.register(address.href);
      return navigator.serviceWorker.ready;
    }

    /** Subscribe this browser; the person said yes when it asked. */
    async function on(options) {
      const given = { app: "", worker: "/huiliu-sw.js", ...options };
      const registration = await worker(given.worker, given.app);
      const key = bytes(given.key);
      let subscription = await registration.pushManager.getSubscription();
      const old = subscription && subscription.options && subscription.options.applicationServerKey;
      if (old && String(new Uint8Array(old)) !== String(key)) { await subscription.unsubscribe(); subscription = null; } // made for another key
      subscription = subscription || await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
      keep({ token: written(subscription), app: given.app });
      return "granted";
    }

    /** Unsubscribe this browser. */
    async function off() {
      const held = store.get("push");
      const registration = await navigator.serviceWorker.getRegistration();
      const subscription = registration && await registration.pushManager.getSubscription();
      if (subscription) await subscription.unsubscribe();
      if (held) { say("Contact Point Removed", held, { reason: "unsubscribed" }); store.drop("push"); }
    }

    /** Say now and then that this browser is still there, and what it is called now. */
    async function refresh() {
      const held = store.get("push");
      if (!held) return;
      const registration = await navigator.serviceWorker.getRegistration();
      const subscription = registration && await registration.pushManager.getSubscription();
      if (!subscription || Notification.permission !== "granted") { say("Contact Point Removed", held, { reason: "unsubscribed" }); store.drop("push"); return; }
      const token = written(subscription);
      if (token !== held.token) { say("Contact Point Removed", held, { reason: "replaced" }); keep({ token, app: held.app }); }
      else if (Date.now() - held.at > AGAIN || held.user !== store.get("user")) keep(held);
    }

    return { on, off, refresh };
  }

  window.huiliuPush = { start };
})();
