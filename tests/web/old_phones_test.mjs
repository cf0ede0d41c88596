// What the browsers inside older phones and messengers (Chromium 63 and later) make of page and
// scripts: old_phones_test.mjs PAGES_TEST_BINARY SCRIPTS_DIR. Such a browser is not to be had: the
// page is shown without the style that it would drop, the scripts are read as the language was.
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {Findings, openBrowser, servePages} from './support.mjs';

const [, , binary, scripts] = process.argv;
const browser = await openBrowser();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'suyuan-old-'));
const findings = new Findings();

// A script of that year is the same whether it may be lowered or not. import() is Chromium 63's,
// and the lowest that the scripts need; without them the page is whole (wire_test.mjs).
const YOUNGER = ['structuredClone', 'replaceAll', 'matchAll', 'globalThis', 'allSettled',
  'fromEntries', 'queueMicrotask', '.flat(', '.flatMap(', '.at(', '.replaceChildren(', 'BigInt('];
for (const name of ['verify', 'fallback', 'keep']) {
  const built = fs.readFileSync(path.join(scripts, `${name}.js`), 'utf8');
  const format = name === 'keep' ? [] : ['--format=esm'];
  const [then, now] = ['es2017', 'esnext'].map((year) => execFileSync('esbuild',
    [`--target=${year}`, '--minify-whitespace', '--log-level=error', ...format], {input: built}).toString());
  findings.expect(built.length > 500 && then === now, `${name}.js has syntax from after 2017`);
  for (const word of YOUNGER) findings.expect(!built.includes(word), `${name}.js uses ${word}`);
}

// Every word of the style stands in one of these lists: what that Chromium knows, and what it drops,
// with the version that came to know it.
const KNOWN = new Set(`-webkit-text-size-adjust align-items background border border-bottom
  border-bottom-color border-collapse border-color border-left border-left-style border-radius
  border-top border-width bottom box-sizing color content cursor display fill flex flex-wrap font
  font-family font-size font-variant-numeric font-weight grid-gap grid-template-columns height
  justify-content left letter-spacing line-break line-height list-style margin margin-bottom
  margin-left margin-right margin-top max-width min-height min-width opacity outline outline-offset
  overflow-wrap padding padding-left padding-right padding-top position stroke stroke-linecap
  stroke-linejoin stroke-width text-align text-decoration text-transform top transform
  vertical-align white-space width word-break`.split(/\s+/));
const DROPPED = {'overflow-wrap:anywhere': 80, 'color-scheme': 81, 'accent-color': 93,
  'text-underline-offset': 87, 'text-autospace': 140, ':focus-visible': 86, '::marker': 86,
  'prefers-color-scheme': 76, 'forced-colors': 89};
const PSEUDO = new Set([':root', '::before', '::after', ':first-child', ':last-child',
  '::-webkit-details-marker']);
const FUNCTIONS = new Set(['var', 'rotate', 'translate']);

const dropped = (text) => Object.keys(DROPPED).some((word) => text.includes(word));
function oldRule(selector, body) {
  // One selector that is not known takes the whole rule with it.
  if (dropped(selector)) return '';
  for (const pseudo of selector.match(/::?[a-z-]+/g) ?? []) {
    findings.expect(PSEUDO.has(pseudo), `since when is ${pseudo} understood?`);
  }
  const declarations = body.split(';').filter((one) => one !== '' && !dropped(one));
  for (const declaration of declarations) {
    const property = declaration.slice(0, declaration.indexOf(':'));
    findings.expect(property.startsWith('--') || KNOWN.has(property),
      `since when is ${property} understood?`);
    for (const [, name] of declaration.matchAll(/([a-z-]+)\(/g)) {
      findings.expect(FUNCTIONS.has(name), `since when is ${name}() understood?`);
    }
  }
  return `${selector}{${declarations.join(';')}}`;
}
// Rules, and blocks of rules that stand on a condition.
function oldStyle(style) {
  let old = '';
  for (const [, condition, rules, selector, body] of style.matchAll(
    /(@[^{]+)\{((?:[^{}]+\{[^{}]*\})*)\}|([^{}@]+)\{([^{}]*)\}/g)) {
    if (selector !== undefined) {
      old += oldRule(selector, body);
    } else if (!dropped(condition)) {
      findings.expect(/^@media( print|\(max-width:[^)]+\))$/.test(condition), condition);
      old += `${condition}{${oldStyle(rules)}}`;
    }
  }
  return old;
}

execFileSync(binary, ['--gtest_filter=*IsSmallAndWhole*'],
  {env: {...process.env, SUYUAN_PAGES_DIR: folder}, stdio: 'ignore'});
const names = fs.readdirSync(folder).map((file) => path.basename(file, '.html')).sort();
findings.expect(names.length > 40, `only ${names.length} pages`);
let style, old;
for (const name of names) {
  const file = path.join(folder, `${name}.html`);
  const page = fs.readFileSync(file, 'utf8');
  const found = /<style>(.*?)<\/style>/s.exec(page)[1];
  if (found !== style) [style, old] = [found, oldStyle(found)];
  findings.expect(old.length > style.length / 2 && old !== style, `${name}: ${old.length} of it`);
  fs.writeFileSync(file, page.replace(style, () => old));
}

// What lies side by side and is tapped or read apart; boxes of text alone are no boxes.
const near = () => {
  for (const details of document.querySelectorAll('details')) details.open = true;
  const touching = [];
  for (const box of document.querySelectorAll('.links,.box,.pick,.say')) {
    const parts = [...box.children].map((part) => part.getBoundingClientRect());
    for (let i = 1; i < parts.length; ++i) {
      const beside = parts[i - 1].bottom > parts[i].top + 1;
      if (beside && parts[i].left - parts[i - 1].right < 7) touching.push(box.outerHTML);
    }
  }
  return {touching, wide: document.documentElement.scrollWidth - innerWidth,
    ground: getComputedStyle(document.querySelector('header')).backgroundColor,
    words: document.querySelector('main').innerText.length};
};
const site = await servePages(folder);
const page = await browser.newPage();
for (const name of names) {
  await page.goto(`${site.url}/${name}`);
  for (const width of [320, 390]) {
    await page.setViewportSize({width, height: 800});
    const seen = await page.evaluate(near);
    const at = `${name} at ${width} px`;
    findings.expect(seen.wide <= 0, `${at}: scrolls sideways by ${seen.wide} px`);
    findings.expect(seen.touching.length === 0, `${at}: ${seen.touching[0]?.slice(0, 120)}`);
    findings.expect(seen.ground !== 'rgba(0, 0, 0, 0)', `${at}: a headline without a ground`);
    findings.expect(seen.words > 20, `${at}: says nothing`);
  }
}
await browser.close();
fs.rmSync(folder, {recursive: true});
findings.end();
