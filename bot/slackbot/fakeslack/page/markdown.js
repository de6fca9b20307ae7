// Text as Slack shows it: mrkdwn, Slack's own marks with <tokens>, and markdown, as in
// markdown blocks. Both return a DocumentFragment made of text nodes and elements that
// are named here; nothing is ever parsed as HTML.

const emoji = {
  eyes: '👀', '+1': '👍', thumbsup: '👍', '-1': '👎', thumbsdown: '👎', white_check_mark: '✅', x: '❌', warning: '⚠️',
  hourglass_flowing_sand: '⏳', hourglass: '⌛', mag: '🔍', books: '📚', book: '📖', page_facing_up: '📄', link: '🔗',
  wave: '👋', bulb: '💡', information_source: 'ℹ️', question: '❓', thinking_face: '🤔', tada: '🎉', robot_face: '🤖',
};

export function emojiOf(name) {
  return emoji[name] || ':' + name + ':';
}

// make returns an element with children, which are nodes or text.
export function make(tag, attributes = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) e.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false && value !== null) e.setAttribute(name, value === true ? '' : value);
  }
  e.append(...children.filter((c) => c !== undefined && c !== null));
  return e;
}

// anchor returns a link, or only its label if the target is not one to follow.
export function anchor(target, label) {
  if (!/^(https?:\/\/|mailto:)/i.test(target)) return document.createTextNode(label);
  return make('a', { href: target, target: '_blank', rel: 'noopener noreferrer', title: target }, label);
}

const unescaped = (s) => s.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

// token returns what <body> stands for. names finds people and channels by id.
function token(body, names) {
  const bar = body.indexOf('|');
  const what = bar < 0 ? body : body.slice(0, bar);
  const label = bar < 0 ? '' : unescaped(body.slice(bar + 1));
  if (what.startsWith('@')) return make('span', { class: 'mention' }, '@' + names(what.slice(1)));
  if (what.startsWith('#')) return make('span', { class: 'mention' }, '#' + (label || names(what.slice(1))));
  if (what.startsWith('!subteam^')) return make('span', { class: 'mention' }, label || '@group');
  if (what.startsWith('!date^')) return document.createTextNode(label);
  if (what.startsWith('!')) return make('span', { class: 'mention loud' }, '@' + what.slice(1));
  return anchor(unescaped(what), label || unescaped(what));
}

