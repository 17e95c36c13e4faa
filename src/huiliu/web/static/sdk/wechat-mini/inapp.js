/* 汇流 Huiliu：微信小程序站内消息。与 huiliu.js 放在同一目录。
   In-app messages for WeChat mini-programs: put it beside huiliu.js. It draws nothing: your own
   components show what it gives, and tell it what people did.

   const huiliu = require('./utils/huiliu.js');
   const inapp = require('./utils/inapp.js');
   inapp.start(huiliu, { person: 令牌 / token, onChange: () => page.setData({ unread: inapp.unread, list: inapp.items }) }); */
const MOST = 200;
const DAY = 86400000;
const FIRST_TRY = 5000;
const LATEST_TRY = 300000;

let core = null;
let options = {};
let cards = {};
let etag = '';
let cursor = 0;
let whose = '';
let rules = { poll_seconds: 60 };
let popups = {};
let skew = 0;
let deeds = [];
let telling = false;
let syncing = false;
let stopped = false;
let timer = 0;
let tries = 0;
let counted = 0;
let here = { path: '/', since: 0, events: {} };
const visited = {};

const clock = () => Date.now() + skew;
const alive = (one) => Date.parse(one.starts_at) <= clock() && Date.parse(one.ends_at) > clock();

function ask(path, method, data, header, done, failed) {
  wx.request({
    url: core.settings.host + path, method, data, timeout: 20000,
    header: Object.assign({ 'content-type': 'application/json' }, header),
    success(answer) { done(answer.statusCode, answer.data, answer.header || {}); },
    fail: failed,
  });
}

/** base64；小程序没有 btoa。 Mini-programs have no btoa. */
function basic(written) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  let made = '';
  for (let at = 0; at < written.length; at += 3) {
    const some = [0, 1, 2].map((n) => written.charCodeAt(at + n));
    const bits = (some[0] << 16) | ((some[1] || 0) << 8) | (some[2] || 0);
    made += letters[bits >> 18] + letters[(bits >> 12) & 63];
    made += Number.isNaN(some[1]) ? '=' : letters[(bits >> 6) & 63];
    made += Number.isNaN(some[2]) ? '=' : letters[bits & 63];
  }
  return made;
}

/** 身份：您的服务器给的令牌，否则用设备的随机 ID。
    Who it is: a token of your own server, else the installation's own random id. */
function token(isNew, done) {
  if (options.person) {
    if (!isNew) { done(options.person); return; }
    if (!options.renew) { done(''); return; }
    options.renew((found) => { options.person = found || ''; done(options.person); });
    return;
  }
  const kept = core.get('browser');
  const of = core.anonymousId();
  if (kept && !isNew && kept.until > Date.now() && kept.of === of) { done(kept.token); return; }
  ask('/v1/inapp/token', 'POST', { writeKey: core.settings.key, anonymousId: of }, {}, (status, made) => {
    if (status !== 200) { done(''); return; }
    core.keep('browser', { token: made.token, until: Date.parse(made.expires_at) - 60000, of });
    done(made.token);
  }, () => done(null));
}

function forget() { cards = {}; etag = ''; cursor = 0; popups = {}; changed(); }

function changed() { if (options.onChange) options.onChange(); }

function sync() { if (core && !syncing && !stopped && core.settings.allowed) { syncing = true; clearTimeout(timer); fetchWith(false); } }

function fetchWith(isNew) {
  token(isNew, (mine) => {
    if (!mine) { stopped = mine === ''; next(false, 0); return; }
    if (mine !== whose) { forget(); whose = mine; }
    const header = { authorization: `Basic ${basic(`${core.settings.key}:${mine}`)}` };
    if (etag) header['if-none-match'] = etag;
    ask(`/v1/inapp/sync${cursor ? `?cursor=${cursor}` : ''}`, 'GET', undefined, header, (status, told, answered) => {
      if (status === 401 && !isNew) { fetchWith(true); return; }
      if (status === 200) take(told, answered.etag || answered.Etag || answered.ETag || '');
      if (status === 401 || status === 403) stopped = true;
      next(status === 200 || status === 304, Number(answered['retry-after'] || answered['Retry-After'] || 0));
    }, () => next(false, 0));
  });
}

function next(isGood, seconds) {
  syncing = false;
  tries = isGood ? 0 : tries + 1;
  if (isGood) tell();
  const wait = isGood ? (rules.poll_seconds || 60) * 1000 : Math.max(seconds * 1000, Math.min(LATEST_TRY, FIRST_TRY * 2 ** (tries - 1)));
  if (!stopped) timer = setTimeout(sync, wait);
}

