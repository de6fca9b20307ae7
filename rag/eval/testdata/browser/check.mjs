// Opens reports in headless Chromium and says what is wrong with them, a line each.
//
//   node check.mjs CHROMIUM REPORT.html HOSTILE.html WANT.json [SCREENSHOTS]
//
// WANT.json is a list of {name, value, count}: with the filter name set to value,
// that many questions of REPORT are to be shown.
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';
import {chromium} from 'playwright-core';

const [executablePath, report, hostile, wanted, screenshots] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const faults = [];
const check = (ok, what) => { if (!ok) faults.push(what); };

const browser = await chromium.launch({executablePath, timeout: 20000, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync']});

// open returns a page that watches for errors and for requests of anything but itself.
async function open(file, where, options) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(10000);
  const page = await context.newPage();
  page.on('console', m => check(m.type() !== 'error' && m.type() !== 'warning', where + ': console: ' + m.text()));
  page.on('pageerror', e => faults.push(where + ': ' + e.message));
  page.on('dialog', d => { faults.push(where + ': dialog: ' + d.message()); d.dismiss(); });
  const url = pathToFileURL(file).href;
  page.on('request', r => check(r.url().split('#')[0] === url, where + ': request: ' + r.url()));
  await page.goto(url);
  return page;
}

const shown = async page => Number((await page.textContent('#shown')).split(' ')[0].replaceAll(',', ''));
const overflow = page => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

async function accessible(page, where) {
  await page.evaluate(axe);
  const {violations} = await page.evaluate(() => axe.run({resultTypes: ['violations']}));
  for (const v of violations.filter(v => ['serious', 'critical'].includes(v.impact))) {
    faults.push(where + ': axe: ' + v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html + ' ' + n.failureSummary).join(' | '));
  }
}

// openSome opens the first questions and all details, so that there is much to look at.
async function openSome(page) {
  for (let i = 0; i < 3; i++) await page.locator('.open').nth(i).click();
  await page.evaluate(() => { for (const d of document.querySelectorAll('details')) d.open = true; });
}

for (const colorScheme of ['light', 'dark']) {
  for (const width of [1300, 400]) {
    const where = colorScheme + ' ' + width;
    const page = await open(report, where, {colorScheme, viewport: {width, height: 900}});
    if (screenshots) await page.screenshot({path: screenshots + '/' + colorScheme + '-' + width + '.png', fullPage: true});
    await openSome(page);
    await accessible(page, where);
    check(await overflow(page) <= 0, where + ': the page is ' + await overflow(page) + ' pixels too wide');
    if (screenshots) {
      await page.evaluate(() => { for (const d of document.querySelectorAll('details')) d.open = false; });
      await page.locator('#questions').scrollIntoViewIfNeeded();
      await page.locator('main > section').last().screenshot({path: screenshots + '/' + colorScheme + '-' + width + '-questions.png'});
    }
    await page.context().close();
  }
}

const page = await open(report, 'filters', {viewport: {width: 1300, height: 900}, reducedMotion: 'reduce'});
const all = await shown(page);
for (const {name, value, count} of JSON.parse(readFileSync(wanted, 'utf8'))) {
  const field = page.locator('#filter [name=' + name + ']');
  if (name === 'words') { await field.fill(value); await field.press('Enter'); } else await field.selectOption(value);
  check(await shown(page) === count, 'filter ' + name + ' ' + value + ': ' + await shown(page) + ' shown, want ' + count);
  const drawn = await page.locator('#list > li').count();
  check(drawn === Math.min(50, count), 'filter ' + name + ' ' + value + ': ' + drawn + ' drawn');
  await page.reload(); // the address brings the same view back
  check(await shown(page) === count, 'the address of ' + name + ' ' + value + ' shows ' + await shown(page));
  await page.locator('#filter [type=reset]').click();
  await page.waitForFunction(n => document.querySelector('#shown').textContent.startsWith(n), all.toLocaleString('en'));
}

// Keys.
const focused = () => page.evaluate(() => document.activeElement.name || document.activeElement.textContent);
const question = n => page.locator('.open').nth(n).textContent();
await page.keyboard.press('/');
check(await focused() === 'words', '/ does not focus the search');
await page.keyboard.press('j');
check(await page.inputValue('[name=words]') === 'j', 'j cannot be typed into the search');
await page.locator('#filter [type=reset]').click();
await page.waitForFunction(() => document.querySelectorAll('#list > li').length > 2);
await page.keyboard.press('j');
check(await focused() === await question(0), 'j does not go to the first question');
await page.keyboard.press('j');
check(await focused() === await question(1), 'j does not go on');
await page.keyboard.press('k');
check(await focused() === await question(0), 'k does not go back');
const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
check(outline === 'solid', 'the focus cannot be seen: outline ' + outline);
await page.keyboard.press('Enter');
check(await page.locator('.detail').count() === 1, 'Enter does not open a question');
await page.keyboard.press('Enter');
check(await page.locator('.detail').count() === 0, 'Enter does not close a question');
await page.locator('[name=keys]').uncheck();
await page.locator('.open').first().focus();
await page.keyboard.press('j');
check(await focused() === await question(0), 'keys that are switched off work');
await page.locator('[name=keys]').check();

// Pages: j goes past the end of one.
await page.locator('.open').last().focus();
const last = await focused();
await page.keyboard.press('j');
check(await focused() !== last && await focused() === await question(0), 'j does not go to the next page');
await page.keyboard.press('k');
check(await focused() === last, 'k does not go to the page before');

// The quote is marked in its paragraph.
await page.selectOption('[name=verdict]', 'answered');
await page.locator('.open').first().click();
const said = (await page.locator('.said .text').first().textContent()).trim();
const marked = (await page.locator('.paragraph mark').first().textContent()).trim();
check(marked !== '' && said === marked, 'marked is ' + marked + ', said was ' + said);

await page.emulateMedia({media: 'print'});
check(!await page.locator('#filter').isVisible(), 'the filters are printed');
check(await page.locator('.detail').first().isVisible(), 'an open question is not printed');
await page.context().close();

const still = await open(report, 'without script', {javaScriptEnabled: false, viewport: {width: 400, height: 900}});
check(await still.locator('.cards li').first().isVisible(), 'without script there are no figures');
check(await still.locator('table.types').isVisible(), 'without script there is no table');
check(await still.getByText('needs JavaScript').isVisible(), 'without script nothing says so');
check(!await still.locator('#filter').isVisible(), 'without script there are filters');
await still.context().close();

const bad = await open(hostile, 'hostile', {viewport: {width: 400, height: 900}});
await bad.evaluate(() => { for (const b of document.querySelectorAll('.open')) b.click(); });
await bad.waitForTimeout(200);
check(!(await bad.title()).startsWith('owned'), 'hostile: it ran');
check(await bad.locator('img, #list script').count() === 0, 'hostile: it became elements');
check((await bad.locator('#list').textContent()).includes("</script><script>document.title='owned'"), 'hostile: its text is not shown');
check((await bad.locator('#list').textContent()).includes('<U+202E>gnp.exe'), 'hostile: a bidi character is not named');
check(await overflow(bad) <= 0, 'hostile: the page is ' + await overflow(bad) + ' pixels too wide');
await accessible(bad, 'hostile');

await browser.close();
for (const f of faults) console.log(f);
process.exitCode = faults.length ? 1 : 0;
