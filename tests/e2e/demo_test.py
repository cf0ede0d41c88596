#!/usr/bin/env python3
"""The demo as a newcomer runs it, on the built binaries: demo_test.py BIN_DIR [--sanitized]."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))
BINARIES = ''


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


class DemoTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix='suyuan-demo-test-')
        cls.done = run(sys.executable, os.path.join(ROOT, 'deploy', 'run_demo.py'),
                       '--bin', BINARIES, '--out', cls.folder.name, '--once', '--json')

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def result(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)
        return json.loads(self.done.stdout)

    def test_prints_exactly_one_object_with_every_key(self):
        self.assertEqual(len(self.done.stdout.splitlines()), 1, self.done.stderr)
        self.assertEqual(set(self.result()), {
            'batches', 'events', 'label_url', 'qr_png', 'labels_pdf', 'trace_back', 'trace_forward',
            'drill_scope', 'recall_scope', 'recall_page_seconds', 'scan_http_status',
            'proof_verified', 'store_verified', 'seconds', 'rss_mib'})

    @unittest.skipIf('--sanitized' in sys.argv, 'sanitizers need memory of their own')
    def test_stays_small(self):
        self.assertLessEqual(self.result()['rss_mib'], 256)

    # Counted by hand in deploy/sample/lufeng: 17 harvests, 7 graded, 4 split and 1 merged batches;
    # back: mix-a, mix, tomato-2-b, tomato-2, tomato-3; forward: tomato-3, mix, mix-a, mix-b.
    def test_finds_what_the_sample_holds(self):
        result = self.result()
        self.assertEqual(result['batches'], 29)
        self.assertEqual(result['trace_back'], 5)
        self.assertEqual(result['trace_forward'], 4)
        self.assertEqual(result['drill_scope'], 4)
        self.assertEqual(result['recall_scope'], 4)
        self.assertGreater(result['events'], result['batches'])

    def test_the_same_label_is_red_within_a_minute_of_the_recall(self):
        self.assertLess(self.result()['recall_page_seconds'], 60)

    def test_serves_the_scan_page_and_verifies_everything(self):
        result = self.result()
        self.assertEqual(result['scan_http_status'], 200)
        self.assertIs(result['proof_verified'], True)
        self.assertIs(result['store_verified'], True)

    def test_draws_a_label_that_two_decoders_read(self):
        result = self.result()
        with open(result['qr_png'], 'rb') as file:
            self.assertEqual(file.read(8), b'\x89PNG\r\n\x1a\n')
        zbar = run('zbarimg', '--quiet', '--raw', '-S*.disable', '-Sqrcode.enable',
                   result['qr_png'])
        self.assertEqual(zbar.stdout.strip(), result['label_url'], zbar.stderr)
        zxing = run('ZXingReader', '-format', 'QRCode', '-1', result['qr_png'])
        self.assertIn(result['label_url'], zxing.stdout + zxing.stderr)

    # The sheet as a printer lays it down: its first cell cut out, at 300 dots an inch.
    def test_prints_a_sheet_whose_first_label_two_decoders_read(self):
        result = self.result()
        cell = os.path.join(self.folder.name, 'cell')
        drawn = run('pdftoppm', '-png', '-singlefile', '-r', '300', '-x', '0', '-y', '0', '-W', '827',
                    '-H', '437', result['labels_pdf'], cell)
        self.assertEqual(drawn.returncode, 0, drawn.stderr)
        zbar = run('zbarimg', '--quiet', '--raw', '-S*.disable', '-Sqrcode.enable', cell + '.png')
        self.assertEqual(zbar.stdout.strip(), result['label_url'], zbar.stderr)
        zxing = run('ZXingReader', '-format', 'QRCode', '-1', cell + '.png')
        self.assertIn(result['label_url'], zxing.stdout + zxing.stderr)

    def test_says_each_step_in_chinese_with_an_english_gloss(self):
        self.assertIn(' 9. 想发走冻结的豇豆：批次已冻结，不能移动\n    Shipping the held cowpea',
                      self.done.stderr)


if __name__ == '__main__':
    BINARIES = sys.argv.pop(1)
    unittest.main(argv=[word for word in sys.argv if word != '--sanitized'], verbosity=2)
