// The page: one state from the server, drawn anew at every change.

import { content, form } from './blocks.js';
import { emojiOf, make } from './markdown.js';

const $ = (id) => document.getElementById(id);
const at = new URLSearchParams(location.hash.slice(1)); // user, channel, thread
let state = null;
let stream = null;
let editing = null; // {ts, box}: the message whose text is in a composer

const silent = 'The workspace does not answer.';

function go(changes) {
  for (const [name, value] of Object.entries(changes)) value ? at.set(name, value) : at.delete(name);
  history.replaceState(null, '', '#' + at);
}

function follow() {
  stream?.close();
  stream = new EventSource('/page/state?user=' + encodeURIComponent(at.get('user') || ''));
  stream.onmessage = (event) => {
    state = JSON.parse(event.data);
    draw();
  };
  stream.onerror = () => note(silent);
  stream.onopen = () => { if ($('note').textContent === silent) note(''); };
}

// act does something as the person and shows what went wrong.
async function act(deed) {
  const response = await fetch('/page/do', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ user: state.me, channel: at.get('channel'), ...deed }),
  });
  note(response.ok ? '' : await response.text());
  return response.ok;
}

function note(text) {
  $('note').textContent = text;
  $('note').hidden = !text;
}

const names = (id) => state.users.find((u) => u.ID === id)?.Name || state.channels?.find((c) => c.ID === id)?.Name || id;
const place = () => state.channels?.find((c) => c.ID === at.get('channel'));
const title = (c) => (c.IM ? names(c.User === state.me ? state.bot : c.User) : c.Name);
const mark = (c) => (c.IM ? '● ' : c.Private ? '🔒 ' : '# ');

function draw() {
  const people = state.users.filter((u) => !u.IsBot && u.ID !== 'USLACKBOT');
  if (!people.some((u) => u.ID === state.me)) {
    go({ user: people[0]?.ID, channel: '', thread: '' });
    return follow();
  }
  if (!place()) go({ channel: state.channels?.[0]?.ID, thread: '' });
  drawSide(people);
  drawPlace();
  drawThread();
  drawModal();
  drawWire();
}

function drawSide(people) {
  $('me').replaceChildren(...people.map((u) => make('option', { value: u.ID, selected: u.ID === state.me }, u.RealName)));
  const row = (c) => make('button', { type: 'button', class: 'place' + (c.ID === at.get('channel') ? ' here' : ''), onclick: () => {
    go({ channel: c.ID, thread: '' });
    if (c.IM) act({ do: 'home' });
    draw();
  } }, mark(c) + title(c), c.ExtShared ? make('span', { class: 'tag' }, 'shared') : '', c.Archived ? make('span', { class: 'tag' }, 'archived') : '');
  const channels = state.channels || [];
  $('places').replaceChildren(
    make('h3', {}, 'Channels'), ...channels.filter((c) => !c.IM).map(row),
    make('h3', {}, 'Direct messages'), ...channels.filter((c) => c.IM).map(row));
}

function drawPlace() {
  const c = place();
  if (!c) return;
  $('place').textContent = mark(c) + title(c);
  const button = (label, deed) => make('button', { type: 'button', onclick: () => act(deed) }, label);
  $('place-buttons').replaceChildren(...(c.IM ? [button('Open assistant panel', { do: 'panel', channel: '' })] : [
    c.Members.includes(state.bot) ? '' : button('Invite the bot', { do: 'invite' }),
    button(c.ExtShared ? 'Unshare' : 'Share outside', { do: 'share' }),
    button(c.Archived ? 'Unarchive' : 'Archive', { do: 'archive' }),
  ]));
  const shown = all().filter((m) => !m.thread_ts || m.thread_ts === m.ts || m.subtype === 'thread_broadcast');
  fill($('messages'), [...shown.map((m) => message(m, true)), prompts(''), status('')]);
  $('words').placeholder = `Message ${title(c)} · @${names(state.bot)} mentions the bot · /ask …`;
}

const all = () => state.messages[at.get('channel')] || [];

function drawThread() {
  const root = at.get('thread');
  const shown = all().filter((m) => m.ts === root || m.thread_ts === root);
  $('thread').hidden = !root || !shown.length;
  document.body.classList.toggle('with-thread', !$('thread').hidden);
  if ($('thread').hidden) return;
  fill($('replies'), [...shown.map((m) => message(m, false)), prompts(root), status(root)]);
}

// fill redraws a list and keeps it at its end if it was there.
function fill(box, nodes) {
  const low = box.scrollHeight - box.scrollTop - box.clientHeight < 40 || box.dataset.of !== at.get('channel') + at.get('thread');
  box.dataset.of = at.get('channel') + at.get('thread');
  const held = box.contains(document.activeElement) && document.activeElement.tagName === 'SELECT';
  if (held) return;
  box.replaceChildren(...nodes);
  if (low) box.scrollTop = box.scrollHeight;
}

function status(root) {
  const text = state.status[at.get('channel') + ' ' + root];
  return text ? make('p', { class: 'status' }, `${names(state.bot)} ${text}`) : '';
}

function prompts(root) {
  const p = state.prompts[at.get('channel') + ' ' + root];
  if (!p) return '';
  return make('div', { class: 'prompts' }, p.Title || 'Try one of these', ...p.Prompts.map((x) =>
    make('button', { type: 'button', onclick: () => act({ do: 'say', text: x.message, thread: root }) }, x.title)));
}

const time = (ts) => new Date(Number(ts) * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });

