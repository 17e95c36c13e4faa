/* Huiliu's service worker for browsers' push. Browsers take one from your own site only, so put a
   file /huiliu-sw.js there with this line:

   importScripts("https://YOUR-HUILIU/static/sdk/huiliu-worker.js"); */
(() => {
  "use strict";
  const asked = new URL(self.location.href).searchParams;
  const [host, key, id] = ["host", "key", "id"].map((name) => asked.get(name) || "");

  /** Tell what happened to a message; told twice it counts once. */
  function tell(event, properties, messageId) {
    if (!host || !key) return Promise.resolve();
    const call = { type: "track", event, messageId, anonymousId: id || "worker", originalTimestamp: new Date().toISOString(), properties, context: { library: { name: "huiliu-worker.js", version: "1" }, channel: "web" } };
    return fetch(`${host}/v1/batch`, { method: "POST", body: JSON.stringify({ batch: [call], writeKey: key }), headers: { "content-type": "text/plain" }, credentials: "omit", keepalive: true }).catch(() => {});
  }

  self.addEventListener("push", (event) => {
    let said;
    try { said = event.data.json(); } catch { return; }
    const shown = self.registration.showNotification(said.title, { body: said.body, tag: said.mid, data: { url: said.url, mid: said.mid }, ...(said.image ? { image: said.image } : {}) });
    event.waitUntil(Promise.all([shown, tell("Push Shown", { message_id: said.mid }, `${said.mid}-shown`)]));
  });

  self.addEventListener("notificationclick", (event) => {
    const { url, mid } = event.notification.data || {};
    event.notification.close();
    // Only what a browser opens as a page.
    const target = /^https?:\/\//.test(url || "") ? url : "/";
    event.waitUntil(Promise.all([self.clients.openWindow(target), tell("Push Clicked", { message_id: mid }, `${mid}-clicked`)]));
  });

  self.addEventListener("pushsubscriptionchange", (event) => {
    const options = (event.oldSubscription || {}).options;
    const made = event.newSubscription ? Promise.resolve(event.newSubscription) : options ? self.registration.pushManager.subscribe(options) : Promise.resolve(null);
    event.waitUntil(made.then((one) => {
      if (!one) return null;
      const { endpoint, keys } = one.toJSON();
      // The page says whose it is and of which app when it is opened next.
      return tell("Contact Point Added", { channel: "push", app: asked.get("app") || "", device_token: JSON.stringify({ endpoint, keys }), platform: "web", provider: "webpush" }, `renewed-${endpoint.slice(-40)}`);
    }));
  });
})();