function take(told, tag) {
  if (told.whole) cards = {};
  told.cards.forEach((one) => { cards[one.id] = one; });
  told.gone.forEach((id) => { delete cards[id]; });
  skew = Date.parse(told.now) - Date.now();
  Object.keys(told.popups_shown).forEach((id) => { popups[id] = Math.max(popups[id] || 0, Date.parse(told.popups_shown[id])); });
  etag = tag; cursor = told.cursor; rules = told;
  changed();
}

function did(id, what, url) {
  if (!core.settings.allowed) return;
  deeds.push({ id: core.random(), message: id, what, at: new Date().toISOString(), url: url || '' });
  deeds = deeds.slice(-MOST);
  core.keep('deeds', deeds);
  tell();
}

function tell() {
  if (telling || !deeds.length || !whose) return;
  telling = true;
  const some = deeds.slice(0, 50);
  ask('/v1/inapp/events', 'POST', { writeKey: core.settings.key, token: whose, sentAt: new Date().toISOString(), events: some }, {}, (status) => {
    telling = false;
    if (![200, 400, 413, 422].includes(status)) return;
    const ids = some.map((one) => one.id);
    deeds = deeds.filter((one) => !ids.includes(one.id));
    core.keep('deeds', deeds);
    tell();
  }, () => { telling = false; });
}

/** 页面规则支持 * 通配。 In a page's pattern `*` stands for anything. */
function fits(patterns, path) {
  return patterns.some((one) => new RegExp(`^${one.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`).test(path));
}

function due(card) {
  const often = card.often || {};
  const asks = card.trigger || {};
  if (!alive(card) || ((card.kind === 'popup' || card.kind === 'banner') && card.clicked)) return false;
  if ((often.most && card.shown >= often.most) || (often.session && visited[card.id])) return false;
  if (often.every && card.shown_at && clock() - Date.parse(card.shown_at) < often.every * 1000) return false;
  if (card.kind === 'popup') {
    const day = Object.keys(popups).map((id) => popups[id]).filter((at) => clock() - at < DAY);
    if (rules.popups_per_day && day.length >= rules.popups_per_day) return false;
    if (day.some((at) => clock() - at < (rules.popup_gap_seconds || 0) * 1000)) return false;
  }
  return (!asks.pages || fits(asks.pages, here.path)) && (!asks.events || asks.events.some((one) => here.events[one]))
    && (Date.now() - here.since) / 1000 >= (asks.after || 0);
}

const inapp = {
  start(huiliu, given) {
    core = huiliu.core;
    options = given || {};
    stopped = false;
    deeds = core.get('deeds') || [];
    here = { path: '/', since: Date.now(), events: {} };
    if (!counted) {
      counted = 1;
      core.listen((call) => {
        if (call.type === 'page') here = { path: (call.properties && call.properties.path) || '/', since: Date.now(), events: {} };
        if (call.type === 'track') here.events[call.event] = true;
        changed();
      });
      if (wx.onAppShow) wx.onAppShow(() => { tries = 0; sync(); });
    }
    sync();
  },
  /** 用户已登录：传入您的服务器从 POST /v1/inapp/tokens 取得的令牌。 The person signed in. */
  person(found) { options.person = found; stopped = false; forget(); sync(); },
  /** 用户退出登录。 The person signed out. */
  forget() { options.person = ''; whose = ''; deeds = []; ['browser', 'deeds'].forEach(core.drop); forget(); },
  sync,
  get items() { return Object.keys(cards).map((id) => cards[id]).filter((one) => one.kind === 'inbox' && alive(one)).sort((a, b) => (a.made_at < b.made_at ? 1 : -1)); },
  get unread() { return inapp.items.filter((one) => !one.read).length; },
  /** 当前应展示的弹窗、横幅或卡片；没有则为 null。
      What is to be shown now: kind is popup, banner or card (with its slot); null = nothing. */
  next(kind, slot) {
    const found = Object.keys(cards).map((id) => cards[id]).filter((one) => one.kind === kind && (!slot || !one.slot || one.slot === slot) && due(one));
    found.sort((a, b) => b.priority - a.priority || (a.made_at < b.made_at ? 1 : -1));
    return found[0] || null;
  },
  shown(id) {
    const card = cards[id];
    if (!card) return;
    card.shown += 1; card.shown_at = new Date(clock()).toISOString(); visited[id] = true;
    if (card.kind === 'popup') popups[id] = clock();
    did(id, 'shown');
  },
  read(id) { const card = cards[id]; if (card && !card.read) { card.read = true; did(id, 'read'); changed(); } },
  /** 返回要打开的地址。 Returns where it leads. */
  click(id) { const card = cards[id]; if (!card) return ''; card.clicked = true; card.read = true; did(id, 'clicked', card.url); changed(); return card.url || ''; },
  close(id) { if (cards[id]) { delete cards[id]; did(id, 'dismissed'); changed(); } },
};

module.exports = inapp;
