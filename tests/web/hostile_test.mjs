// Names and remarks that somebody chose to break a page, in a real browser:
// hostile_test.mjs PAGES_TEST_BINARY. Without the policy that would forbid a script to run: nothing
// of them may be one.
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {Findings, openBrowser, servePages} from './support.mjs';

const [, , binary] = process.argv;
const browser = await openBrowser();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'suyuan-hostile-'));
const findings = new Findings();
execFileSync(binary, ['--gtest_filter=HostilePageTest.*'],
  {env: {...process.env, SUYUAN_PAGES_DIR: folder}, stdio: 'ignore'});
const names = fs.readdirSync(folder).map((file) => path.basename(file, '.html')).sort();
findings.expect(names.length >= 72, `only ${names.length} pages`);
const site = await servePages(folder);

// Of every piece of text and every box: what lies beyond the left or right edge.
const beyond = () => {
  for (const details of document.querySelectorAll('details')) details.open = true;
  const out = [];
  const look = (box, what) => {
    if (box.width > 0 && (box.left < -0.5 || box.right > innerWidth + 0.5)) {
      out.push(`${Math.round(box.left)} to ${Math.round(box.right)}: ${what.slice(0, 60)}`);
    }
  };
  for (const element of document.querySelectorAll('body *')) {
    look(element.getBoundingClientRect(), element.outerHTML);
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    for (const box of range.getClientRects()) look(box, texts.currentNode.data);
  }
  return {out, scrolls: document.documentElement.scrollWidth - innerWidth};
};

const context = await browser.newContext({bypassCSP: true});
const page = await context.newPage();
let errors = [];
page.on('dialog', (dialog) => dialog.dismiss());
page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
page.on('pageerror', (error) => errors.push(String(error)));
for (const name of names) {
  errors = [];
  await page.goto(`${site.url}/${name}`);
  for (const width of [320, 1280]) {
    await page.setViewportSize({width, height: 700});
    const {out, scrolls} = await page.evaluate(beyond);
    findings.expect(out.length === 0 && scrolls <= 0, `${name} at ${width} px: ${scrolls}, ${out[0]}`);
  }
  const found = await page.evaluate(() => ({hit: 'hit' in window,
    strange: [...document.querySelectorAll('script,img,iframe,[onfocus],[onerror],[autofocus]')]
      .map((element) => element.outerHTML.slice(0, 60)),
    headline: document.querySelector('h1').innerText.length}));
  findings.expect(!found.hit, `${name}: a script ran`);
  findings.expect(found.strange.length === 0, `${name}: ${found.strange[0]}`);
  findings.expect(found.headline > 0, `${name}: no headline`);
  findings.expect(errors.length === 0, `${name}: ${errors.join('; ')}`);
}
findings.expect(site.strays.length === 0, `asked for more than the page: ${site.strays.join(' ')}`);
await browser.close();
fs.rmSync(folder, {recursive: true});
findings.end();
