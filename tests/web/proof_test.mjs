// The proof in the page, against a real server with the sample season on it, in a real browser:
// proof_test.mjs BIN_DIR SOURCE_DIR. What was altered anywhere is refused.
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {Findings, openBrowser, startDemo} from './support.mjs';

const [, , binaries, source] = process.argv;
const browser = await openBrowser();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'suyuan-proof-'));
const findings = new Findings();

const demo = await startDemo(binaries, source, folder);
const label = demo.label;

// Opens the page; answers what its check says: "check yes", "check no", or "" where it says nothing.
async function open(url, {alter, init, offline} = {}) {
  const context = await browser.newContext({viewport: {width: 390, height: 844}});
  const page = await context.newPage();
  const errors = [];
  const asked = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.location().url.includes('favicon')) {
      errors.push(message.text());
    }
  });
  page.on('request', (request) => asked.push(request.url()));
  if (init) await page.addInitScript(init);
  if (alter) {
    await page.route('**/*proof=json*', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({response: answer, json: alter(await answer.json())});
    });
  }
  if (offline) await context.setOffline(true);
  await page.goto(url);
  const check = page.locator('#check');
  await page.waitForFunction(() => /yes|no/.test(document.getElementById('check').className), null,
    {timeout: 20000}).catch(() => {});
  const said = {kind: await check.getAttribute('class'), text: await check.textContent(), errors,
    asked};
  return {...said, page, context};
}

async function expectCheck(what, kind, url, options) {
  const {context, ...said} = await open(url, options);
  findings.expect(said.kind === kind, `${what}: ${said.kind} ${said.text} ${said.errors.join('; ')}`);
  await context.close();
  return said;
}

const flip = (base64) => {
  const bytes = Buffer.from(base64, 'base64');
  bytes[bytes.length - 1] ^= 1;
  return bytes.toString('base64');
};
// One line of the proof's text, by what it begins with.
const alterLine = (start, change) => (answer) => ({...answer,
  tlogProof: answer.tlogProof.split('\n').map((line) => line.startsWith(start) ? change(line) : line)
    .join('\n')});
const withoutEd25519 = () => {
  const importKey = crypto.subtle.importKey.bind(crypto.subtle);
  crypto.subtle.importKey = (format, key, algorithm, ...rest) => algorithm.name === 'Ed25519' ?
    Promise.reject(new DOMException('', 'NotSupportedError')) :
    importKey(format, key, algorithm, ...rest);
};
const alterHash = (answer) => {
  const lines = answer.tlogProof.split('\n');
  lines[3] = flip(lines[3]);
  return {...answer, tlogProof: lines.join('\n')};
};
const alterSignature = alterLine('\u2014 ', (line) => {
  const words = line.split(' ');
  return [words[0], words[1], flip(words[2])].join(' ');
});

const whole = await expectCheck('the page as it is', 'check yes', label);
findings.expect(whole.errors.length === 0, `errors: ${whole.errors.join('; ')}`);
const strangers = whole.asked.filter((url) => new URL(url).origin !== new URL(label).origin);
findings.expect(strangers.length === 0, `asked of others: ${strangers.join(' ')}`);
const without = await expectCheck('a browser without Ed25519', 'check yes', label,
  {init: withoutEd25519});
findings.expect(without.asked.some((url) => url.includes('/s/ed25519-')), 'the fallback was not asked for');

// A cosignature as a log of a county with witnesses has it: a key's id, the time, 64 bytes.
function cosigned(name, seconds, size = 76) {
  const bytes = Buffer.alloc(size, 7);
  bytes.writeBigUInt64BE(BigInt(seconds), 4);
  return `\u2014 ${name} ${bytes.toString('base64')}\n`;
}
const MORNING = Date.UTC(2026, 10, 4, 0, 5) / 1000;
const withWitnesses = (text) => text + cosigned('bureau.example/witness', MORNING) +
  cosigned('bureau.example/witness', MORNING - 60) + cosigned('college', MORNING + 60) +
  cosigned('signer', MORNING, 68) + cosigned('nobody', '18446744073709551615');
