#!/usr/bin/env python3
"""Checks that the record behind a scanned label is in the ledger, trusting nothing but its key.

Usage: verify_label.py LABEL_ADDRESS VERIFIER_KEY. Needs Python and the openssl command, no more.
"""
import base64, hashlib, html, re, struct, subprocess, sys, tempfile, time, urllib.request


def get(address):
    with urllib.request.urlopen(address, timeout=20) as answer:
        return answer.read()


def check_signature(key, text, signature):
    """Ed25519 by openssl: the key as SubjectPublicKeyInfo, the message and signature as files."""
    with tempfile.TemporaryDirectory() as folder:
        spki = bytes.fromhex('302a300506032b6570032100') + key
        for name, content in ('key', spki), ('text', text), ('signature', signature):
            open(folder + '/' + name, 'wb').write(content)
        command = 'openssl pkeyutl -verify -pubin -keyform DER -rawin -inkey key -in text -sigfile signature'
        return subprocess.run(command.split(), cwd=folder, capture_output=True).returncode == 0


def open_checkpoint(note, verifier_key):
    name, _, key = verifier_key.split('+', 2)
    text, lines = note[:note.rindex(b'\n\n') + 1], note[note.rindex(b'\n\n') + 2:].decode().splitlines()
    signed = [base64.b64decode(line.split(' ')[2]) for line in lines if line.startswith('\u2014 %s ' % name)]
    if not any(check_signature(base64.b64decode(key)[1:], text, one[4:]) for one in signed):
        sys.exit('the checkpoint is not signed by the key you trust')
    origin, size, root = text.decode().split('\n')[:3]
    if origin != name:
        sys.exit('the checkpoint is of another log: ' + origin)
    return int(size), base64.b64decode(root)


def fetch(base, size, level, index):
    """A tile of hashes (level 0, 1, …) or of leaves ('entries'), as wide as the tree has it."""
    width = min(256, (size >> 8 * (0 if level == 'entries' else level)) - 256 * index)
    digits = '%03d' % index if index < 1000 else 'x%03d/%03d' % divmod(index, 1000)  # To 10^8 records.
    return get('%s/tile/%s/%s%s' % (base, level, digits, '' if width == 256 else '.p/%d' % width))


def main(address, verifier_key):
    base = '/'.join(address.split('/')[:3])
    record = re.search(r'GetRecordProof.*?"sequence":"(\d+)"', html.unescape(get(address).decode()))
    record = int(record.group(1)) if record else sys.exit('the page names no record')
    size, root = open_checkpoint(get(base + '/checkpoint'), verifier_key)
    if record >= size:
        sys.exit('record %d is newer than the checkpoint: try again in a moment' % record)
    bundle, leaves, tiles = fetch(base, size, 'entries', record // 256), [], {}
    while bundle:
        end = 2 + struct.unpack('>H', bundle[:2])[0]
        leaves, bundle = leaves + [bundle[2:end]], bundle[end:]
    leaf = leaves[record % 256]

    def subtree(low, high):
        """RFC 6962's hash of records low to high - 1: the record's own side computed, the rest from tiles."""
        bits = (high - low - 1).bit_length()
        if not low <= record < high and high - low == 1 << bits and bits % 8 == 0:
            tile = bits // 8, low >> bits + 8
            if tile not in tiles:
                tiles[tile] = fetch(base, size, *tile)
            return tiles[tile][(low >> bits) % 256 * 32:][:32]
        if high - low == 1:
            return hashlib.sha256(b'\0' + leaf).digest()
        middle = low + (1 << bits - 1)
        return hashlib.sha256(b'\1' + subtree(low, middle) + subtree(middle, high)).digest()

    if subtree(0, size) != root or struct.unpack('>Q', leaf[4:12])[0] != record:
        sys.exit('record %d is not in the signed tree' % record)
    at = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(struct.unpack('>Q', leaf[12:20])[0] / 1e6))
    print('record %d of %d, written %s, is in the log; leaf %s' % (record, size, at, leaf.hex()))


main(*sys.argv[1:])
