/* 汇流 Huiliu：微信小程序客户端。复制到小程序目录即可，无依赖。
   Huiliu for WeChat mini-programs: copy this file into yours; it needs nothing else.

   // app.js
   const huiliu = require('./utils/huiliu.js');
   App({ onLaunch(options) { huiliu.init({ host: 'https://YOUR-HUILIU', key: 'COLLECT-KEY' }, options); } }); */
const MOST = 1000; // 最多缓存的事件数 / events that wait; the oldest go first
const BATCH = 50;
const CAMPAIGN = { utm_source: 'source', utm_medium: 'medium', utm_campaign: 'name', utm_term: 'term', utm_content: 'content' };
const settings = { host: '', key: '', allowed: true, flushAfter: 1000 };

let queue = [];
let sending = false;
let timer = 0;
let tries = 0;
let online = true;
let launch = {};
const listeners = [];
let counted = 0;

function get(name) {
  try { return wx.getStorageSync(`huiliu.${name}`) || undefined; } catch (fault) { return undefined; }
}

function keep(name, value) {
  if (!settings.allowed) return;
  try { wx.setStorageSync(`huiliu.${name}`, value); } catch (fault) { /* 存储已满 / storage is full */ }
}

function drop(name) {
  try { wx.removeStorageSync(`huiliu.${name}`); } catch (fault) { /* 不存在 / not there */ }
}

/** 32 个十六进制字符；小程序没有同步的安全随机数，够用于去重。
    Enough to tell calls apart: mini-programs have no synchronous secure random numbers. */
function random() {
  counted += 1;
  let made = Date.now().toString(16) + counted.toString(16);
  while (made.length < 32) made += Math.floor(Math.random() * 16).toString(16);
  return made.slice(0, 32);
}

let anonymous = '';
function anonymousId() {
  anonymous = anonymous || get('anonymous') || random();
  keep('anonymous', anonymous);
  return anonymous;
}

/** 来源：页面参数中的 utm，或小程序码 scene 中的参数。
    Where somebody came from: utm in the page's query, or in the scene of a mini-program code. */
function campaign() {
  const query = { ...(launch.query || {}) };
  if (query.scene) {
    decodeURIComponent(query.scene).split('&').forEach((part) => {
      const [name, value] = part.split('=');
      if (value !== undefined && query[name] === undefined) query[name] = value;
    });
  }
  const found = {};
  Object.keys(CAMPAIGN).forEach((name) => {
    if (query[name]) found[CAMPAIGN[name]] = decodeURIComponent(String(query[name])).slice(0, 200);
  });
  if (!Object.keys(found).length && launch.scene) found.source = `wechat-scene-${launch.scene}`;
  return found;
}

function device() {
  try {
    const found = wx.getDeviceInfo ? { ...wx.getDeviceInfo(), ...wx.getWindowInfo(), ...wx.getAppBaseInfo() } : wx.getSystemInfoSync();
    return {
      locale: String(found.language || '').replace('_', '-'),
      device: { manufacturer: found.brand, model: found.model, type: found.platform },
      os: { name: String(found.system || '').split(' ')[0], version: String(found.system || '').split(' ')[1] },
      app: { name: 'wechat', version: found.version },
      screen: { width: found.screenWidth, height: found.screenHeight },
    };
  } catch (fault) { return {}; }
}

function path() {
  const pages = typeof getCurrentPages === 'function' ? getCurrentPages() : [];
  return pages.length ? `/${pages[pages.length - 1].route}` : '/';
}

function put(call) {
  const made = {
    messageId: random(), originalTimestamp: new Date().toISOString(), anonymousId: anonymousId(), ...call,
    context: { library: { name: 'huiliu-wechat-mini', version: '1' }, channel: 'wechat', page: { path: path() }, campaign: campaign(), ...device() },
  };
  const user = get('user');
  if (user && made.userId === undefined) made.userId = user;
  queue.push(made);
  if (queue.length > MOST) queue = queue.slice(-MOST);
  keep('queue', queue);
  later(settings.flushAfter);
  listeners.forEach((hear) => hear(made));
  return made.messageId;
}

function later(wait) {
  clearTimeout(timer);
  timer = setTimeout(flush, wait);
}

/** 发送缓存的事件；失败的稍后重试，间隔逐次加倍。
    Send what waits; what could not be taken is tried again, later each time. */
function flush() {
  if (sending || !settings.allowed || !settings.key || !queue.length || !online) return;
  const calls = queue.slice(0, BATCH);
  sending = true;
  wx.request({
    url: `${settings.host}/v1/batch`, method: 'POST', timeout: 20000,
    header: { 'content-type': 'application/json' },
    data: JSON.stringify({ batch: calls, sentAt: new Date().toISOString(), writeKey: settings.key }),
    success(answer) {
      const status = answer.statusCode;
      const isWrong = status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status);
      done(calls, status === 200 || isWrong, Number((answer.header || {})['retry-after'] || (answer.header || {})['Retry-After'] || 0));
    },
    fail() { done(calls, false, 0); },
  });
}

