#!/usr/bin/env python3
"""Checks an exported log with nothing but storage/FORMAT.md and Python's standard library.

usage: verify.py FOLDER      prints one JSON object; exit 0 if everything holds, 1 if not
"""
import hashlib
import json
import os
import sys

# --- P-256 (SEC 2) and Ed25519 (RFC 8032), just enough to verify -------------------------------

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
     0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def p256_double(a):
    x, y, z = a
    if y == 0:
        return (0, 1, 0)
    m = 3 * (x - z * z) * (x + z * z) % P
    s = 4 * x * y * y % P
    nx = (m * m - 2 * s) % P
    return nx, (m * (s - nx) - 8 * pow(y, 4, P)) % P, 2 * y * z % P


def p256_add(a, b):
    if a[2] == 0:
        return b
    if b[2] == 0:
        return a
    z1, z2 = a[2] * a[2] % P, b[2] * b[2] % P
    u1, u2 = a[0] * z2 % P, b[0] * z1 % P
    s1, s2 = a[1] * z2 * b[2] % P, b[1] * z1 * a[2] % P
    if u1 == u2:
        return p256_double(a) if s1 == s2 else (0, 1, 0)
    h, r = (u2 - u1) % P, (s2 - s1) % P
    h2 = h * h % P
    h3 = h * h2 % P
    x = (r * r - h3 - 2 * u1 * h2) % P
    return x, (r * (u1 * h2 - x) - s1 * h3) % P, h * a[2] * b[2] % P


def p256_times(k, point):
    total, addend = (0, 1, 0), (point[0], point[1], 1)
    while k:
        if k & 1:
            total = p256_add(total, addend)
        addend, k = p256_double(addend), k >> 1
    return total


def p256_verify(spki, text, signature):
    point = spki[-64:]
    x, y = int.from_bytes(point[:32], 'big'), int.from_bytes(point[32:], 'big')
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    if len(spki) != 91 or spki[-65] != 4 or (y * y - x * x * x + 3 * x - b) % P:
        return False
    r, s = int.from_bytes(signature[:32], 'big'), int.from_bytes(signature[32:], 'big')
    if len(signature) != 64 or not 0 < r < N or not 0 < s <= N // 2:
        return False
    e, w = int.from_bytes(hashlib.sha256(text).digest(), 'big'), pow(s, -1, N)
    at = p256_add(p256_times(e * w % N, G), p256_times(r * w % N, (x, y)))
    return at[2] != 0 and at[0] * pow(at[2] * at[2], -1, P) % P % N == r


Q = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, Q) % Q


def ed_add(a, b):
    e = (a[1] - a[0]) * (b[1] - b[0]) % Q
    f = (a[1] + a[0]) * (b[1] + b[0]) % Q
    g, h = 2 * a[3] * b[3] * D % Q, 2 * a[2] * b[2] % Q
    i, j, k, m = f - e, h - g, h + g, f + e
    return i * j % Q, k * m % Q, j * k % Q, i * m % Q


def ed_times(k, point):
    total = (0, 1, 1, 0)
    while k:
        if k & 1:
            total = ed_add(total, point)
        point, k = ed_add(point, point), k >> 1
    return total


