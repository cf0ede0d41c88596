// Checks the proof of a batch: the event is in the record, the record in the tree, the tree's root
// signed by the log's key. Formats: storage/FORMAT.md, c2sp.org/tlog-proof, c2sp.org/signed-note.

export interface Evidence {
  tlogProof: string;
  event: string;  // base64, as every bytes field.
  eventSalt: string;
  itemIndex?: number;
  itemCount: number;
  contentPath?: string[];
}

export interface Proven {
  sequence: number;
  time: Date;  // When the record was written, by the log's clock.
  size: number;  // Records the signed tree covers.
  witnesses: Witness[];
}

// Who signed beside the log, and when, as they say: their keys are not known here.
export interface Witness {
  name: string;
  time: Date;
}

// False: the signature is not of this key. Throws where the browser cannot check any.
export type VerifyEd25519 = (key: Uint8Array, text: Uint8Array, signature: Uint8Array) =>
  Promise<boolean>;

export class Refused extends Error {}

function require(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Refused(what);
}

function bytesOf(base64: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(base64);
  } catch {
    throw new Refused('base64');
  }
  return Uint8Array.from(binary, (c) => c.charCodeAt(0));
}

async function sha256(...parts: (Uint8Array | number[])[]): Promise<Uint8Array> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', all));
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

// RFC 9162 2.1.3.2: the root that a leaf's hash and its audit path lead to.
export async function rootOf(index: number, size: number, leaf: Uint8Array, path: Uint8Array[]):
    Promise<Uint8Array> {
  require(Number.isSafeInteger(index) && index >= 0 && index < size, 'index');
  let node = leaf;
  let at = index;
  let last = size - 1;
  for (const hash of path) {
    require(hash.length === 32 && last > 0, 'path');
    if (at % 2 === 1 || at === last) {
      node = await sha256([1], hash, node);
      while (at % 2 === 0 && at > 0) {
        at = Math.floor(at / 2);
        last = Math.floor(last / 2);
      }
    } else {
      node = await sha256([1], node, hash);
    }
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  require(last === 0, 'path');
  return node;
}

interface Note {
  text: string;
  signatures: {name: string; bytes: Uint8Array}[];
}

function parseNote(note: string): Note {
  const end = note.lastIndexOf('\n\n');
  require(end >= 0, 'note');
  const signatures = note.slice(end + 2).split('\n').filter((line) => line !== '').map((line) => {
    const match = /^\u2014 (\S+) (\S+)$/.exec(line);
    require(match !== null, 'note');
    return {name: match[1], bytes: bytesOf(match[2])};
  });
  return {text: note.slice(0, end + 1), signatures};
}

// The checkpoint's size and root, where `verifierKey` ("name+hash+key") signed it.
async function openCheckpoint(note: Note, verifierKey: string, verify: VerifyEd25519) {
  const parts = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(verifierKey);
  require(parts !== null, 'key');
  const [, name, id, encoded] = parts;
  const key = bytesOf(encoded);
  require(key.length === 33 && key[0] === 1, 'key');
  const text = new TextEncoder().encode(note.text);
  let signed = false;
  for (const signature of note.signatures) {
    const by = [...signature.bytes.slice(0, 4)].map((byte) => byte.toString(16).padStart(2, '0'));
    if (signature.name !== name || by.join('') !== id || signature.bytes.length !== 68) continue;
    signed = signed || await verify(key.slice(1), text, signature.bytes.slice(4));
  }
  require(signed, 'signature');
  const [origin, size, root] = note.text.split('\n');
  require(origin === name && /^[1-9][0-9]{0,15}$/.test(size), 'checkpoint');
  return {size: Number(size), root: bytesOf(root)};
}

function parseProof(text: string) {
  const gap = text.indexOf('\n\n');
  const lines = text.slice(0, gap).split('\n');
  require(gap > 0 && lines[0] === 'c2sp.org/tlog-proof@v1', 'proof');
  require(/^extra /.test(lines[1]) && /^index [0-9]{1,15}$/.test(lines[2]), 'proof');
  return {leaf: bytesOf(lines[1].slice(6)), index: Number(lines[2].slice(6)),
    path: lines.slice(3).map(bytesOf), note: parseNote(text.slice(gap + 2))};
}

function number64(bytes: Uint8Array, at: number): number {
  return bytes.slice(at, at + 8).reduce((sum, byte) => sum * 256 + byte, 0);
}

// The year 9999's end, in seconds: no time beyond it is one, nor can it be shown.
const TIME_MAX = 253402300800;

// Of c2sp.org/tlog-cosignature: key id, seconds since 1970, Ed25519's signature. Each of the newest;
// the log's own is no witness.
function witnessesOf(note: Note, log: string): Witness[] {
  const newest = new Map<string, Date>();
  for (const {name, bytes} of note.signatures) {
    if (bytes.length !== 76 || name === log) continue;
    const seconds = number64(bytes, 4);
    const time = new Date(seconds * 1000);
    const known = newest.get(name);
    if (seconds < TIME_MAX && !(known && known > time)) newest.set(name, time);
  }
  return [...newest].map(([name, time]) => ({name, time}));
}

// Whether the event's bytes hold the name, as a whole string field would.
function names(event: Uint8Array, name: string): boolean {
  const wanted = new TextEncoder().encode(name);
  for (let at = 1; at + wanted.length <= event.length; ++at) {
    if (event[at - 1] === wanted.length && same(event.slice(at, at + wanted.length), wanted)) {
      return true;
    }
  }
  return false;
}

// Throws Refused where anything does not fit: `batch` is "batches/{id}" as the page shows it.
export async function checkProof(evidence: Evidence, batch: string, verifierKey: string,
    verify: VerifyEd25519): Promise<Proven> {
  const proof = parseProof(evidence.tlogProof);
  const {leaf, index} = proof;
  require(leaf.length >= 94 && number64(leaf, 4) === index, 'leaf');
  const event = bytesOf(evidence.event);
  require(names(event, batch), 'batch');
  const item = await sha256([0], bytesOf(evidence.eventSalt), [4], event);
  const content = await rootOf(evidence.itemIndex ?? 0, evidence.itemCount, item,
    (evidence.contentPath ?? []).map(bytesOf));
  require(same(content, leaf.slice(60, 92)), 'content');
  const {size, root} = await openCheckpoint(proof.note, verifierKey, verify);
  require(same(await rootOf(index, size, await sha256([0], leaf), proof.path), root), 'inclusion');
  return {sequence: index, time: new Date(number64(leaf, 12) / 1000), size,
    witnesses: witnessesOf(proof.note, verifierKey.split('+')[0])};
}
