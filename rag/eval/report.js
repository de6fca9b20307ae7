'use strict';
// Shows the list of questions. All text of documents and models goes through
// textContent: nothing here parses HTML.
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const form = document.getElementById('filter');
  const list = document.getElementById('list');
  const shown = document.getElementById('shown');
  const pages = document.getElementById('pages');
  const perPage = 50;
  let found = data.items;
  let first = 0; // of the page

  // el makes an element. Strings among the children become text.
  function el(tag, props, ...children) {
    const e = document.createElement(tag);
    for (const [name, value] of Object.entries(props || {})) {
      if (name in e) e[name] = value; else e.setAttribute(name, value);
    }
    e.append(...children.flat().filter(c => c !== null && c !== undefined && c !== ''));
    return e;
  }

  const text = s => el('span', {className: 'text', dir: 'auto'}, s);
  const number = n => n.toLocaleString('en');
  const heading = s => el('h4', {}, s);

  // ---- filters

  const tests = {
    judged: (it, v) => it.judged === v,
    verdict: (it, v) => it.reply.verdict === v,
    type: (it, v) => it.type === v,
    tag: (it, v) => (it.tags || []).includes(v),
    change: (it, v) => v === 'any change' ? !same(it) : it.change === v,
  };
  const same = it => it.change === 'same answer' || it.change === 'not in the baseline';
  const values = {
    judged: it => [it.judged],
    verdict: it => [it.reply.verdict],
    type: it => it.type ? [it.type] : [],
    tag: it => it.tags || [],
    change: it => it.change ? [it.change].concat(same(it) ? [] : ['any change']) : [],
  };

  // choices fills each select with what there is, and hides it where that is nothing.
  function choices() {
    for (const [name, of] of Object.entries(values)) {
      const counts = new Map();
      for (const it of data.items) for (const v of new Set(of(it))) counts.set(v, (counts.get(v) || 0) + 1);
      const select = form.elements[name];
      select.append(el('option', {value: ''}, 'all'));
      for (const v of [...counts.keys()].sort()) {
        select.append(el('option', {value: v}, v + ' (' + number(counts.get(v)) + ')'));
      }
      select.parentElement.hidden = counts.size === 0;
    }
  }

  // haystack is all that a search looks through, made once for each question.
  function haystack(it) {
    if (!it.haystack) {
      const reply = r => !r ? [] : [r.note, ...(r.sentences || []).map(s => s.text), ...(r.cites || []).map(c => c.where)];
      it.haystack = [it.id, it.question, it.type, ...(it.tags || []), ...(it.expected || []),
        ...(it.gold || []).map(g => g.where), ...reply(it.reply), ...reply(it.then)].join('\n').toLowerCase();
    }
    return it.haystack;
  }

  function filter() {
    const words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const active = Object.keys(tests).filter(name => form.elements[name].value);
    found = data.items.filter(it => active.every(name => tests[name](it, form.elements[name].value)) &&
      words.every(w => haystack(it).includes(w)));
    if (form.elements.order.value === 'slow') found.sort((a, b) => b.reply.ms - a.reply.ms);
    first = 0;
    draw();
    remember();
  }

  // remember keeps the filters in the address, so that a view can be passed on.
  function remember() {
    const at = new URLSearchParams();
    for (const e of form.elements) {
      if (e.name && e.type !== 'checkbox' && e.value) at.set(e.name, e.value);
    }
    history.replaceState(null, '', at.size ? '#' + at : location.pathname + location.search);
  }

  function recall() {
    const at = new URLSearchParams(location.hash.slice(1));
    for (const name of ['words', 'order', ...Object.keys(tests)]) {
      const e = form.elements[name];
      e.value = at.get(name) || '';
      if (e.selectedIndex === -1) e.value = ''; // no such choice
    }
  }

  // ---- the list

  function draw() {
    const counts = ['right', 'wrong', 'failed', 'not judged'].map(k => [found.filter(it => it.judged === k).length, k]);
    const what = counts.filter(([n]) => n).map(([n, k]) => number(n) + ' ' + k).join(', ');
    shown.textContent = number(found.length) + ' of ' + number(data.items.length) + ' questions' + (what ? ': ' + what : '');
    const page = found.slice(first, first + perPage);
    list.replaceChildren(...page.map(entry));
    list.start = first + 1;
    pages.hidden = found.length <= perPage;
    document.getElementById('page').textContent =
      number(first + 1) + ' to ' + number(first + page.length) + ' of ' + number(found.length);
    for (const b of pages.querySelectorAll('button')) {
      const to = first + Number(b.dataset.step) * perPage;
      b.disabled = to < 0 || to >= found.length;
    }
  }

  const sound = {right: 'good', won: 'good', wrong: 'bad', lost: 'bad', failed: 'bad'};
  const badge = s => el('span', {className: 'badge ' + (sound[s] || '')}, s);

  // entry is a question that opens. Its detail is made when it does.
  function entry(it) {
    const item = el('li');
    const button = el('button', {type: 'button', className: 'open', 'aria-expanded': 'false'},
      el('span', {className: 'asked', dir: 'auto'}, it.question),
      el('span', {className: 'facts'}, badge(it.judged), el('span', {}, it.reply.verdict),
        it.change && it.change !== 'same answer' ? badge(it.change) : null));
    button.addEventListener('click', () => {
      const open = button.getAttribute('aria-expanded') === 'true';
      button.setAttribute('aria-expanded', String(!open));
      if (open) item.lastChild.remove(); else item.append(detail(it));
    });
    item.append(el('h3', {}, button));
    return item;
  }

  function detail(it) {
    const now = answer(it.then ? 'Answer now' : 'Answer', it.reply);
    return el('div', {className: 'detail'},
      el('p', {className: sound[it.judged] || ''}, it.judged[0].toUpperCase() + it.judged.slice(1) + '. ' + it.why),
      it.before ? el('div', {}, heading('Asked before'), it.before.map(m => el('p', {}, m.role + ': ', text(m.text)))) : null,
      it.then ? el('div', {className: 'replies'}, now, answer('Answer of the baseline', it.then)) : now,
      it.expected ? el('div', {}, heading('Expected: any of'), el('ul', {className: 'plain'}, it.expected.map(a => el('li', {}, text(a))))) : null,
      sources('Sources', it.reply),
      it.then ? sources('Sources of the baseline', it.then) : null,
      gold(it),
      facts(it));
  }

  function answer(title, r) {
    const box = el('div', {}, heading(title), el('p', {className: 'quiet'}, r.verdict + ', ' + r.judged + ', ' + number(r.ms) + ' ms'));
    if (r.note) box.append(el('p', {}, text(r.note)));
    if (r.sentences) {
      box.append(el('ol', {className: 'said'}, r.sentences.map(s => el('li',
        {className: s.sound === 'quoted' || s.sound === 'checked' ? 'sound' : s.sound === 'unverified' ? 'unsound' : ''},
        text(s.text), ' ', (s.cites || []).map(n => '[' + n + ']').join(''),
        s.support ? el('small', {}, s.support) : null))));
    }
    if (r.missing) box.append(el('p', {className: 'quiet'}, 'In no document: ', text(r.missing.join(', '))));
    return box;
  }

  function sources(title, r) {
    if (!r.cites) return null;
    return el('div', {}, heading(title), r.cites.map(c => {
      const t = data.texts[c.text];
      const judged = c.right === undefined ? '' : c.right ? ': a right paragraph' : ': not a right paragraph';
      return el('div', {},
        el('p', {className: 'quiet'}, '[' + c.n + '] ' + c.where + judged + (c.whole ? '' : '; only the quote is known')),
        el('p', {className: 'paragraph text', dir: 'auto'}, t.slice(0, c.start), el('mark', {}, t.slice(c.start, c.end)), t.slice(c.end)));
    }));
  }

  function gold(it) {
    if (!it.gold) return null;
    return el('div', {}, heading('Right paragraphs'), it.gold.map(g => {
      const source = (it.reply.cites || []).find(c => c.whole && c.text === g.text);
      return el('div', {},
        el('p', {className: 'quiet'}, g.where + ': ' + g.found + (source ? ', shown above as source [' + source.n + ']' : '')),
        g.text < 0 || source ? null : el('p', {className: 'paragraph text', dir: 'auto'}, data.texts[g.text]));
    }));
  }

  function facts(it) {
    const pairs = [['id', it.id], ['type', it.type], ['tags', (it.tags || []).join(', ')]]
      .concat(Object.entries(it.metrics || {}).sort().map(([k, v]) => [k, String(v)])).filter(([, v]) => v);
    return el('details', {}, el('summary', {}, 'Figures of this question'),
      el('dl', {}, pairs.flatMap(([k, v]) => [el('dt', {}, k), el('dd', {dir: 'auto'}, v)])));
  }

  // ---- pages and keys

  function turn(step) {
    const to = first + step * perPage;
    if (to < 0 || to >= found.length) return false;
    first = to;
    draw();
    return true;
  }

  const buttons = () => [...list.querySelectorAll('.open')];

  // move puts the focus on the next or previous question, across pages.
  function move(step) {
    const all = buttons();
    const here = all.findIndex(b => b.closest('li').contains(document.activeElement));
    let to = here === -1 ? 0 : here + step;
    if (to < 0) to = turn(-1) ? perPage - 1 : 0;
    else if (to >= all.length) to = turn(1) ? 0 : all.length - 1;
    const target = buttons()[to];
    if (target) target.focus();
  }

  document.addEventListener('keydown', e => {
    if (!form.elements.keys.checked || e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.target.closest('input:not([type=checkbox]), select, textarea')) return;
    if (e.key === '/') form.elements.words.focus();
    else if (e.key === 'j') move(1);
    else if (e.key === 'k') move(-1);
    else return;
    e.preventDefault();
  });

  pages.addEventListener('click', e => {
    const b = e.target.closest('button');
    if (b && turn(Number(b.dataset.step))) buttons()[0].focus();
  });

  let wait = 0; // typing is searched for when it pauses
  form.addEventListener('input', e => {
    clearTimeout(wait);
    if (e.target.name === 'words') wait = setTimeout(filter, 120);
    else if (e.target.name !== 'keys') filter();
  });
  form.addEventListener('reset', () => setTimeout(filter));
  form.addEventListener('submit', e => { e.preventDefault(); filter(); });

  // A table is a stop of the Tab key only where it scrolls.
  function stops() {
    for (const box of document.querySelectorAll('.scroll')) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0; else box.removeAttribute('tabindex');
    }
  }
  addEventListener('resize', stops);
  document.addEventListener('toggle', stops, true);

  choices();
  recall();
  document.getElementById('unscripted').hidden = true;
  form.hidden = false;
  filter();
  stops();
})();
