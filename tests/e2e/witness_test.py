#!/usr/bin/env python3
"""A log and `suyuan witness` as two processes: docs/operate-the-log.md, "Witnesses".

Usage: witness_test.py BIN_DIR
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

BIN = None
STARTED = []  # Ended with the test, however that ends.


def start(words, log):
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, text=True)
    STARTED.append(process)
    line = process.stdout.readline()
    return process, json.loads(line) if line else None


def end(process, number=signal.SIGTERM):
    process.send_signal(number)
    process.wait(timeout=60)
    process.stdout.close()
    return process.returncode


class WitnessTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix='suyuan-')
        self.data = self.path('data')
        self.log = open(self.path('stderr'), 'wb')
        subprocess.run([os.path.join(BIN, 'suyuand'), 'init', '--dir', self.data, '--name', 'lufeng',
                        '--demo', '--public-url', 'http://127.0.0.1:7180'], check=True,
                       stdout=subprocess.DEVNULL)

    def tearDown(self):
        while STARTED:
            STARTED.pop().kill()
        self.log.close()
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def suyuan(self, *arguments):
        done = subprocess.run([os.path.join(BIN, 'suyuan'), '--config', self.path('config.json'),
                               '--profile', 'operator', '--json', *arguments],
                              capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    def serve(self, *options):
        server, ready = start([os.path.join(BIN, 'suyuand'), '--dir', self.data, '--cleartext',
                               '--listen', '127.0.0.1:0', '--http', '127.0.0.1:0', *options],
                              self.log)
        self.suyuan('profile', 'set', 'operator', '--server', ready['grpc'], '--key',
                    ready['operator_key'])
        return server

    def witness(self, listen):
        return start([os.path.join(BIN, 'suyuan'), '--json', 'witness', '--name', 'bureau.example',
                      '--key', self.path('witness.pem'), '--state', self.path('witness'), '--log',
                      self.log_key, '--listen', listen], self.log)

    def write(self):
        """The sequence of a new record."""
        return self.suyuan('party', 'register', '--name', '合作社', '--role',
                           'cooperative')['receipt']['sequence']

    def await_level(self, sequence, level):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.suyuan('receipt', 'get', sequence)['level'] == level:
                return
        self.fail('record %s does not come to %s' % (sequence, level))

    def test_its_death_costs_a_level_and_its_return_brings_it_back(self):
        server = self.serve()
        self.log_key = self.suyuan('server', 'info')['logVerifierKey']
        self.assertEqual(end(server), 0)
        witness, ready = self.witness('127.0.0.1:0')
        address = '127.0.0.1:%d' % ready['port']
        policy = self.path('policy')
        with open(policy, 'w', encoding='utf-8') as file:
            file.write('log %s\nwitness bureau %s http://%s\nquorum bureau\n'
                       % (self.log_key, ready['verifierKey'], address))
        server = self.serve('--policy', policy)
        self.await_level(self.write(), 'LEVEL_WITNESSED')
        self.assertEqual(end(witness, signal.SIGKILL), -signal.SIGKILL)
        alone = self.write()
        self.await_level(alone, 'LEVEL_PUBLISHED')
        # What it had cosigned it still knows: it goes on from there, and nowhere else.
        witness, ready = self.witness(address)
        again = self.write()
        self.await_level(again, 'LEVEL_WITNESSED')
        self.await_level(alone, 'LEVEL_WITNESSED')
        # A stranger's check of the proof, with the policy alone.
        proof = self.path('record.tlog-proof')
        self.suyuan('proof', 'get', again, '--out', proof)
        checked = self.suyuan('proof', 'check', proof, '--policy', policy)
        self.assertTrue(checked['verified'])
        self.assertEqual(end(server), 0)
        self.assertEqual(end(witness), 0)


if __name__ == '__main__':
    BIN = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=1)
