#!/usr/bin/env python3
"""A server with a fresh ledger, and the sample season played on it: ./dev demo [--once] [--json].

Without --once it serves on until Ctrl-C. --json: exactly one JSON object on stdout, at the end.
"""
import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class Server:
    """suyuand over a new ledger; a context, so that it stops whatever happens."""

    def __init__(self, binaries, directory):
        # Labels carry the public address for ever, so its port is chosen before genesis.
        http = '127.0.0.1:%d' % free_port()
        suyuand = os.path.join(binaries, 'suyuand')
        subprocess.run([suyuand, 'init', '--dir', directory, '--name', 'lufeng-demo', '--demo',
                        '--public-url', 'http://' + http], check=True, stdout=subprocess.DEVNULL)
        self.log = open(directory + '.log', 'wb')
        self.process = subprocess.Popen(
            [suyuand, '--dir', directory, '--cleartext', '--covers', '禄丰市的农产品（样例）', '--covers-en',
             'farm produce of Lufeng (sample)', '--listen', '127.0.0.1:0', '--http', http],
            stdout=subprocess.PIPE, stderr=self.log, start_new_session=True)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit('suyuand did not start: see %s.log' % directory)
        self.ready = json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def peak_rss_mib(self):
        with open('/proc/%d/status' % self.process.pid, encoding='ascii') as file:
            kib = next(line.split()[1] for line in file if line.startswith('VmHWM:'))
        return int(kib) // 1024

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        self.log.close()


def play(options, ready, out):
    command = [sys.executable, os.path.join(HERE, 'demo.py'), '--json',
               '--suyuan', os.path.join(options.bin, 'suyuan'), '--server', ready['grpc'],
               '--http', ready['http'], '--operator-key', ready['operator_key'], '--out', out]
    # Its steps go to stderr; where nobody reads our stdout as JSON, they belong there.
    steps = None if options.json else sys.stdout.fileno()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=steps, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit('the demo failed: exit %d' % done.returncode)
    return json.loads(done.stdout)


def verify(options, directory):
    done = subprocess.run([os.path.join(options.bin, 'suyuan'), '--json', 'store', 'verify',
                           directory], capture_output=True, text=True, check=False)
    return done.returncode == 0 and json.loads(done.stdout)['verified']


def export(options, out):
    folder = os.path.join(out, 'export')
    subprocess.run([os.path.join(options.bin, 'suyuan'), '--config', os.path.join(out, 'config.json'),
                    '--profile', 'operator', '--json', 'audit', 'export', '--out', folder],
                   check=True, stdout=subprocess.DEVNULL)
    return folder


def wait_for_interrupt():
    print('\n服务运行中，按 Ctrl-C 结束\n    Serving; Ctrl-C ends it', file=sys.stderr, flush=True)
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--bin', default=os.path.join(HERE, '..', 'build', 'release', 'bin'))
    parser.add_argument('--out', help='where pictures and profiles go; default: a new folder')
    parser.add_argument('--once', action='store_true', help='end when the season is played')
    parser.add_argument('--json', action='store_true')
    options = parser.parse_args()
    started = time.monotonic()
    out = os.path.abspath(options.out or tempfile.mkdtemp(prefix='suyuan-demo-'))
    os.makedirs(out, exist_ok=True)
    data = os.path.join(out, 'data')
    with Server(options.bin, data) as server:
        result = play(options, server.ready, out)
        result['rss_mib'] = server.peak_rss_mib()
        if not options.once:
            result['store_verified'] = verify(options, export(options, out))
            report(options, result, started)
            wait_for_interrupt()
    if options.once:
        result['store_verified'] = verify(options, data)
        report(options, result, started)
    for left in (data, data + '.mark'):
        shutil.rmtree(left, ignore_errors=True)
    sys.exit(0 if result['store_verified'] and result['proof_verified'] else 1)


def report(options, result, started):
    result['seconds'] = round(time.monotonic() - started, 1)
    if options.json:
        print(json.dumps(result, ensure_ascii=False), flush=True)
    else:
        print('账本验证 %s，用时 %.1f 秒\n    ledger verified: %s' % (
            '通过' if result['store_verified'] else '不通过', result['seconds'],
            'yes' if result['store_verified'] else 'no'), flush=True)


if __name__ == '__main__':
    main()