// The inline marks of each language: a pattern, and what a match becomes.
const tokens = { at: /<([@#]\w[^<>\n]*|!(?:here|channel|everyone|subteam\^|date\^)[^<>\n]*|(?:https?:|mailto:)[^<>\n]+)>/, to: (m, names) => token(m[1], names) };
const emojis = { at: /:([a-z0-9_+-]+):/, to: (m) => document.createTextNode(emojiOf(m[1])) };
const code = { at: /`([^`\n]+)`/, to: (m) => make('code', {}, unescaped(m[1])) };
const wrap = (tag) => (m, names, marks) => make(tag, {}, inline(m[1], names, marks));

const slackMarks = [
  tokens, code, emojis,
  { at: /(?<![\w*])\*(?=\S)([^*\n]*?\S)\*(?![\w*])/, to: wrap('strong') },
  { at: /(?<![\w_])_(?=\S)([^_\n]*?\S)_(?![\w_])/, to: wrap('em') },
  { at: /(?<![\w~])~(?=\S)([^~\n]*?\S)~(?![\w~])/, to: wrap('s') },
];

const markdownMarks = [
  { at: /\\([\\`*_{}[\]()#+\-.!|>~<&])/, to: (m) => document.createTextNode(m[1]) },
  code,
  { at: /!?\[((?:[^[\]]|\\[[\]])*)\]\(<?((?:[^()\s<>]|\([^()\s]*\))+)>?(?:\s+"[^"]*")?\)/, to: (m) => anchor(unescaped(m[2]), unescaped(m[1].replace(/\\(.)/g, '$1'))) },
  tokens, emojis,
  { at: /\*\*(?=\S)(.+?)\*\*(?!\*)/, to: wrap('strong') },
  { at: /__(?=\S)(.+?)__/, to: wrap('strong') },
  { at: /(?<!\*)\*(?=\S)([^*\n]+?)\*(?!\*)/, to: wrap('em') },
  { at: /(?<![\w_])_(?=\S)([^_\n]+?)_(?![\w_])/, to: wrap('em') },
  { at: /~~(?=\S)(.+?)~~/, to: wrap('s') },
  { at: /https?:\/\/[^\s<>)\]]+/, to: (m) => anchor(m[0], m[0]) },
];

// inline renders marks, of which the one that starts first wins, then the first listed.
function inline(text, names, marks) {
  const out = document.createDocumentFragment();
  while (text) {
    let first = null;
    let by = null;
    for (const mark of marks) {
      const m = mark.at.exec(text);
      if (m && (!first || m.index < first.index)) [first, by] = [m, mark];
    }
    if (!first) break;
    out.append(unescaped(text.slice(0, first.index)), by.to(first, names, marks));
    text = text.slice(first.index + first[0].length);
  }
  out.append(unescaped(text));
  return out;
}

// lines renders inline text with its line breaks.
function lines(text, names, marks) {
  const out = document.createDocumentFragment();
  text.split('\n').forEach((line, i) => {
    if (i > 0) out.append(make('br'));
    out.append(inline(line, names, marks));
  });
  return out;
}

// mrkdwn renders Slack's marks: lines, quotes and fenced code.
export function mrkdwn(text, names) {
  const out = document.createDocumentFragment();
  text.split(/```\n?([\s\S]*?)\n?```/).forEach((part, i) => {
    if (i % 2) {
      out.append(make('pre', {}, make('code', {}, unescaped(part))));
      return;
    }
    for (const run of part.split(/((?:^|\n)(?:&gt;|>)[^\n]*(?:\n(?:&gt;|>)[^\n]*)*)/)) {
      const quoted = /^\n?(&gt;|>)/.test(run);
      if (quoted) out.append(make('blockquote', {}, lines(run.replace(/^\n/, '').replace(/^(&gt;|>) ?/gm, ''), names, slackMarks)));
      else if (run) out.append(lines(run, names, slackMarks));
    }
  });
  return out;
}

// markdown renders the markdown of a markdown block.
export function markdown(text, names) {
  const out = document.createDocumentFragment();
  const rows = text.split('\n');
  let at = 0;
  while (at < rows.length) {
    const [node, next] = block(rows, at, names);
    if (node) out.append(node);
    at = next;
  }
  return out;
}

const item = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/;

// block renders the block that starts at a row and returns it and the row after it.
function block(rows, at, names) {
  const row = rows[at];
  const fence = /^\s*(```+|~~~+)/.exec(row);
  if (fence) return fenced(rows, at, fence[1]);
  if (!row.trim()) return [null, at + 1];
  const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(row);
  if (heading) return [make('h' + Math.min(heading[1].length + 2, 6), {}, inline(heading[2], names, markdownMarks)), at + 1];
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(row)) return [make('hr'), at + 1];
  if (/^\s*>/.test(row)) return quote(rows, at, names);
  if (row.includes('|') && /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(rows[at + 1] || '')) return table(rows, at, names);
  if (item.test(row)) return list(rows, at, names);
  let end = at + 1;
  while (end < rows.length && rows[end].trim() && !/^(#{1,6}\s|\s*(```|~~~)|\s*>)/.test(rows[end]) && !item.test(rows[end])) end++;
  return [make('p', {}, lines(rows.slice(at, end).join('\n'), names, markdownMarks)), end];
}

function fenced(rows, at, fence) {
  let end = at + 1;
  while (end < rows.length && !rows[end].trim().startsWith(fence)) end++;
  return [make('pre', {}, make('code', {}, rows.slice(at + 1, end).join('\n'))), end + 1];
}

function quote(rows, at, names) {
  let end = at;
  while (end < rows.length && /^\s*>/.test(rows[end])) end++;
  const inside = rows.slice(at, end).map((r) => r.replace(/^\s*> ?/, '')).join('\n');
  return [make('blockquote', {}, markdown(inside, names)), end];
}

// list renders items, with what is indented under an item inside it.
function list(rows, at, names) {
  const [, indent, marker] = item.exec(rows[at]);
  const ordered = /\d/.test(marker);
  const e = make(ordered ? 'ol' : 'ul', ordered ? { start: parseInt(marker, 10) } : {});
  while (at < rows.length) {
    const m = item.exec(rows[at]);
    if (!m || m[1].length !== indent.length || /\d/.test(m[2]) !== ordered) break;
    let end = at + 1;
    while (end < rows.length && /^\s+\S/.test(rows[end]) && /^\s*/.exec(rows[end])[0].length > indent.length) end++;
    const li = make('li', {}, inline(m[3], names, markdownMarks));
    const under = rows.slice(at + 1, end);
    if (under.length) li.append(markdown(under.map((r) => r.replace(/^ {1,4}|^\t/, '')).join('\n'), names));
    e.append(li);
    at = end;
    while (at < rows.length && !rows[at].trim() && item.test(rows[at + 1] || '')) at++;
  }
  return [e, at];
}

function table(rows, at, names) {
  const cells = (row) => row.trim().replace(/^\||\|$/g, '').split(/(?<!\\)\|/).map((c) => c.trim());
  const line = (row, tag) => make('tr', {}, ...cells(row).map((c) => make(tag, {}, inline(c, names, markdownMarks))));
  const e = make('table', {}, make('thead', {}, line(rows[at], 'th')));
  const body = make('tbody');
  let end = at + 2;
  for (; end < rows.length && rows[end].includes('|'); end++) body.append(line(rows[end], 'td'));
  e.append(body);
  return [e, end];
}