const NAMED = 'bureau.example/witness (2026-11-04 08:05), college (2026-11-04 08:06)';
for (const [lang, words] of [['zh', `一同签名的还有（本页未核对）：${NAMED}。`], ['en', `Also signed by (not checked here): ${NAMED}.`]]) {
  const said = await expectCheck(`witnesses, ${lang}`, 'check yes', `${label}?lang=${lang}`,
    {alter: (answer) => ({...answer, tlogProof: withWitnesses(answer.tlogProof)})});
  findings.expect(said.text.endsWith(words), `witnesses, ${lang}: ${said.text}`);
}
findings.expect(!whole.text.includes('签名的还有'), `no witness, and yet: ${whole.text}`);

const alterations = {
  'another event': (answer) => ({...answer, event: flip(answer.event)}),
  'another salt': (answer) => ({...answer, eventSalt: flip(answer.eventSalt)}),
  'another place in the record': (answer) => ({...answer, itemIndex: (answer.itemIndex ?? 0) + 1}),
  'another leaf': alterLine('extra ', (line) => 'extra ' + flip(line.slice(6))),
  'another place in the log': alterLine('index ', (line) => `index ${Number(line.slice(6)) + 1}`),
  'another hash on the way': alterHash,
  'another signature': alterSignature,
  'nothing': () => ({tlogProof: '', event: '', eventSalt: '', itemCount: 0}),
};
for (const [what, alter] of Object.entries(alterations)) {
  await expectCheck(what, 'check no', label, {alter});
}
await expectCheck('another signature, without Ed25519', 'check no', label,
  {alter: alterSignature, init: withoutEd25519});

// Kept pages: checked from a file, without a network.
const kept = await (await fetch(`${label}?proof=page&lang=zh`)).text();
const file = path.join(folder, 'kept.html');
fs.writeFileSync(file, kept);
const offline = await expectCheck('a kept page', 'check yes', `file://${file}`, {offline: true});
findings.expect(offline.errors.length === 0, `a kept page: ${offline.errors.join('; ')}`);
findings.expect(offline.asked.length === 1, `a kept page asks for ${offline.asked.join(' ')}`);
await expectCheck('a kept page, without Ed25519', 'check yes', `file://${file}`,
  {offline: true, init: withoutEd25519});
const evidence = /(<script type="application\/json" id=evidence>)(.*?)(<\/script>)/;
fs.writeFileSync(file, kept.replace(evidence, (_, open, json, close) => {
  const proof = JSON.parse(json);
  return open + JSON.stringify({...proof, tlogProof: withWitnesses(proof.tlogProof)}) + close;
}));
const keptWitnesses = await expectCheck('a kept page with witnesses', 'check yes', `file://${file}`,
  {offline: true});
findings.expect(keptWitnesses.text.includes(NAMED), `a kept page: ${keptWitnesses.text}`);
const batch = /data-batch="batches\/(\w+)"/.exec(kept)[1];
fs.writeFileSync(file, kept.replaceAll(batch, batch.slice(0, -1) + (batch.endsWith('0') ? '1' : '0')));
await expectCheck('a kept page of another batch', 'check no', `file://${file}`, {offline: true});

// The file is for tools that are not ours; ours reads it too.
const key = /data-key="([^"]+)"/.exec(kept)[1];
const proof = path.join(folder, 'batch.tlog-proof');
fs.writeFileSync(proof, await (await fetch(`${label}?proof=file`)).text());
try {
  execFileSync(path.join(binaries, 'suyuan'), ['proof', 'check', proof, '--log-key', key],
    {stdio: 'pipe'});
} catch (error) {
  findings.expect(false, `proof check: ${error.stdout}${error.stderr}`);
}
findings.expect((await fetch(`${label}?proof=nonsense`)).status === 404, 'a form there is not');

await browser.close();
await demo.stop();
fs.rmSync(folder, {recursive: true, force: true});
findings.end();
