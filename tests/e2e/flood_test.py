#!/usr/bin/env python3
"""Peers that misuse the member port's HTTP/2, as far as one machine can: what each of them gets, and
that everybody else is still served.

Usage: flood_test.py BINARIES [--sanitized]
"""
import json
import os
import resource
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import zlib

BINARIES = None
SANITIZED = False  # Then memory is the sanitizer's, which keeps what is freed.
DEADLINE = 30  # Seconds to wait for what must happen.
PREFACE = b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM, END_HEADERS = 1, 4
MEBIBYTE = 1 << 20


def is_over(kind, _):
    """The call, or the whole connection, is ended."""
    return kind in (HEADERS, RST_STREAM, GOAWAY)


def run(program, *arguments):
    return subprocess.run([os.path.join(BINARIES, program), *arguments], capture_output=True,
                          text=True, timeout=60)


def frame(kind, flags, stream, payload=b''):
    return struct.pack('>I', len(payload))[1:] + bytes([kind, flags]) + struct.pack(
        '>I', stream) + payload


def field(name, value):
    """A header as HPACK's literal without indexing (RFC 7541 6.2.2), Huffman left out."""
    def text(one):
        one = one.encode()
        if len(one) < 127:
            return bytes([len(one)]) + one
        length, rest = b'\x7f', len(one) - 127
        while rest >= 128:
            length, rest = length + bytes([rest % 128 + 128]), rest // 128
        return length + bytes([rest]) + one
    return b'\x00' + text(name) + text(value)


def call_headers(*more):
    fields = [(':method', 'POST'), (':scheme', 'https'), (':authority', 'localhost'),
              (':path', '/suyuan.v1.IdentityService/GetServerInfo'), ('te', 'trailers'),
              ('content-type', 'application/grpc'), *more]
    return b''.join(field(*one) for one in fields)


class Peer:
    """One connection that says what it likes, and reads until it is let go."""

    def __init__(self, test):
        host, port = test.address.rsplit(':', 1)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(os.path.join(test.folder.name, 'ca/ca.crt'))
        context.set_alpn_protocols(['h2'])
        self.socket = context.wrap_socket(socket.create_connection((host, int(port)), DEADLINE),
                                          server_hostname='localhost')
        self.got = b''
        self.send(PREFACE + frame(SETTINGS, 0, 0))

    def send(self, data):
        """False: the other side has let go."""
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def read(self, until=lambda kind, payload: False):
        """Frames as they come, until one that is waited for or the end."""
        frames = []
        while True:
            while len(self.got) >= 9 and len(self.got) >= 9 + int.from_bytes(self.got[:3], 'big'):
                size = int.from_bytes(self.got[:3], 'big')
                kind, payload = self.got[3], self.got[9:9 + size]
                self.got = self.got[9 + size:]
                frames.append((kind, payload))
                if until(kind, payload):
                    return frames
            try:
                more = self.socket.recv(65536)
            except (ConnectionError, ssl.SSLError, TimeoutError):
                return frames
            if not more:
                return frames
            self.got += more

    def pour(self, stream, data):
        """Sends as far as the other side's windows let it; frames until the call or all ends."""
        frames, window, at = [], 65_535, 0
        while at < len(data):
            while window < 16_000:
                come = self.read(lambda kind, payload: True)
                frames += come
                if not come or is_over(*come[-1]):
                    return frames
                window += sum(int.from_bytes(payload, 'big') for kind, payload in come
                              if kind == WINDOW_UPDATE)
            if not self.send(frame(DATA, 0, stream, data[at:at + 16_000])):
                return frames
            at, window = at + 16_000, window - 16_000
        return frames + self.read(is_over)

    def close(self):
        self.socket.close()


class FloodTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix='suyuan-')
        data = self.path('data')
        for program, *arguments in (
                ('suyuandinit', '--dir', data, '--name', 'lufeng', '--demo', '--public-url',
                 'https://127.0.0.1:7180'),
                ('suyuan', 'cert', 'authority', self.path('ca')),
                ('suyuan', 'cert', 'issue', self.path('tls'), '--authority', self.path('ca'),
                 '--host', '127.0.0.1', '--host', 'localhost')):
            if program == 'suyuandinit':
                program, arguments = 'suyuand', ['init', *arguments]
            made = run(program, *arguments)
            self.assertEqual(made.returncode, 0, made.stderr)
        self.process = subprocess.Popen(
            [os.path.join(BINARIES, 'suyuand'), '--dir', data, '--tls', self.path('tls'),
             '--listen', '127.0.0.1:0', '--http', '127.0.0.1:0'], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(self.process.kill)
        self.address = json.loads(self.process.stdout.readline())['grpc']
        run('suyuan', '--config', self.path('config.json'), 'profile', 'set', 'own', '--server',
            self.address, '--key', os.path.join(data, 'keys/operator.pem'), '--ca',
            self.path('ca/ca.crt'))
        self.expect_served()

    def tearDown(self):
        self.expect_served()
        self.process.send_signal(signal.SIGTERM)
        self.process.stdout.close()
        self.assertEqual(self.process.wait(timeout=60), 0)
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def expect_served(self):
        """Somebody else's call goes through."""
        shown = run('suyuan', '--config', self.path('config.json'), '--profile', 'own', '--timeout',
                    '20', 'server', 'info')
        self.assertEqual(shown.returncode, 0, shown.stderr)

    def resident(self):
        with open('/proc/%d/statm' % self.process.pid) as statm:
            return int(statm.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')

    def assertRefused(self, frames):
        """It is over, and not with an answer."""
        kinds = [kind for kind, _ in frames]
        self.assertNotIn(DATA, kinds)
        self.assertTrue({HEADERS, RST_STREAM, GOAWAY} & set(kinds), kinds)
        for kind, payload in frames:
            self.assertNotIn(b'grpc-status\x010', payload)

    def expect_grown_less(self, before, mebibytes):
        if not SANITIZED:
            self.assertLess(self.resident() - before, mebibytes * MEBIBYTE)

    def peer(self):
        peer = Peer(self)
        self.addCleanup(peer.close)
        return peer

    # F29, B5: who reads slowly is waited for, within bounds, and who is gone in the middle is forgotten.
    def test_readers_that_stop_or_vanish_hold_nobody_up(self):
        own = ('--config', self.path('config.json'), '--profile', 'own')
        loaded = run('suyuan', *own, 'sample', 'load', '--batches', '3000', '--keys',
                     self.path('keys'), '--second-key', self.path('data/keys/operator-2.pem'))
        self.assertEqual(loaded.returncode, 0, loaded.stderr)
        before = self.resident()
        readers = [subprocess.Popen([os.path.join(BINARIES, 'suyuan'), *own, 'audit', 'export',
                                     '--out', self.path('export-%d' % number)],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                   for number in range(8)]
        for number, reader in enumerate(readers):
            end = time.monotonic() + DEADLINE
            while time.monotonic() < end and not os.path.isdir(self.path('export-%d' % number)):
                pass
            reader.send_signal(signal.SIGSTOP)  # In the middle of its stream, or just after it.
        self.expect_served()
        self.expect_grown_less(before, 64)
        for reader in readers:
            reader.kill()
            reader.wait()

    # B6: headers and then nothing. They hold nobody up; the server's own limits end them later.
    def test_calls_that_are_never_finished_hold_nobody_up(self):
        for _ in range(20):
            peer = self.peer()
            for number in range(100):
                peer.send(frame(HEADERS, END_HEADERS, 2 * number + 1, call_headers()))
                peer.send(frame(DATA, 0, 2 * number + 1, b'\x00\x00\x00\x01\x00'))
        self.expect_served()

    # B7: connections as fast as they come, none of them used.
    def test_a_flood_of_connections_ends_and_leaves_nothing(self):
        host, port = self.address.rsplit(':', 1)
        handles = len(os.listdir('/proc/%d/fd' % self.process.pid))
        end = time.monotonic() + 3
        while time.monotonic() < end:
            with socket.create_connection((host, int(port)), DEADLINE):
                pass
        self.expect_served()
        end = time.monotonic() + DEADLINE
        while (time.monotonic() < end and
               len(os.listdir('/proc/%d/fd' % self.process.pid)) > handles + 10):
            time.sleep(0.1)
        self.assertLessEqual(len(os.listdir('/proc/%d/fd' % self.process.pid)), handles + 10)

    # B7: connections that are held. Of one address 500 stand, and others have theirs, though it is
    # more handles than a process has if it asks for none.
    def test_one_address_does_not_take_all_connections(self):
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        host, port = self.address.rsplit(':', 1)
        held = []
        self.addCleanup(lambda: [one.close() for one in held])
        for source in ('127.0.0.2', '127.0.0.3'):
            held += [socket.create_connection((host, int(port)), DEADLINE, (source, 0))
                     for _ in range(600)]
        refused = 0
        end = time.monotonic() + DEADLINE
        while refused < 200 and time.monotonic() < end:
            refused = 0
            for one in held:
                one.setblocking(False)
                try:
                    refused += one.recv(1, socket.MSG_PEEK) == b''
                except BlockingIOError:
                    pass
                except ConnectionResetError:
                    refused += 1
        self.assertGreaterEqual(refused, 200)
        self.expect_served()

    # B8: a length prefix of 2 GiB, and a message of 4 MiB and one byte.
    def test_huge_messages_are_refused_before_they_are_kept(self):
        for length in (2**31 - 1, 4 * MEBIBYTE + 1):
            peer = self.peer()
            before = self.resident()
            peer.send(frame(HEADERS, END_HEADERS, 1, call_headers()))
            message = b'\x00' + struct.pack('>I', length) + bytes(min(length, 64 * MEBIBYTE))
            frames = peer.pour(1, message)
            self.assertRefused(frames)
            self.expect_grown_less(before, 16)

    # B9: 64 KiB of headers, ten thousand of them, and headers that never end.
    def test_too_many_headers_are_refused(self):
        before = self.resident()
        long = call_headers(*[('x-%d' % i, 'y' * 1000) for i in range(64)])
        many = call_headers(*[('x-%d' % i, 'y') for i in range(10_000)])
        for block in (long, many):
            peer = self.peer()
            pieces = [block[at:at + 16_000] for at in range(0, len(block), 16_000)]
            peer.send(frame(HEADERS, 0, 1, pieces[0]))
            for piece in pieces[1:-1]:
                peer.send(frame(CONTINUATION, 0, 1, piece))
            peer.send(frame(CONTINUATION, END_HEADERS, 1, pieces[-1]))
            peer.send(frame(DATA, END_STREAM, 1, bytes(5)))
            self.assertRefused(peer.read(is_over))
        endless = self.peer()
        endless.send(frame(HEADERS, 0, 1, call_headers()))
        piece = b''.join(field('x', 'y' * 100) for _ in range(150))
        for _ in range(1000):  # 16 MiB.
            if not endless.send(frame(CONTINUATION, 0, 1, piece)):
                break
        self.expect_served()
        self.expect_grown_less(before, 48)

    # B11: calls that are begun and cancelled at once. gRPC 1.51 counts only those that stand: what is
    # on its way takes memory, some kilobytes each, until it is through.
    def test_a_rapid_reset_holds_nobody_up(self):
        peers = [self.peer() for _ in range(2)]

        def flood(peer):
            block = call_headers()
            number = 1
            while number < 40_000:
                burst = b''
                for _ in range(100):
                    burst += frame(HEADERS, END_HEADERS | END_STREAM, number, block)
                    burst += frame(RST_STREAM, 0, number, struct.pack('>I', 8))
                    number += 2
                if not peer.send(burst):
                    break

        threads = [threading.Thread(target=flood, args=(peer,)) for peer in peers]
        for thread in threads:
            thread.start()
        self.expect_served()
        for thread in threads:
            thread.join()

    # B12: pings without end are answered with GOAWAY, "too_many_pings".
    def test_too_many_pings_end_the_connection(self):
        peer = self.peer()
        for number in range(2000):
            if not peer.send(frame(PING, 0, 0, struct.pack('>Q', number))):
                break
        frames = peer.read(lambda kind, payload: kind == GOAWAY)
        self.assertTrue([kind for kind, payload in frames
                         if kind == GOAWAY and b'too_many_pings' in payload], frames[-3:])

    # B13: a message that is a thousandth of what it unpacks to.
    def test_a_compressed_bomb_is_not_unpacked(self):
        before = self.resident()
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        bomb = packer.compress(bytes(64 * MEBIBYTE)) + packer.flush()
        peer = self.peer()
        peer.send(frame(HEADERS, END_HEADERS, 1, call_headers(('grpc-encoding', 'gzip'))))
        message = b'\x01' + struct.pack('>I', len(bomb)) + bomb
        for at in range(0, len(message), 16_000):
            last = END_STREAM if at + 16_000 >= len(message) else 0
            peer.send(frame(DATA, last, 1, message[at:at + 16_000]))
        self.assertRefused(peer.read(is_over))
        self.expect_grown_less(before, 8)


if __name__ == '__main__':
    BINARIES = os.path.abspath(sys.argv.pop(1))
    if '--sanitized' in sys.argv:
        sys.argv.remove('--sanitized')
        SANITIZED = True
    unittest.main(verbosity=1)
