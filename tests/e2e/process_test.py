#!/usr/bin/env python3
"""suyuand as its operator meets it: real processes, signals, and the errors he reads.

Usage: process_test.py SUYUAND
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.request

SUYUAND = None
MODULES = ['ledger', 'trace', 'registry', 'origin', 'inspection', 'grading', 'shipment', 'label',
           'recall']


class Served:
    """A running suyuand; ready when made."""

    def __init__(self, directory, *options):
        self.process = subprocess.Popen(
            [SUYUAND, '--dir', directory, '--cleartext', '--listen', '127.0.0.1:0', '--http',
             '127.0.0.1:0', *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.ready = json.loads(line) if line else None

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=30)
        return self.process.returncode

    def post(self, method):
        request = urllib.request.Request(
            'http://%s/suyuan.v1.%s' % (self.ready['http'], method), data=b'{}',
            headers={'Content-Type': 'application/json'})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)


def run(*arguments):
    done = subprocess.run([SUYUAND, *arguments], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


class ProcessTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix='suyuan-')
        self.directory = os.path.join(self.folder.name, 'data')

    def tearDown(self):
        self.folder.cleanup()

    def init(self):
        return run('init', '--dir', self.directory, '--name', 'lufeng', '--demo',
                   '--public-url', 'http://127.0.0.1:7180')

    def test_init_makes_a_key_that_only_its_owner_reads_and_says_where(self):
        code, out, _ = self.init()
        key = os.path.join(self.directory, 'keys', 'operator.pem')
        self.assertEqual(code, 0)
        self.assertIn(key, out)
        self.assertEqual(os.stat(key).st_mode & 0o777, 0o600)

    def test_init_never_overwrites_a_ledger(self):
        self.init()
        code, _, err = self.init()
        self.assertEqual(code, 1)
        self.assertIn('there is a ledger in', err)

    # A backup in the ledger's place is refused by name; the operator's word is in the log for ever.
    def test_a_restored_backup_is_refused_until_the_operator_says_why(self):
        self.init()
        backup = os.path.join(self.folder.name, 'backup')
        shutil.copytree(self.directory, backup)
        self.assertEqual(Served(self.directory).stop(), 0)
        shutil.rmtree(self.directory)
        shutil.copytree(backup, self.directory)
        code, _, err = run('--dir', self.directory, '--cleartext')
        self.assertEqual(code, 1)
        self.assertIn('MARK_', err)
        self.assertIn('--accept-mark', err)
        served = Served(self.directory, '--accept-mark', 'the disk was lost')
        self.assertEqual(served.post('AuditService/GetCheckpoint')['size'], '2')
        self.assertEqual(served.stop(), 0)
        self.assertEqual(Served(self.directory).stop(), 0)

    # Clients have pinned the log's key: a start with another one must not sign a thing.
    def test_another_log_key_is_refused_by_name_and_the_right_one_is_let_in(self):
        self.init()
        served = Served(self.directory)
        self.assertEqual(served.post('AuditService/GetCheckpoint')['size'], '1')
        self.assertEqual(served.stop(), 0)
        other = os.path.join(self.folder.name, 'other')
        run('init', '--dir', other, '--name', 'other', '--public-url', 'http://127.0.0.1:7180')
        key = os.path.join(self.directory, 'keys', 'log.pem')
        shutil.move(key, key + '.kept')
        shutil.copy(os.path.join(other, 'keys', 'log.pem'), key)
        code, _, err = run('--dir', self.directory, '--cleartext')
        self.assertEqual(code, 1)
        self.assertIn('LOG_KEY_OTHER', err)
        shutil.move(key + '.kept', key)
        self.assertEqual(Served(self.directory).stop(), 0)

    def test_init_refuses_an_address_that_labels_could_not_carry(self):
        code, _, err = run('init', '--dir', self.directory, '--name', 'lufeng',
                           '--public-url', 'HTTPS://Trace.Example.cn/path')
        self.assertEqual(code, 1)
        self.assertIn('lower case', err)
        code, _, err = run('init', '--dir', self.directory, '--name', 'lufeng',
                           '--public-url', 'https://a-host-of-23-letters.cn')
        self.assertEqual(code, 1)
        self.assertIn('more than 22 do not fit', err)
        self.assertFalse(os.path.exists(os.path.join(self.directory, 'log')))

    def test_start_without_a_ledger_says_what_to_do(self):
        code, _, err = run('--dir', self.directory, '--cleartext')
        self.assertEqual(code, 1)
        self.assertIn('suyuand init', err)

    def test_usage_errors_have_an_exit_code_of_their_own(self):
        self.assertEqual(run('--nonsense')[0], 2)
        self.assertEqual(run()[0], 2)

    def test_unknown_modules_are_refused_by_name(self):
        self.init()
        code, _, err = run('--dir', self.directory, '--modules=ledger,nothing', '--cleartext')
        self.assertEqual(code, 1)
        self.assertIn('nothing', err)

    def test_a_listener_without_tls_is_asked_for_and_on_this_machine_only(self):
        self.init()
        code, _, err = run('--dir', self.directory)
        self.assertEqual(code, 1)
        self.assertIn('--cleartext', err)
        code, _, err = run('--dir', self.directory, '--cleartext', '--listen', '0.0.0.0:0')
        self.assertEqual(code, 1)
        self.assertIn('--tls', err)

    def test_sigterm_ends_it_well(self):
        self.init()
        served = Served(self.directory)
        self.assertTrue(served.ready['ready'])
        self.assertEqual(served.stop(), 0)

    def test_a_second_process_is_turned_away_and_the_first_goes_on(self):
        self.init()
        served = Served(self.directory)
        code, _, err = run('--dir', self.directory, '--cleartext', '--listen', '127.0.0.1:0', '--http',
                           '127.0.0.1:0')
        self.assertEqual(code, 1)
        self.assertIn(self.directory, err)
        self.assertEqual(served.post('AuditService/GetCheckpoint')['size'], '1')
        self.assertEqual(served.stop(), 0)

    def test_a_taken_port_is_named(self):
        self.init()
        served = Served(self.directory)
        other = os.path.join(self.folder.name, 'other')
        run('init', '--dir', other, '--name', 'other', '--public-url', 'http://127.0.0.1:7180')
        code, _, err = run('--dir', other, '--cleartext', '--listen', served.ready['grpc'], '--http',
                           '127.0.0.1:0')
        self.assertEqual(code, 1)
        self.assertIn(served.ready['grpc'], err)
        self.assertEqual(served.stop(), 0)

    def test_every_module_runs_in_a_process_of_its_own(self):
        self.init()
        parts = []
        for module in MODULES:
            parts.append(Served(self.directory, '--modules=' + module))
        portal = Served(self.directory, '--modules=portal')
        info = portal.post('IdentityService/GetServerInfo')  # registry, which asks ledger.
        checkpoint = portal.post('AuditService/GetCheckpoint')  # trace, which asks ledger.
        self.assertTrue(checkpoint['note'].startswith(info['origin'] + '\n1\n'))
        self.assertEqual(portal.stop(), 0)
        for part in reversed(parts):
            self.assertEqual(part.stop(), 0)


if __name__ == '__main__':
    SUYUAND = sys.argv.pop(1)
    unittest.main(verbosity=1)