def ed_point(data):
    y = int.from_bytes(data, 'little')
    sign, y = y >> 255, y & (1 << 255) - 1
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, Q) % Q
    x = pow(x2, (Q + 3) // 8, Q)
    if (x * x - x2) % Q:
        x = x * pow(2, (Q - 1) // 4, Q) % Q
    if y >= Q or (x * x - x2) % Q or (x == 0 and sign):
        return None
    x = Q - x if x & 1 != sign else x
    return x, y, 1, x * y % Q


ED_BASE = ed_point((4 * pow(5, -1, Q) % Q).to_bytes(32, 'little'))


def ed25519_verify(spki, text, signature):
    key, r = spki[-32:], signature[:32]
    s = int.from_bytes(signature[32:], 'little')
    a, rp = ed_point(key), ed_point(r)
    if len(spki) != 44 or len(signature) != 64 or s >= L or a is None or rp is None:
        return False
    h = int.from_bytes(hashlib.sha512(r + key + text).digest(), 'little') % L
    left, right = ed_times(s, ED_BASE), ed_add(rp, ed_times(h, a))
    return all((left[i] * right[2] - right[i] * left[2]) % Q == 0 for i in (0, 1))


# --- The format --------------------------------------------------------------------------------

ABSENT = 2**64 - 1


class Damaged(Exception):
    pass


def sha(*parts):
    return hashlib.sha256(b''.join(parts)).digest()


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def bytes(self, count):
        if self.at + count > len(self.data):
            raise Damaged('ends too early')
        self.at += count
        return self.data[self.at - count:self.at]

    def int(self, width):
        return int.from_bytes(self.bytes(width), 'big')

    def text(self):
        return self.bytes(self.int(2))

    def done(self):
        return self.at == len(self.data)


class Tree:
    """The RFC 6962 root of leaf hashes that come one by one: a stack of complete subtrees."""

    def __init__(self):
        self.stack, self.size = [], 0

    def add(self, leaf_hash):
        height = 0
        while self.stack and self.stack[-1][0] == height:
            leaf_hash = sha(b'\1', self.stack.pop()[1], leaf_hash)
            height += 1
        self.stack.append((height, leaf_hash))
        self.size += 1

    def root(self):
        if not self.stack:
            return sha()
        root = self.stack[-1][1]
        for _, left in reversed(self.stack[:-1]):
            root = sha(b'\1', left, root)
        return root


def read_leaf(data):
    r = Reader(data)
    if r.int(1) != 1:
        raise Damaged('unknown format version')
    leaf = {'kind': r.int(1), 'schema': r.int(2), 'sequence': r.int(8), 'record_time': r.int(8),
            'decided_time': r.int(8), 'previous': r.bytes(32), 'content_root': r.bytes(32)}
    leaf['links'] = [(r.bytes(32), r.int(8)) for _ in range(r.int(2))]
    if not r.done():
        raise Damaged('bytes after the leaf')
    return leaf


def read_items(data):
    r, items = Reader(data), []
    while not r.done():
        kind, salt = r.int(1), r.bytes(16)
        items.append((kind, salt, r.bytes(r.int(4))))
    kinds = [kind for kind, _, _ in items]
    events = kinds.count(4)
    if kinds not in ([1, 2, 3] + [4] * events, [1, 2, 3] + [4] * events + [5]):
        raise Damaged('items are not in their places')
    return items


def read_authorship(data):
    r = Reader(data)
    author = {'algorithm': r.int(1), 'key': r.bytes(16), 'encoding': r.int(1), 'time': r.int(8),
              'method': r.text(), 'signature': r.text()}
    if not r.done():
        raise Damaged('bytes after the authorship')
    return author


def read_terms(data):
    r = Reader(data)
    terms = {'request': r.text()}
    terms['reads'] = [(r.text(), r.int(8)) for _ in range(r.int(2))]
    terms['writes'] = [(r.text(), r.bytes(16)) for _ in range(r.int(2))]
    if not r.done():
        raise Damaged('bytes after the terms')
    return terms


def signed_text(origin, author, body):
    encoding = {1: b'proto', 2: b'json'}[author['encoding']]
    return b'\n'.join([b'suyuan-request-v1', origin.encode(), author['method'], encoding,
                       str(author['time']).encode(), hashlib.sha256(body).hexdigest().encode(),
                       b''])


def read_keys(folder):
    keys, path = {}, os.path.join(folder, 'keys.txt')
    if os.path.exists(path):
        for line in open(path):
            key, algorithm, spki = line.split()
            spki = bytes.fromhex(spki)
            if sha(bytes([int(algorithm)]), spki)[:16].hex() != key:
                raise Damaged('keys.txt: %s is not the id of its key' % key)
            keys[bytes.fromhex(key)] = (int(algorithm), spki)
    return keys


class Log:
    def __init__(self, folder):
        self.about = json.load(open(os.path.join(folder, 'log.json')))
        self.keys = read_keys(folder)
        self.tree, self.heads, self.requests = Tree(), {}, set()
        self.previous, self.time, self.schema = bytes(32), -1, 0
        self.signatures = 0

    def add(self, leaf_bytes, item_bytes):
        leaf, items = read_leaf(leaf_bytes), read_items(item_bytes)
        if leaf['sequence'] != self.tree.size:
            raise Damaged('another sequence')
        if leaf['previous'] != self.previous or leaf['record_time'] <= self.time:
            raise Damaged('does not follow the record before')
        if (leaf['kind'] == 1) != (self.tree.size == 0):
            raise Damaged('only the first record is genesis')
        self.schema += leaf['kind'] == 4
        if leaf['schema'] != self.schema:
            raise Damaged('another descriptor set')
        content = Tree()
        for kind, salt, data in items:
            content.add(sha(b'\0', salt, bytes([kind]), data))
        if content.root() != leaf['content_root']:
            raise Damaged('items do not hash to the content root')
        self.check_terms(leaf, read_terms(items[2][2]))
        self.check_author(read_authorship(items[0][2]), items[1][2])
        self.previous, self.time = sha(b'\0', leaf_bytes), leaf['record_time']
        self.tree.add(self.previous)

    def check_terms(self, leaf, terms):
        if terms['request'] in self.requests:
            raise Damaged('its request stands already')
        self.requests.add(terms['request'])
        for stream, version in terms['reads']:
            if self.heads.get(stream, ABSENT) != version:
                raise Damaged('it read %s at another version' % stream.decode())
        if len(terms['writes']) != len(leaf['links']):
            raise Damaged('terms and links differ')
        for (stream, salt), (tag, version) in zip(terms['writes'], leaf['links']):
            if sha(b'\2', salt, stream) != tag or self.heads.get(stream, ABSENT) != version:
                raise Damaged('its link to %s is wrong' % stream.decode())
        for stream, _ in terms['writes']:
            self.heads[stream] = leaf['sequence']

    def check_author(self, author, body):
        if not self.keys:
            return
        if author['key'] not in self.keys:
            raise Damaged('its key %s is not in keys.txt' % author['key'].hex())
        algorithm, spki = self.keys[author['key']]
        check = {1: p256_verify, 2: ed25519_verify}[algorithm]
        text = signed_text(self.about['origin'], author, body)
        if algorithm != author['algorithm'] or not check(spki, text, author['signature']):
            raise Damaged('its signature does not verify')
        self.signatures += 1


def verify(folder):
    log = Log(folder)
    reader = Reader(open(os.path.join(folder, 'records.bin'), 'rb').read())
    while not reader.done():
        try:
            log.add(reader.bytes(reader.int(4)), reader.bytes(reader.int(4)))
        except (Damaged, KeyError, UnicodeDecodeError) as problem:
            return {'verified': False, 'sequence': log.tree.size, 'error': str(problem)}
    root = log.tree.root().hex()
    right = root == log.about['root'] and log.tree.size == log.about['size']
    answer = {'verified': right, 'size': log.tree.size, 'root': root,
              'signatures': log.signatures}
    return answer if right else dict(answer, error='log.json names another size or root')


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        answer = verify(sys.argv[1])
    except (Damaged, OSError, ValueError) as problem:
        answer = {'verified': False, 'error': str(problem)}
    print(json.dumps(answer))
    sys.exit(0 if answer['verified'] else 1)


if __name__ == '__main__':
    main()