// message draws one message; inChannel adds the way into its thread.
function message(m, inChannel) {
  const bot = Boolean(m.bot_id);
  const streaming = m.streaming_state === 'in_progress';
  const head = make('div', { class: 'head' },
    make('strong', {}, names(m.user)), bot ? make('span', { class: 'tag' }, 'app') : '',
    make('time', { title: m.ts }, time(m.ts)), m.edited ? make('span', { class: 'quiet' }, '(edited)') : '',
    m.only ? make('span', { class: 'tag' }, 'only visible to you') : '', tools(m, streaming));
  const body = content(m, names, (action, value) => act({ do: 'click', ts: m.ts, action, value }));
  if (streaming) body.append(make('span', { class: 'cursor', 'aria-label': 'still writing' }));
  const e = make('article', { class: 'message' + (m.only ? ' ephemeral' : '') + (m.subtype === 'tombstone' ? ' gone' : '') },
    make('div', { class: 'face' + (bot ? ' bot' : '') }, names(m.user).slice(0, 1).toUpperCase()),
    make('div', { class: 'body' }, head, body, reactions(m)));
  if (inChannel && !m.only) {
    const replies = m.reply_count || 0;
    const busy = state.status[m.channel + ' ' + m.ts];
    e.lastChild.append(make('button', { type: 'button', class: 'into', onclick: () => { go({ thread: m.thread_ts || m.ts }); draw(); } },
      (replies ? `${replies} ${replies === 1 ? 'reply' : 'replies'}` : 'Reply in thread') + (busy ? ` · ${names(state.bot)} ${busy}` : '')));
  }
  return e;
}

function reactions(m) {
  return make('div', { class: 'reactions' }, ...(m.reactions || []).map((r) =>
    make('span', { title: r.users.map(names).join(', ') }, `${emojiOf(r.name)} ${r.count}`)));
}

// tools are what the person may do with a message.
function tools(m, streaming) {
  const b = (label, title, onclick) => make('button', { type: 'button', title, 'aria-label': title, onclick }, label);
  const box = make('span', { class: 'tools' });
  if (streaming || m.busy) box.append(b('■ Stop', 'Stop the answer', () => act({ do: 'stop', ts: m.ts })));
  if (m.only) return box;
  box.append(b('👍', 'React', () => act({ do: 'react', ts: m.ts, text: '+1' })));
  if (m.user === state.me) {
    box.append(b('✎', 'Edit', () => edit(m)), b('🗑', 'Delete', () => act({ do: 'delete', ts: m.ts })));
  }
  return box;
}

// edit puts a message's text, as it was typed, into the composer beside it.
function edit(m) {
  const typed = m.text.replace(/<@(\w+)>/g, (_, id) => '@' + names(id)).replace(/<!(\w+)>/g, '@$1')
    .replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  const box = $('thread').hidden ? $('words') : $('reply-words');
  editing = { ts: m.ts, box };
  box.value = typed;
  box.focus();
}

let drawn = '';

function drawModal() {
  const view = state.modals?.at(-1);
  const key = view ? view.ID + view.Body.hash + JSON.stringify(view.Errors || {}) : '';
  if (key === drawn) return;
  const kept = [...$('modal').querySelectorAll('input, textarea, select')].map((f) => f.value);
  const same = drawn && view && drawn.startsWith(view.ID + view.Body.hash);
  drawn = key;
  if (!view) return $('modal').close();
  $('modal').replaceChildren(form(view, names,
    (values) => act({ do: 'submit', view: view.ID, values }),
    () => act({ do: 'close', view: view.ID })));
  if (same) [...$('modal').querySelectorAll('input, textarea, select')].forEach((f, i) => { f.value = kept[i]; });
  if (!$('modal').open) $('modal').showModal();
}

function drawWire() {
  const w = state.wire;
  const alarm = (w.faults?.length || 0) + (w.rings?.length || 0) + (w.lost?.length || 0);
  $('wire').querySelector('summary').textContent = `Wire: ${w.sockets ? w.sockets + ' open' : 'no bot'}${alarm ? ' ⚠' : ''}`;
  const list = (name, items) => (items?.length ? [make('h4', {}, name), ...items.map((i) => make('div', {}, i))] : []);
  $('wire-facts').replaceChildren(
    make('div', {}, `${w.pending} waiting`), ...list('Faults', w.faults), ...list('Rings', w.rings?.map((r) => `${r.Token} in ${r.Where}`)),
    ...list('Lost', w.lost), ...list('Refused calls', w.failed), ...list('Acknowledged', w.acks?.toReversed()));
}

function composer(formID, boxID, inThread) {
  const box = $(boxID);
  const send = async (event) => {
    event.preventDefault();
    if (!box.value.trim()) return;
    const text = box.value;
    const deed = editing?.box === box ? { do: 'edit', ts: editing.ts, text } : { do: 'say', text, thread: inThread ? at.get('thread') : '' };
    editing = null;
    if (await act(deed)) box.value = '';
  };
  $(formID).addEventListener('submit', send);
  box.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && editing) {
      editing = null;
      box.value = '';
    }
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) send(event);
  });
}

composer('composer', 'words', false);
composer('reply', 'reply-words', true);
$('me').addEventListener('change', () => { go({ user: $('me').value, channel: '', thread: '' }); follow(); });
$('close-thread').addEventListener('click', () => { go({ thread: '' }); draw(); });
$('modal').addEventListener('cancel', (event) => {
  event.preventDefault();
  act({ do: 'close', view: state.modals.at(-1).ID });
});
$('wire-buttons').append(...[['Redeliver', 'redeliver'], ['Refresh', 'refresh'], ['Cut', 'cut']].map(([label, name]) =>
  make('button', { type: 'button', onclick: () => act({ do: name }) }, label)));
follow();
