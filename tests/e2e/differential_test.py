#!/usr/bin/env python3
"""Our proofs, notes and paths beside Go's: differential_test.py BIN_DIR. Skipped without Go.

Proofs are to be equal byte for byte. Of notes and paths, whatever we read Go reads, and reads the
same; what Go reads and we do not is of one of the kinds named here.
"""
import base64
import os
import random
import re
import subprocess
import sys
import tempfile
import unittest

import go_tlog

BINARIES = ''
SIZE_MAX = 1 << 20
# The example of Go's documentation of sumdb/note.
KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
TEXT = ("If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n")
LINE = ('\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng'
        'otpRZb6KE6RyyBwJnAM=\n')
OTHER = '\u2014 grease.example AAAAAAE=\n'
NOTES = [TEXT + '\n' + LINE, TEXT + '\n' + OTHER + LINE + OTHER, TEXT + '\n' + LINE + LINE,
         TEXT + '\n' + OTHER]
PATHS = ['tile/0/000', 'tile/0/x001/x234/067', 'tile/1/273.p/112', 'tile/63/999.p/1',
         'tile/entries/x001/000.p/255', 'tile/data/000']


def changed(rng, content):
    """A few bytes changed, taken out, put in, or copied from elsewhere in it."""
    content = bytearray(content)
    for _ in range(rng.randrange(4)):
        at = rng.randrange(len(content) + 1)
        kind = rng.randrange(4)
        if kind == 0 and at < len(content):
            content[at] = rng.randrange(256) if rng.random() < 0.5 else rng.choice(b'0123456789x/+= \n')
        elif kind == 1:
            content.insert(at, rng.choice(b'0123456789x/p.+= \n\t'))
        elif kind == 2:
            del content[at:at + rng.randrange(1, 4)]
        else:
            start = rng.randrange(len(content) + 1)
            content[at:at] = content[start:start + rng.randrange(90)]
    return bytes(content)


def stricter(note):
    """Whether we refuse a note that Go takes: loose base64, or a key that signs twice."""
    seen = set()
    for line in note[note.rindex(b'\n\n') + 2:].decode().splitlines():
        name, _, text = line[2:].partition(' ')
        try:
            content = base64.b64decode(text)
        except ValueError:
            return True
        if base64.b64encode(content).decode() != text or (name, content[:4]) in seen:
            return True
        seen.add((name, content[:4]))
    return False


class DifferentialTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix='suyuan-differential-')
        cls.addClassCleanup(cls.folder.cleanup)
        cls.go = go_tlog.build(cls.folder.name, os.path.join(BINARIES, '..', 'go-cache'))
        if cls.go is None:
            raise unittest.SkipTest(go_tlog.MISSING)
        seed = int(os.environ.get('SUYUAN_SEED', random.randrange(2**31)))
        print('SUYUAN_SEED=%d' % seed, file=sys.stderr)
        cls.rng = random.Random(seed)

    def answers(self, questions):
        """Pairs of our answer and Go's."""
        text = '\n'.join(questions) + '\n'
        both = [subprocess.run(command, input=text, capture_output=True, text=True, check=True)
                .stdout.splitlines()
                for command in ([os.path.join(BINARIES, 'differential_tool')], [self.go, '-answer'])]
        self.assertEqual([len(answers) for answers in both], [len(questions)] * 2)
        return list(zip(*both))

    def expect_equal(self, questions):
        for question, (ours, theirs) in zip(questions, self.answers(questions)):
            self.assertTrue(ours.startswith('ok'), question)
            self.assertEqual(ours, theirs, question)

    def test_all_proofs_of_trees_of_up_to_300_leaves_are_gos(self):
        self.expect_equal(['inclusion %d %d' % (index, size)
                           for size in range(1, 301) for index in range(size)] +
                          ['consistency %d %d' % (old, size)
                           for size in range(1, 301) for old in range(1, size + 1)])

    def test_proofs_of_large_trees_are_gos(self):
        questions = []
        for _ in range(1000):
            size = self.rng.randrange(1, SIZE_MAX + 1)
            questions.append('inclusion %d %d' % (self.rng.randrange(size), size))
            questions.append('consistency %d %d' % (self.rng.randrange(1, size + 1), size))
        self.expect_equal(questions)

    def test_notes_are_read_as_go_reads_them(self):
        notes = [note.encode() for note in NOTES]
        notes += [changed(self.rng, self.rng.choice(notes)) for _ in range(20000)]
        read = 0
        answers = self.answers(['note %s %s' % (KEY, note.hex() or '00') for note in notes])
        for note, (ours, theirs) in zip(notes, answers):
            if ours != theirs:
                self.assertEqual(ours, 'refused', note)
                self.assertTrue(stricter(note), note)
            read += ours != 'refused'
        self.assertGreater(read, 1000)

    def test_paths_are_read_as_go_reads_them(self):
        paths = [path.encode() for path in PATHS]
        paths += [changed(self.rng, self.rng.choice(paths)) for _ in range(20000)]
        paths = [path for path in paths if path]
        read = 0
        for path, (ours, theirs) in zip(paths, self.answers(['path ' + path.hex() for path in paths])):
            if ours != theirs:
                # Go reads paths of trees of more than 2^63 records, which the format has not.
                self.assertEqual(ours, 'refused', path)
                level, index = re.match(r'ok (-?\d+) (\d+)', theirs).groups()
                self.assertTrue(int(level) > 63 or int(index) >= 2**55, path)
            read += ours != 'refused'
        self.assertGreater(read, 1000)


if __name__ == '__main__':
    BINARIES = sys.argv.pop(1)
    unittest.main(verbosity=2)
