"""verify.py agrees with the store on a sound export and refuses each damaged one."""
import base64
import json
import os
import random
import subprocess
import sys
import tempfile
import unittest

import verify

TOOL = os.environ['SUYUAN_EXPORT_TOOL']


class VerifyTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, 'log')
        subprocess.run([TOOL, self.path, '20'], check=True)
        self.records = os.path.join(self.path, 'records.bin')

    def tearDown(self):
        self.folder.cleanup()

    def test_a_sound_export_verifies_with_the_stores_own_root(self):
        answer = verify.verify(self.path)
        self.assertTrue(answer['verified'], answer)
        self.assertEqual((answer['size'], answer['signatures']), (21, 21))

    def test_a_signature_by_another_key_is_found(self):
        keys = os.path.join(self.path, 'keys.txt')
        lines = open(keys).read().splitlines()
        open(keys, 'w').write(lines[0] + '\n')
        self.assertIn('keys.txt', verify.verify(self.path)['error'])
        key, algorithm, _ = lines[0].split()
        open(keys, 'w').write('%s %s %s\n' % (key, algorithm, lines[1].split()[2]))
        with self.assertRaises(verify.Damaged):
            verify.verify(self.path)

    def test_any_flipped_bit_of_the_records_is_found(self):
        seed = random.randrange(2**32)
        rng = random.Random(seed)
        data = open(self.records, 'rb').read()
        for _ in range(40):
            at, bit = rng.randrange(len(data)), rng.randrange(8)
            changed = bytearray(data)
            changed[at] ^= 1 << bit
            open(self.records, 'wb').write(changed)
            try:
                verified = verify.verify(self.path)['verified']
            except verify.Damaged:
                verified = False
            self.assertFalse(verified, 'seed %d: bit %d of byte %d' % (seed, bit, at))

    def test_a_missing_last_record_is_found(self):
        log = json.load(open(os.path.join(self.path, 'log.json')))
        log['size'] += 1
        json.dump(log, open(os.path.join(self.path, 'log.json'), 'w'))
        self.assertFalse(verify.verify(self.path)['verified'])


def tile_name(number):
    """c2sp.org/tlog-tiles: groups of three digits, all but the last with an x."""
    text = str(number)
    text = text.zfill((len(text) + 2) // 3 * 3)
    groups = [text[i:i + 3] for i in range(0, len(text), 3)]
    return '/'.join(['x' + group for group in groups[:-1]] + groups[-1:])


class TilesTest(unittest.TestCase):
    """The folder is what C2SP tlog-tiles says, walked with nothing of ours."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, 'log')
        subprocess.run([TOOL, self.path, '700'], check=True)

    def tearDown(self):
        self.folder.cleanup()

    def read(self, *path):
        with open(os.path.join(self.path, *path), 'rb') as file:
            return file.read()

    def part(self, kind, index, width):
        suffix = '' if width == 256 else '.p/%d' % width
        return self.read('tile', kind, tile_name(index) + suffix)

    def test_the_checkpoint_is_signed_by_the_key_beside_it(self):
        text, signatures = self.read('checkpoint').decode().split('\n\n')
        name, key_hash, key = self.read('log.vkey').decode().strip().split('+', 2)
        key = base64.b64decode(key)
        dash, signer, signature = signatures.strip().split(' ')
        signature = base64.b64decode(signature)
        self.assertEqual((dash, signer, key[:1]), ('\u2014', name, b'\1'))
        self.assertEqual(signature[:4].hex(), key_hash)
        self.assertEqual(verify.sha(name.encode(), b'\n', key)[:4].hex(), key_hash)
        spki = bytes.fromhex('302a300506032b6570032100') + key[1:]
        self.assertTrue(verify.ed25519_verify(spki, (text + '\n').encode(), signature[4:]))

    def test_every_tile_and_the_root_follow_from_the_entries(self):
        origin, size, root = self.read('checkpoint').decode().split('\n')[:3]
        size, level, row = int(size), 0, []
        for first in range(0, size, 256):
            width = min(256, size - first)
            reader = verify.Reader(self.part('entries', first // 256, width))
            row += [verify.sha(b'\0', reader.text()) for _ in range(width)]
            self.assertTrue(reader.done())
        tree = verify.Tree()
        for leaf_hash in row:
            tree.add(leaf_hash)
        self.assertEqual(base64.b64encode(tree.root()).decode(), root)
        files = (size + 255) // 256
        while row:
            upper = []
            for first in range(0, len(row), 256):
                hashes = row[first:first + 256]
                self.assertEqual(self.part(str(level), first // 256, len(hashes)), b''.join(hashes))
                files += 1
                if len(hashes) == 256:
                    subtree = verify.Tree()
                    for node in hashes:
                        subtree.add(node)
                    upper.append(subtree.root())
            row, level = upper, level + 1
        found = sum(len(names) for _, _, names in os.walk(os.path.join(self.path, 'tile')))
        self.assertEqual(found, files)


class SignatureTest(unittest.TestCase):
    # RFC 6979 A.2.5, P-256 with SHA-256, message "sample"; s there is above n/2, so n - s.
    KEY = bytes.fromhex('3059301306072a8648ce3d020106082a8648ce3d03010703420004'
                        '60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6'
                        '7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299')
    R = 0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
    S = 0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8

    def test_p256_follows_rfc_6979_and_refuses_high_s(self):
        low = self.R.to_bytes(32, 'big') + (verify.N - self.S).to_bytes(32, 'big')
        high = self.R.to_bytes(32, 'big') + self.S.to_bytes(32, 'big')
        self.assertTrue(verify.p256_verify(self.KEY, b'sample', low))
        self.assertFalse(verify.p256_verify(self.KEY, b'sample', high))
        self.assertFalse(verify.p256_verify(self.KEY, b'Sample', low))

    def test_ed25519_follows_rfc_8032(self):
        key = bytes.fromhex('302a300506032b6570032100'
                            '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c')
        signature = bytes.fromhex(
            '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da'
            '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00')
        self.assertTrue(verify.ed25519_verify(key, b'\x72', signature))
        self.assertFalse(verify.ed25519_verify(key, b'\x73', signature))


if __name__ == '__main__':
    sys.path.insert(0, os.path.dirname(__file__))
    unittest.main()
