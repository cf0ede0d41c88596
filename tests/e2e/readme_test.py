#!/usr/bin/env python3
"""The README's commands, read from the README: each is run as it stands there, or the test fails.

Usage: readme_test.py BIN_DIR
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.request

BIN = None
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), '../..'))
# These build first, so they are not run from within a test; demo_test plays the demo's script.
DEV = re.compile(r'\./dev (demo|test)( --[a-z-]+)*$')


def commands():
    """Indented lines and the `commands` of the text, in the README's order."""
    with open(os.path.join(ROOT, 'README.md'), encoding='utf-8') as file:
        text = file.read()
    inline = re.findall(r'`((?:\./dev|suyuan) [^`]+)`', text)
    return re.findall(r'^    (\S.*)$', text, re.M), inline


class ReadmeTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix='suyuan-')
        self.data = os.path.join(self.folder.name, 'data')

    def tearDown(self):
        self.folder.cleanup()

    def words(self, line):
        line = line.replace('build/release/bin/', BIN + '/')
        return [self.data if word == 'DATA' else word for word in line.split()]

    def serve(self, words):
        """Starts it on ports that are free, asks whether it is well, and ends it."""
        process = subprocess.Popen(
            words + ['--listen', '127.0.0.1:0', '--http', '127.0.0.1:0'],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            ready = json.loads(process.stdout.readline())
            with urllib.request.urlopen('http://%s/healthz' % ready['http'], timeout=20) as answer:
                self.assertEqual(answer.status, 200)
        finally:
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 0, errors)

    def test_every_command_of_the_readme_works(self):
        ran = []
        for line in commands()[0]:
            if DEV.match(line):
                continue
            words = self.words(line)
            if words[1:2] == ['init']:
                subprocess.run(words, check=True, capture_output=True, timeout=60)
            else:
                self.serve(words)
            ran.append(os.path.basename(words[0]) + ' ' + words[1])
        self.assertEqual(ran, ['suyuand init', 'suyuand --dir'])

    def test_every_command_named_in_the_text_is_there(self):
        for line in commands()[1]:
            if line.startswith('./dev'):
                self.assertRegex(line, DEV)
                continue
            subcommand = [word.split('|')[0] for word in line.split()[1:]]
            words = [os.path.join(BIN, 'suyuan'), *subcommand]
            if subcommand[-1] != '--help':
                words.append('--help')
            done = subprocess.run(words, capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, line + done.stderr)

    def test_the_dev_script_knows_its_commands(self):
        done = subprocess.run([os.path.join(ROOT, 'dev'), 'help'], capture_output=True, text=True,
                              timeout=60, check=True)
        for name in ('demo', 'test', 'bench', 'check'):
            self.assertIn('./dev ' + name, done.stdout)

    def test_the_files_it_points_to_are_there(self):
        with open(os.path.join(ROOT, 'README.md'), encoding='utf-8') as file:
            for path in re.findall(r'`([\w./-]+(?:/|\.md|\.py))`', file.read()):
                self.assertTrue(os.path.exists(os.path.join(ROOT, path)), path)


if __name__ == '__main__':
    BIN = os.path.abspath(sys.argv.pop(1))
    unittest.main()
