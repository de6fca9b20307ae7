// The blocks of a message or a modal as elements.

import { anchor, emojiOf, make, markdown, mrkdwn } from './markdown.js';

// content renders what a message says. It takes names, to find people by id, and click,
// called with an action_id and a value.
export function content(message, names, click) {
  const box = make('div', { class: 'content' });
  if (message.plain || !message.blocks?.length) {
    box.append(mrkdwn(message.text || '', names));
  } else {
    for (const b of message.blocks) box.append(block(b, names, click));
  }
  for (const f of message.files || []) box.append(make('div', { class: 'file' }, '📎 ' + f.name));
  return box;
}

// text renders a text object.
function text(object, names) {
  if (!object) return document.createTextNode('');
  if (object.type === 'mrkdwn') return mrkdwn(object.text, names);
  return document.createTextNode((object.text || '').replace(/:([a-z0-9_+-]+):/g, (_, name) => emojiOf(name)));
}

function block(b, names, click) {
  switch (b.type) {
    case 'markdown': return make('div', { class: 'markdown' }, markdown(b.text, names));
    case 'header': return make('h3', { class: 'header' }, text(b.text, names));
    case 'divider': return make('hr');
    case 'section': return section(b, names, click);
    case 'context': return make('div', { class: 'context' }, ...b.elements.map((e) => (e.type === 'image' ? picture(e) : make('span', {}, text(e, names)))));
    case 'actions':
    case 'context_actions': return make('div', { class: 'actions' }, ...b.elements.map((e) => element(e, click)));
    case 'image': return picture(b);
    case 'rich_text': return make('div', {}, ...b.elements.map((e) => rich(e, names)));
    case 'table': return tableOf(b, names);
    case 'task_card': return make('div', { class: 'task' }, `${{ complete: '✓', error: '✕' }[b.status] || '…'} ${b.title || ''}`);
    case 'plan': return make('div', { class: 'task' }, b.title || 'Plan');
  }
  return make('div', { class: 'unknown' }, `[${b.type} block]`);
}

function section(b, names, click) {
  const e = make('div', { class: 'section' });
  if (b.text) e.append(make('div', {}, text(b.text, names)));
  if (b.fields) e.append(make('div', { class: 'fields' }, ...b.fields.map((f) => make('div', {}, text(f, names)))));
  if (b.accessory) e.append(element(b.accessory, click));
  return e;
}

function picture(e) {
  return make('span', { class: 'picture' }, '🖼 ' + (e.alt_text || ''));
}

// element renders something to press.
function element(e, click) {
  switch (e.type) {
    case 'button':
      return make('button', { type: 'button', class: e.style, onclick: () => {
        if (/^https?:/i.test(e.url || '')) window.open(e.url, '_blank', 'noopener');
        click(e.action_id, e.value || '');
      } }, text(e.text));
    case 'feedback_buttons':
      return make('span', { class: 'feedback' }, ...[['positive_button', '👍'], ['negative_button', '👎']].map(([name, thumb]) =>
        make('button', { type: 'button', title: e[name].text.text, 'aria-label': e[name].text.text, onclick: () => click(e.action_id, e[name].value) }, thumb)));
    case 'icon_button':
      return make('button', { type: 'button', title: e.text?.text, onclick: () => click(e.action_id, e.value || '') }, '🗑');
    case 'static_select':
    case 'overflow':
    case 'radio_buttons': {
      const select = make('select', { 'aria-label': e.placeholder?.text || 'Choose', onchange: () => select.value && click(e.action_id, select.value) },
        make('option', { value: '' }, e.placeholder?.text || (e.type === 'overflow' ? '⋯' : 'Choose…')),
        ...e.options.map((o) => make('option', { value: o.value }, text(o.text))));
      return select;
    }
    case 'image': return picture(e);
  }
  return make('span', { class: 'unknown' }, `[${e.type}]`);
}