function done(calls, isTaken, seconds) {
  sending = false;
  if (isTaken) {
    const ids = calls.map((one) => one.messageId);
    queue = queue.filter((one) => !ids.includes(one.messageId));
    keep('queue', queue);
    tries = 0;
    if (queue.length) later(0);
    return;
  }
  const pause = Math.min(300000, 1000 * 2 ** tries) * (0.5 + Math.random() / 2);
  tries = Math.min(tries + 1, 12);
  later(Math.max(seconds * 1000, pause));
}

/** 自动记录页面浏览：包装小程序的 Page()。 Count page views by wrapping Page(). */
function watchPages() {
  if (typeof Page !== 'function' || Page.isHuiliu) return;
  const original = Page;
  // eslint-disable-next-line no-global-assign
  Page = function huiliuPage(options) {
    const shown = options.onShow;
    options.onShow = function onShow(...given) {
      huiliu.page();
      return shown ? shown.apply(this, given) : undefined;
    };
    return original(options);
  };
  Page.isHuiliu = true;
}

let started = false;
const huiliu = {
  /** 初始化；options 传入 onLaunch 的参数。 Start; `options` is what onLaunch was given. */
  init(given, options) {
    Object.assign(settings, given);
    launch = options || (wx.getLaunchOptionsSync ? wx.getLaunchOptionsSync() : {});
    if (started) return;
    started = true;
    const held = get('queue');
    if (Array.isArray(held)) queue = held.concat(queue).slice(-MOST);
    if (wx.onNetworkStatusChange) wx.onNetworkStatusChange((found) => { online = found.isConnected; if (online) { tries = 0; later(0); } });
    if (wx.onAppHide) wx.onAppHide(flush);
    if (wx.onAppShow) wx.onAppShow((found) => { launch = found && found.query ? found : launch; later(0); });
    if (settings.pages !== false) watchPages();
    later(0);
  },
  track(event, properties) { return put({ type: 'track', event, properties: properties || {} }); },
  page(name, properties) { return put({ type: 'page', name: name || path(), properties: { path: path(), ...(properties || {}) } }); },
  identify(userId, traits) {
    if (userId) keep('user', String(userId));
    return put({ type: 'identify', ...(userId ? { userId: String(userId) } : {}), traits: traits || {} });
  },
  /** 您的服务器用 wx.login 的 code 换到 openid 后调用。
      Call it when your server made an openid of the code that wx.login gave. */
  setOpenid(openid, unionid) {
    const known = `${openid} ${unionid || ''}`;
    if (get('openid') === known) return '';
    keep('openid', known);
    return put({ type: 'identify', traits: { openid, ...(unionid ? { unionid } : {}) } });
  },
  /** 承载小程序的 APP 取得推送令牌后调用。 The APP around a mini-program got a push token: {app, token, platform, vendor, provider}. */
  device({ token, ...more }) { return put({ type: 'track', event: 'Contact Point Added', properties: { channel: 'push', device_token: token, ...more } }); },
  /** 请用户订阅消息：在点击事件中调用，一次最多三个模板；同意一次只能发一条。
      Ask a person, at a tap, for messages by up to three templates; each yes is good for one.
      resolve: { 模板: 'accept' | 'reject' | 'ban' ... } */
  askToSubscribe(templates, app) {
    return new Promise((resolve, reject) => {
      wx.requestSubscribeMessage({
        tmplIds: templates.slice(0, 3),
        success(found) {
          const agreed = templates.filter((one) => /^accept/.test(String(found[one])));
          const openid = String(get('openid') || '').split(' ')[0];
          if (agreed.length) {
            huiliu.track('Message Credit Granted', {
              channel: 'mini_program', app: app || settings.app || '', template_ids: agreed, source: 'client',
              ...(openid ? { openid } : {}),
            });
            flush();
          }
          resolve(found);
        },
        fail: reject,
      });
    });
  },
  /** 用户退出登录。 The person signed out. */
  reset() { anonymous = ''; ['user', 'anonymous', 'openid'].forEach(drop); },
  /** 用户同意隐私指引前请先 init({allowed: false})，同意后调用 allow()。
      Until a person agreed to the privacy guide: init({allowed: false}); then allow(). */
  allow() { settings.allowed = true; keep('anonymous', anonymousId()); keep('queue', queue); later(0); },
  refuse() { settings.allowed = false; queue = []; ['user', 'anonymous', 'openid', 'queue'].forEach(drop); },
  /** 汇流表单的网址，用于 web-view 组件。 Address of a form, for a web-view. */
  formUrl(slug) {
    const from = campaign();
    const words = Object.keys(CAMPAIGN).filter((name) => from[CAMPAIGN[name]]).map((name) => `&${name}=${encodeURIComponent(from[CAMPAIGN[name]])}`);
    return `${settings.host}/f/${encodeURIComponent(slug)}?a=${anonymousId()}${words.join('')}`;
  },
  flush,
  get waiting() { return queue.length; },
  /** 供同目录的 inapp.js 使用。 For inapp.js beside this file. */
  core: { settings, get, keep, drop, random, anonymousId, listen: (act) => listeners.push(act) },
};

module.exports = huiliu;
