#!/usr/bin/env python3
"""What a user would pick instead: PostgreSQL with a hash chain, beside which ./dev bench measures.

A private cluster in a temporary folder, on a unix socket, with its usual durability: synchronous
commit, fsync. An append checks its request key, links to the record before by SHA-256, keeps the
request and its events, and moves the stream's head, all in one transaction. pgbench calls it with
64 connections, statements prepared. Prints one JSON object: appends of one event a second, events a
second in appends of 100.
"""
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile

BIN = '/usr/lib/postgresql/15/bin/'
CLIENTS = '64'
SECONDS = '6'
SCHEMA = """
create table record (seq bigint primary key, previous bytea not null, hash bytea not null,
                     request_key text not null unique, body bytea not null);
create table event (seq bigint not null, place int not null, body bytea not null,
                    primary key (seq, place));
create table stream (name text primary key, seq bigint not null);
create table head (id int primary key, seq bigint not null, hash bytea not null);
insert into head values (0, 0, sha256(''));
create function append(key text, name text, body bytea, events bytea[]) returns bigint as $$
declare
  tip head%rowtype;
  next bytea;
begin
  select * into tip from head where id = 0 for update;
  next := sha256(tip.hash || sha256(body) || sha256(convert_to(array_to_string(events, ''), 'utf8')));
  insert into record values (tip.seq + 1, tip.hash, next, key, body);
  insert into event select tip.seq + 1, place, e from unnest(events) with ordinality as t(e, place);
  insert into stream values (name, tip.seq + 1) on conflict on constraint stream_pkey
    do update set seq = excluded.seq;
  update head set seq = tip.seq + 1, hash = next where id = 0;
  return tip.seq + 1;
end
$$ language plpgsql;
"""
CALL = """\\set stream random(1, 1000)
select append(gen_random_uuid()::text, 'batches/' || :stream, repeat('x', 400)::bytea,
              array_fill(repeat('x', 400)::bytea, array[%d]));
"""


class Cluster:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='suyuan-postgres-')
        self.as_owner = []
        if os.getuid() == 0:  # PostgreSQL refuses to run as root.
            owner = pwd.getpwnam('postgres')
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self.as_owner = ['runuser', '-u', 'postgres', '--']
        self.data = os.path.join(self.folder, 'data')
        self.run(BIN + 'initdb', '-D', self.data, '-A', 'trust', '-E', 'UTF8', '--no-locale')
        self.run(BIN + 'pg_ctl', '-D', self.data, '-w', '-l', os.path.join(self.folder, 'log'), '-o',
                 "-c listen_addresses='' -k %s" % self.folder, 'start')

    def run(self, *command, text=None):
        done = subprocess.run([*self.as_owner, *command], input=text, capture_output=True, text=True,
                              check=False, cwd=self.folder)
        if done.returncode != 0:
            raise SystemExit('%s: %s' % (os.path.basename(command[0]), done.stderr))
        return done.stdout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.run(BIN + 'pg_ctl', '-D', self.data, '-m', 'immediate', 'stop')
        shutil.rmtree(self.folder)

    def measure(self, events):
        script = os.path.join(self.folder, 'append.sql')
        with open(script, 'w', encoding='ascii') as file:
            file.write(CALL % events)
        os.chmod(script, 0o644)
        out = self.run(BIN + 'pgbench', '-h', self.folder, '-n', '-M', 'prepared', '-c', CLIENTS,
                       '-j', '2', '-T', SECONDS, '-f', script, 'postgres')
        return float(re.search(r'tps = ([\d.]+)', out).group(1)) * events


def main():
    if not os.path.exists(BIN + 'initdb'):
        print('PostgreSQL 15 is not installed', file=sys.stderr)
        sys.exit(1)
    with Cluster() as cluster:
        cluster.run(BIN + 'psql', '-h', cluster.folder, '-q', '-v', 'ON_ERROR_STOP=1', 'postgres',
                    text=SCHEMA)
        print(json.dumps({'unary_per_second': cluster.measure(1),
                          'many_events_per_second': cluster.measure(100)}))


if __name__ == '__main__':
    main()
