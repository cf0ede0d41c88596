#!/usr/bin/env python3
"""What a stranger's own tools make of a live log: stranger_test.py BIN_DIR.

Go's golang.org/x/mod/sumdb (skipped where Debian's golang-go and golang-golang-x-mod-dev are not
installed) and docs/verify_label.py, over HTTP, over a copy of the files, and over damaged copies.
"""
import http.server
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import types
import unittest
import urllib.error
import urllib.request

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))
sys.path.insert(0, os.path.join(ROOT, 'deploy'))
import go_tlog  # noqa: E402
import run_demo  # noqa: E402

BINARIES = ''
VERIFY = os.path.join(ROOT, 'docs', 'verify_label.py')
RECORDS_MIN = 600  # Full tiles, a partial one, and a second level.


def get(address):
    with urllib.request.urlopen(address, timeout=20) as answer:
        return answer.read()


def tile_paths(size):
    """Every file of a log of that size, the partial ones last."""
    paths = ['checkpoint']
    kinds = [('entries', 0)] + [(str(level), level) for level in range(8)]
    for name, level in kinds:
        count = size >> 8 * level
        for index in range(count // 256):
            paths.append('tile/%s/%03d' % (name, index))
        if count % 256:
            paths.append('tile/%s/%03d.p/%d' % (name, count // 256, count % 256))
    return paths


class StrangerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix='suyuan-stranger-')
        out = cls.folder.name
        cls.server = run_demo.Server(BINARIES, os.path.join(out, 'data'))
        cls.base = 'http://' + cls.server.ready['http']
        options = types.SimpleNamespace(bin=BINARIES, json=True)
        cls.label = run_demo.play(options, cls.server.ready, out)['label_url']
        cls.suyuan('sample', 'load', '--batches', '420', '--keys', os.path.join(out, 'keys'),
                   '--second-key', os.path.join(out, 'data', 'keys', 'operator-2.pem'))
        # A proof waits for a checkpoint that holds its record.
        cls.suyuan('proof', 'get', str(RECORDS_MIN), '--out',
                   os.path.join(out, 'record.tlog-proof'))
        info = json.loads(cls.suyuan('server', 'info').stdout)
        cls.key = info['logVerifierKey']
        cls.go = go_tlog.build(out, os.path.join(BINARIES, '..', 'go-cache'))
        cls.seed = random.randrange(2**31)
        print('seed %d' % cls.seed, file=sys.stderr)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.folder.cleanup()

    @classmethod
    def suyuan(cls, *arguments):
        return subprocess.run([os.path.join(BINARIES, 'suyuan'), '--config',
                               os.path.join(cls.folder.name, 'config.json'), '--profile',
                               'operator', '--json', *arguments],
                              capture_output=True, text=True, check=True)

    def with_go(self, base, count=150, key=None):
        if self.go is None:
            self.skipTest(go_tlog.MISSING)
        return subprocess.run([self.go, '-key', key or self.key, '-seed', str(self.seed), '-count',
                               str(count), base], capture_output=True, text=True, check=False)

    def copy(self):
        """The log's files in a folder of their own, as a mirror has them."""
        folder = tempfile.mkdtemp(dir=self.folder.name)
        note = get(self.base + '/checkpoint')
        for path in tile_paths(int(note.split(b'\n')[1])):
            place = os.path.join(folder, path)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, 'wb') as file:
                file.write(note if path == 'checkpoint' else get('%s/%s' % (self.base, path)))
        return folder

    def expect_refused(self, folder, why):
        done = self.with_go(folder)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertRegex(done.stderr, why)

    def test_go_finds_the_live_log_sound_and_its_proofs_gos_own(self):
        done = self.with_go(self.base)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertGreaterEqual(int(done.stdout), RECORDS_MIN)

    def test_go_finds_a_copy_of_the_files_sound(self):
        done = self.with_go(self.copy())
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_truncated_tile_is_found(self):
        folder = self.copy()
        with open(os.path.join(folder, 'tile/0/001'), 'r+b') as file:
            file.truncate(8160)
        self.expect_refused(folder, 'is 8160 bytes long')

    def test_reordered_tiles_are_found(self):
        folder = self.copy()
        swap(*(os.path.join(folder, 'tile/0/00%d' % i) for i in (0, 1)))
        # x/mod 0.7.0 leaves some tiles to the proof they end in.
        self.expect_refused(folder, 'inconsistent tile|invalid transparency proof')

    def test_reordered_leaves_are_found(self):
        folder = self.copy()
        swap(*(os.path.join(folder, 'tile/entries/00%d' % i) for i in (0, 1)))
        self.expect_refused(folder, 'invalid transparency proof')

    def test_a_truncated_bundle_is_found(self):
        folder = self.copy()
        place = os.path.join(folder, 'tile/entries/000')
        with open(place, 'r+b') as file:
            file.truncate(os.path.getsize(place) - 1)
        self.expect_refused(folder, 'does not hold 256 leaves')

    def test_a_checkpoint_of_another_log_is_found(self):
        folder = self.copy()
        with open(os.path.join(folder, 'checkpoint'), 'r+b') as file:
            note = file.read().replace(b'lufeng-demo/', b'lufeng-dem0/', 1)
            file.seek(0)
            file.write(note)
        self.expect_refused(folder, 'invalid signature')

    def verify_label(self, address, key=None):
        return subprocess.run([sys.executable, VERIFY, address, key or self.key],
                              capture_output=True, text=True, check=False)

    def test_the_script_of_the_guide_finds_a_labels_record(self):
        done = self.verify_label(self.label)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('is in the log', done.stdout)

    def test_the_script_of_the_guide_is_not_taken_in(self):
        folder = self.copy()
        with open(os.path.join(folder, 'page'), 'wb') as file:
            file.write(get(self.label))
        with Mirror(folder) as address:
            done = self.verify_label(address + '/page')
            self.assertEqual(done.returncode, 0, done.stderr)
            record = int(done.stdout.split()[1])
            bundle = os.path.join(folder, 'tile/entries/%03d' % (record // 256))
            tiles = os.path.join(folder, 'tile/0')
            last = os.path.join(tiles, next(name for name in os.listdir(tiles) if name.endswith('.p')))
            last = os.path.join(last, os.listdir(last)[0])
            for place, at, why in ((os.path.join(folder, 'checkpoint'), 20, 'not signed by the key'),
                                   (last, 0, 'not in the signed tree'),
                                   (bundle, leaf_offset(bundle, record % 256), 'not in the signed tree')):
                flip(place, at)
                done = self.verify_label(address + '/page')
                flip(place, at)
                self.assertEqual(done.returncode, 1, place)
                self.assertIn(why, done.stderr)
        other = self.key.replace('lufeng-demo/', 'lufeng-dem0/')
        self.assertIn('not signed by the key', self.verify_label(self.label, other).stderr)

    def test_the_commands_of_the_guide_verify_the_checkpoint(self):
        with open(os.path.join(ROOT, 'docs', 'verify-it-yourself.md'), encoding='utf-8') as file:
            commands = re.search(r'```sh\n(.*?)```', file.read(), re.S).group(1)
        for key, code in ((self.key, 0), (self.key[:-8] + 'AAAAAAAA', 1)):
            done = subprocess.run(['sh', '-c', commands], cwd=tempfile.mkdtemp(dir=self.folder.name),
                                  env={**os.environ, 'BASE': self.base, 'KEY': key},
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, code, done.stdout + done.stderr)
            self.assertEqual('Verified Successfully' in done.stdout, code == 0)

    def test_the_script_of_the_guide_is_short_and_needs_nothing(self):
        with open(VERIFY, encoding='utf-8') as file:
            lines = [line for line in file if line.strip()]
        self.assertLessEqual(len(lines), 60)


class ExportTest(unittest.TestCase):
    """The same files, written by a stopped ledger's operator."""

    def test_go_finds_an_exported_folder_sound(self):
        folder = tempfile.TemporaryDirectory(prefix='suyuan-stranger-')
        self.addCleanup(folder.cleanup)
        go = go_tlog.build(folder.name, os.path.join(BINARIES, '..', 'go-cache'))
        if go is None:
            self.skipTest(go_tlog.MISSING)
        data, out = (os.path.join(folder.name, name) for name in ('data', 'public'))

        def suyuan(*arguments):
            return subprocess.run([os.path.join(BINARIES, 'suyuan'), '--config', folder.name + '/config',
                                   '--json', *arguments], capture_output=True, text=True, check=True).stdout

        if '--public' not in suyuan('store', 'export', '--help'):
            self.skipTest('this suyuan has no store export --public')
        with run_demo.Server(BINARIES, data) as server:
            suyuan('profile', 'set', 'operator', '--server', server.ready['grpc'], '--key',
                   server.ready['operator_key'])
            suyuan('sample', 'load', '--batches', '250', '--keys', os.path.join(folder.name, 'keys'),
                   '--second-key', os.path.join(data, 'keys', 'operator-2.pem'))
            suyuan('proof', 'get', '257', '--out', os.path.join(folder.name, 'record.tlog-proof'))
            key = json.loads(suyuan('server', 'info'))['logVerifierKey']
        suyuan('store', 'export', data, '--public', '--out', out)
        done = subprocess.run([go, '-key', key, out], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertGreater(int(done.stdout), 256)


def swap(first, second):
    os.rename(first, first + '.moved')
    os.rename(second, first)
    os.rename(first + '.moved', second)


def flip(place, at):
    """One bit of a file."""
    with open(place, 'r+b') as file:
        content = bytearray(file.read())
        content[at] ^= 1
        file.seek(0)
        file.write(content)


def leaf_offset(bundle, number):
    """Where in a bundle the last byte of a leaf is."""
    with open(bundle, 'rb') as file:
        content = file.read()
    at = 0
    for _ in range(number + 1):
        at += 2 + int.from_bytes(content[at:at + 2], 'big')
    return at - 1


class Mirror:
    """A folder over HTTP, at the address it gives."""

    def __init__(self, folder):
        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *arguments):
                super().__init__(*arguments, directory=folder)

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return 'http://127.0.0.1:%d' % self.server.server_address[1]

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


if __name__ == '__main__':
    BINARIES = sys.argv.pop(1)
    unittest.main(verbosity=2)
