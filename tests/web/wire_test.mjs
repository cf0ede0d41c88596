// What a scan costs on the wire before it is painted, and what is left without its script:
// wire_test.mjs BIN_DIR SOURCE_DIR. Counted, not timed: ./dev bench --only=page measures the times
// that follow from it.
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import {Findings, openBrowser, startDemo} from './support.mjs';

const WIRE_MAX = 10 << 10;  // Bytes of an answer, its header included.
// Of the header; scan_page_test.cc leaves room for it on the largest page there is.
const HEADER_MAX = 1 << 10;

const [, , binaries, source] = process.argv;
const browser = await openBrowser();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'suyuan-wire-'));
const findings = new Findings();
const demo = await startDemo(binaries, source, folder);
const label = new URL(demo.label);

// All bytes that come back for one request, as a phone's browser asks.
function answerTo(target) {
  return new Promise((resolve, reject) => {
    const pieces = [];
    const socket = net.connect(label.port, label.hostname, () => socket.write(
      `GET ${target} HTTP/1.1\r\nHost: ${label.host}\r\nAccept: text/html\r\n` +
      'Accept-Encoding: gzip, deflate\r\nConnection: close\r\n\r\n'));
    socket.on('data', (piece) => pieces.push(piece));
    socket.on('end', () => resolve(Buffer.concat(pieces)));
    socket.on('error', reject);
  });
}

for (const query of ['?lang=zh', '?lang=en', '?lang=zh&big=1', '?linkType=gs1:pip']) {
  const answer = await answerTo(label.pathname + query);
  const header = answer.indexOf('\r\n\r\n') + 4;
  findings.expect(/^HTTP\/1.1 200 .*^Content-Encoding: gzip/ims.test(answer.subarray(0, header)),
    `${query}: ${answer.subarray(0, 60)}`);
  findings.expect(answer.length <= WIRE_MAX, `${query}: ${answer.length} bytes on the wire`);
  findings.expect(header <= HEADER_MAX, `${query}: a header of ${header} bytes`);
}

// `script`: what stands in the place of the one that checks.
async function open({script, ...options} = {}) {
  const context = await browser.newContext({viewport: {width: 390, height: 844}, ...options});
  const page = await context.newPage();
  if (script) {
    await page.route('**/s/verify-*', (route) => route.fulfill(
      {contentType: 'text/javascript', body: script}));
  }
  await page.goto(label.href);
  return {context, page};
}

// One answer is all that the first paint waits for.
const {context, page} = await open();
await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
const needs = await page.evaluate(() => {
  const [document_] = performance.getEntriesByType('navigation');
  return {
    redirects: document_.redirectCount,
    blocking: performance.getEntriesByType('resource')
      .filter(({renderBlockingStatus}) => renderBlockingStatus !== 'non-blocking')
      .map(({name}) => name),
    // What a browser would stop for on its way down the page.
    stops: [...document.querySelectorAll(
      'link,img,iframe,object,embed,video,audio,script:not([type=module]):not([defer])')]
      .map((element) => element.outerHTML.slice(0, 80)),
    head: [...document.head.querySelectorAll('script')].length,
  };
});
findings.expect(needs.redirects === 0, `${needs.redirects} redirects`);
findings.expect(needs.blocking.length === 0, `waits for ${needs.blocking.join(' ')}`);
findings.expect(needs.stops.length === 0, `stops for ${needs.stops.join(' ')}`);
findings.expect(needs.head === 0, 'a script in the head');
await context.close();

// All that is read, each link and each form, with what folds away opened.
async function read(options) {
  const {context, page} = await open(options);
  await page.waitForLoadState('networkidle');
  const said = await page.evaluate(() => {
    for (const details of document.querySelectorAll('details')) details.open = true;
    const links = [...document.querySelectorAll('a')].map(({href}) => href);
    return JSON.stringify([document.body.innerText, links, document.forms.length]);
  });
  await context.close();
  return said;
}

// A browser that cannot read the script, or stumbles on its first line, shows the page whole.
const plain = await read({javaScriptEnabled: false});
findings.expect(plain.length > 2000, `says only ${plain}`);
for (const script of ['throw new Error();', 'let a = ;', 'import("/nowhere").nowhere']) {
  findings.expect(await read({script}) === plain, `with "${script}" it says something else`);
}

await browser.close();
await demo.stop();
fs.rmSync(folder, {recursive: true, force: true});
findings.end();