// rich renders an element of a rich_text block.
function rich(e, names) {
  const inside = () => (e.elements || []).map((x) => rich(x, names));
  switch (e.type) {
    case 'rich_text_section': return make('span', { class: 'lines' }, ...inside());
    case 'rich_text_quote': return make('blockquote', { class: 'lines' }, ...inside());
    case 'rich_text_preformatted': return make('pre', {}, make('code', {}, ...inside()));
    case 'rich_text_list': return make(e.style === 'ordered' ? 'ol' : 'ul', {}, ...inside().map((x) => make('li', {}, x)));
    case 'text': return styled(document.createTextNode(e.text), e.style);
    case 'link': return styled(anchor(e.url, e.text || e.url), e.style);
    case 'user': return make('span', { class: 'mention' }, '@' + names(e.user_id));
    case 'channel': return make('span', { class: 'mention' }, '#' + names(e.channel_id));
    case 'usergroup': return make('span', { class: 'mention' }, '@group');
    case 'broadcast': return make('span', { class: 'mention loud' }, '@' + e.range);
    case 'emoji': return document.createTextNode(emojiOf(e.name));
  }
  return document.createTextNode('');
}

function styled(node, style = {}) {
  for (const [name, tag] of [['code', 'code'], ['bold', 'strong'], ['italic', 'em'], ['strike', 's']]) {
    if (style[name]) node = make(tag, {}, node);
  }
  return node;
}

function tableOf(b, names) {
  const cell = (c) => (c.type === 'rich_text' ? block(c, names) : document.createTextNode(String(c.text ?? c.value ?? '')));
  return make('table', {}, make('tbody', {}, ...b.rows.map((row, i) =>
    make('tr', {}, ...row.map((c) => make(i ? 'td' : 'th', {}, cell(c)))))));
}

// form renders a modal. done gets the values by block_id; close closes it.
export function form(view, names, done, close) {
  const body = view.Body;
  const inputs = {};
  const wrong = (id) => (view.Errors?.[id] ? make('p', { class: 'wrong' }, view.Errors[id]) : '');
  const e = make('form', { method: 'dialog', onsubmit: (event) => {
    event.preventDefault();
    done(Object.fromEntries(Object.entries(inputs).map(([id, read]) => [id, read()])));
  } }, make('h3', {}, body.title.text), wrong(''));
  for (const b of body.blocks || []) {
    if (b.type !== 'input') {
      e.append(block(b, names, () => {}));
      continue;
    }
    const [field, read] = input(b.element);
    inputs[b.block_id] = read;
    e.append(make('label', {}, b.label.text + (b.optional ? ' (optional)' : ''), field), wrong(b.block_id));
  }
  e.append(make('div', { class: 'actions' },
    make('button', { type: 'button', onclick: close }, body.close?.text || 'Cancel'),
    body.submit ? make('button', { class: 'primary' }, body.submit.text) : ''));
  return e;
}

// input returns the field of an input and how to read it.
function input(e) {
  switch (e.type) {
    case 'static_select':
    case 'radio_buttons': {
      const select = make('select', {}, make('option', { value: '' }, e.placeholder?.text || 'Choose…'),
        ...e.options.map((o) => make('option', { value: o.value, selected: o.value === e.initial_option?.value }, text(o.text))));
      return [select, () => select.value];
    }
    case 'checkboxes': {
      const boxes = e.options.map((o) => [make('input', { type: 'checkbox', value: o.value }), o]);
      return [make('span', { class: 'boxes' }, ...boxes.map(([box, o]) => make('label', {}, box, text(o.text)))),
        () => boxes.filter(([box]) => box.checked).map(([box]) => box.value).join(',')];
    }
  }
  const field = make(e.multiline ? 'textarea' : 'input', { placeholder: e.placeholder?.text, rows: e.multiline ? 4 : undefined });
  field.value = e.initial_value || '';
  return [field, () => field.value];
}
