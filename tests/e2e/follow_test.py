#!/usr/bin/env python3
"""docs/operations-backup.md, "Follow": a copy of a live log over real processes, killed on either
side again and again, and promoted where its leader is gone.

Usage: follow_test.py BIN_DIR
"""
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import unittest

BIN = None
STARTED = []  # Ended with the test, however that ends.
ROUNDS = 4


class Served:
    """A running suyuand; ready when made."""

    def __init__(self, directory, *options):
        self.log = open(directory + '.log', 'ab')
        self.process = subprocess.Popen(
            [os.path.join(BIN, 'suyuand'), '--dir', directory, '--cleartext', '--http',
             '127.0.0.1:0', *options],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        STARTED.append(self.process)
        line = self.process.stdout.readline()
        self.ready = json.loads(line) if line else None

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait(timeout=60)
        self.process.stdout.close()
        self.log.close()
        return self.process.returncode


class FollowTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix='suyuan-')
        self.data, self.copy = self.path('data'), self.path('copy')
        subprocess.run([os.path.join(BIN, 'suyuand'), 'init', '--dir', self.data, '--name', 'lufeng',
                        '--demo', '--public-url', 'http://127.0.0.1:7180'], check=True,
                       stdout=subprocess.DEVNULL)
        self.seed = random.randrange(2**31)
        self.random = random.Random(self.seed)
        print('seed %d' % self.seed, file=sys.stderr)
        self.leader = Served(self.data, '--listen', '127.0.0.1:0')
        self.address = self.leader.ready['grpc']
        self.profile('leader', self.address)

    def tearDown(self):
        while STARTED:
            STARTED.pop().kill()
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def suyuan(self, profile, *arguments, check=True):
        return subprocess.run([os.path.join(BIN, 'suyuan'), '--config', self.path('config.json'),
                               '--profile', profile, '--json', *arguments], capture_output=True,
                              text=True, check=check)

    def profile(self, name, address):
        self.suyuan(name, 'profile', 'set', name, '--server', address, '--key',
                    os.path.join(self.data, 'keys', 'operator.pem'))

    def follow(self, *options):
        self.follower = Served(self.copy, '--listen', '127.0.0.1:0', '--follow', self.address,
                               *options)
        self.profile('copy', self.follower.ready['grpc'])

    def load(self, batches):
        """A season of its own, while the test goes on; its leader may be killed."""
        seed = self.random.randrange(2**31)
        return subprocess.Popen(
            [os.path.join(BIN, 'suyuan'), '--config', self.path('config.json'), '--profile',
             'leader', '--json', 'sample', 'load', '--batches', str(batches), '--seed', str(seed),
             '--keys', self.path('keys'), '--second-key',
             os.path.join(self.data, 'keys', 'operator-2.pem')], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def status(self, profile):
        return json.loads(self.suyuan(profile, 'server', 'status').stdout)

    def catch_up(self, size):
        """Until the copy has so many records; fails where it has stopped."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            here = self.status('copy')
            self.assertEqual(here['following'].get('stopped', ''), '')
            if here['size'] == size == here['publishedSize']:
                return
        self.fail('the copy stays behind: %s' % here)

    def test_killed_on_both_sides_it_loses_nothing_and_is_promoted(self):
        backups = self.path('backups')
        self.suyuan('leader', 'backup', self.data, '--live', '--out', backups)
        self.suyuan('leader', 'restore', '--from', backups, '--to', self.copy)
        self.follow()
        for number in range(ROUNDS):
            loading = self.load(60)
            time.sleep(self.random.uniform(0.1, 1.0))  # Where the kill falls, not what is expected.
            if number % 2 == 0:
                self.assertEqual(self.follower.end(signal.SIGKILL), -signal.SIGKILL)
                self.follow()
            else:
                self.assertEqual(self.leader.end(signal.SIGKILL), -signal.SIGKILL)
                self.leader = Served(self.data, '--listen', self.address)
            loading.wait(timeout=60)
        self.catch_up(self.status('leader')['size'])
        self.assertEqual(self.leader.end(signal.SIGKILL), -signal.SIGKILL)
        self.assertEqual(self.follower.end(), 0)
        # As it stands it is nobody's ledger; with the mark moved here it is.
        refused = subprocess.run([os.path.join(BIN, 'suyuand'), '--dir', self.copy, '--cleartext'],
                                 capture_output=True, text=True, timeout=60)
        self.assertEqual(refused.returncode, 1)
        self.assertIn('FOLLOWER', refused.stderr)
        os.rename(self.data + '.mark', self.copy + '.mark')
        promoted = Served(self.copy, '--listen', self.address, '--promote')
        self.assertEqual(self.load(5).wait(timeout=60), 0)
        self.assertEqual(promoted.end(), 0)
        verified = self.suyuan('leader', 'store', 'verify', self.copy)
        self.assertTrue(json.loads(verified.stdout)['verified'])
        # Its mark is gone, and with it the right to write.
        old = subprocess.run([os.path.join(BIN, 'suyuand'), '--dir', self.data, '--cleartext'],
                             capture_output=True, text=True, timeout=60)
        self.assertIn('MARK_MISSING', old.stderr)

    # The planned way: nobody writes, and the copy comes to the very end.
    def test_a_leader_that_only_shows_its_log_is_followed_to_the_end(self):
        backups = self.path('backups')
        self.suyuan('leader', 'backup', self.data, '--live', '--out', backups)
        self.suyuan('leader', 'restore', '--from', backups, '--to', self.copy)
        self.assertEqual(self.load(20).wait(timeout=60), 0)
        size = self.status('leader')['size']
        self.assertEqual(self.leader.end(), 0)
        self.leader = Served(self.data, '--listen', self.address,
                             '--modules=ledger,portal')
        self.follow()
        self.catch_up(size)
        self.assertEqual(self.follower.end(), 0)
        self.assertEqual(self.leader.end(), 0)
        os.rename(self.data + '.mark', self.copy + '.mark')
        promoted = Served(self.copy, '--listen', '127.0.0.1:0', '--promote')
        self.assertTrue(promoted.ready['ready'])
        self.assertEqual(promoted.end(), 0)


if __name__ == '__main__':
    BIN = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=1)
