// The page's own reading of Merkle proofs against published vectors (transparency-dev/merkle):
// vectors_test.mjs SOURCE_DIR. Needs Debian's esbuild and the folder of vectors.
import {execFileSync} from 'node:child_process';
import {webcrypto} from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {Findings, SKIPPED} from './support.mjs';

globalThis.crypto ??= webcrypto;  // A browser has it; Debian's node 18 does not.
const [, , source] = process.argv;
const shared = process.env.SUYUAN_SHARED ?? path.join(source, '..', 'shared');
const vectors = path.join(shared, 'testdata', 'merkle');
if (!fs.existsSync(vectors)) {
  console.log(`skipped: no vectors at ${vectors}`);
  process.exit(SKIPPED);
}
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'suyuan-vectors-'));
const bundle = path.join(folder, 'proof.mjs');
execFileSync('esbuild', [path.join(source, 'services/portal/web/proof.ts'), '--bundle',
  '--format=esm', '--target=es2017', `--outfile=${bundle}`, '--log-level=error']);
const {rootOf} = await import(bundle);
const bytes = (text) => Uint8Array.from(Buffer.from(text ?? '', 'base64'));
const findings = new Findings();
let count = 0;
for (const name of fs.readdirSync(vectors).filter((file) => file.startsWith('inclusion'))) {
  const vector = JSON.parse(fs.readFileSync(path.join(vectors, name), 'utf8'));
  let holds = false;
  try {
    const leaf = bytes(vector.leafHash);
    const root = await rootOf(vector.leafIdx, vector.treeSize, leaf, (vector.proof ?? []).map(bytes));
    holds = leaf.length === 32 && Buffer.from(root).equals(Buffer.from(bytes(vector.root)));
  } catch (error) {
    holds = false;
  }
  findings.expect(holds === !vector.wantErr, `${name}: ${holds}`);
  count += 1;
}
findings.expect(count >= 40, `only ${count} vectors`);
fs.rmSync(folder, {recursive: true});
findings.end();
