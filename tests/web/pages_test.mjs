// Every state of the scan page in a real browser: pages_test.mjs PAGES_TEST_BINARY SCREENSHOT_DIR.
// Accessibility by axe, sizes of what is tapped, no sideways scrolling, the same without JavaScript,
// nothing asked for but the page. Screenshots are left to be looked at, and compared with those kept
// in screens/.
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {compareScreens} from './screens.mjs';
import {Findings, axeSource, openBrowser, servePages} from './support.mjs';

const [, , binary, screenshots] = process.argv;
const browser = await openBrowser();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'suyuan-pages-'));
execFileSync(binary, ['--gtest_filter=*IsSmallAndWhole*'],
  {env: {...process.env, SUYUAN_PAGES_DIR: folder}, stdio: 'ignore'});
// One page is of a label about which nothing at all is known: it must not break, but nobody meets it.
const names = fs.readdirSync(folder).map((file) => path.basename(file, '.html'))
  .filter((name) => !name.startsWith('empty')).sort();
fs.mkdirSync(screenshots, {recursive: true});
const site = await servePages(folder);
const findings = new Findings();
const axe = axeSource();
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

async function open(name, options) {
  const context = await browser.newContext({viewport: {width: 390, height: 844}, ...options});
  const page = await context.newPage();
  const errors = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(`${site.url}/${name}`);
  return {context, page, errors};
}

// Without scripts the page is whole; what is measured is measured from outside it.
const facts = (page) => page.evaluate(() => ({
  headline: document.querySelector('h1').innerText,
  words: document.querySelector('main').innerText.length,
}));

async function checkWidth(name, page, width) {
  await page.setViewportSize({width, height: 800});
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  findings.expect(wide <= 0, `${name}: scrolls sideways by ${wide} px at ${width} px`);
}

async function checkTargets(name, page) {
  const least = name.startsWith('large-') ? 60 : 44;
  const small = await page.evaluate((size) => [...document.querySelectorAll('a,summary,button,input,textarea')]
    .filter((element) => element.checkVisibility())
    // The words beside a button to choose by are tapped as well as itself.
    .map((element) => element.type === 'radio' ? element.closest('label') : element)
    .map((element) => ({text: element.innerText || element.name,
      height: element.getBoundingClientRect().height}))
    .filter(({height}) => height < size - 0.5), least);
  findings.expect(small.length === 0, `${name}: under ${least} px: ${JSON.stringify(small)}`);
}

for (const name of names) {
  for (const colorScheme of ['light', 'dark']) {
    const {context, page, errors} = await open(name, {colorScheme, bypassCSP: true});
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
    });
    await page.evaluate(axe);
    const result = await page.evaluate((tags) => axe.run({runOnly: tags}), RULES);
    for (const {id, nodes} of result.violations) {
      findings.expect(false, `${name} ${colorScheme}: ${id}: ${nodes[0].html.slice(0, 120)}`);
    }
    findings.expect(result.passes.length > 15, `${name}: axe looked at nothing`);
    if (colorScheme === 'light') {
      await checkTargets(name, page);
      await checkWidth(name, page, 320);
      await checkWidth(name, page, 1280);
    }
    findings.expect(errors.length === 0, `${name}: ${errors.join('; ')}`);
    await context.close();
  }
  // Under the strict policy, and as an old phone shows it.
  const scripted = await open(name, {deviceScaleFactor: 2});
  await scripted.page.screenshot({path: path.join(screenshots, `${name}.png`), fullPage: true});
  const plain = await open(name, {javaScriptEnabled: false});
  findings.expect(JSON.stringify(await facts(plain.page)) === JSON.stringify(await facts(scripted.page)),
    `${name}: says something else without JavaScript`);
  findings.expect(scripted.errors.length === 0, `${name}: ${scripted.errors.join('; ')}`);
  await scripted.context.close();
  await plain.context.close();
}
const dark = await open('tested-zh', {deviceScaleFactor: 2, colorScheme: 'dark'});
await dark.page.screenshot({path: path.join(screenshots, 'tested-zh-dark.png'), fullPage: true});
await dark.context.close();
await compareScreens(browser, screenshots, [...names, 'tested-zh-dark'],
  new URL('screens', import.meta.url).pathname, 'SUYUAN_UPDATE_SCREENS' in process.env, findings);
findings.expect(site.strays.length === 0, `asked for more than the page: ${site.strays.join(' ')}`);
await browser.close();
fs.rmSync(folder, {recursive: true});
findings.end();
