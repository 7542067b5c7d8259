"""Runs one command on the host and prints what it took, as one line of JSON.

meter.py DATABASE COMMAND    (a line of Bash; its stdout and stderr are watched, not shown)

wall, cpu: seconds until the end; cpu is user and system time of the command and all that it waited for. peak: KiB, the
largest process. snapshot: seconds, the oldest one held by a client of the server. blocks: 8 KiB blocks asked for in DATABASE.
lines: each line of output with the seconds at which wall and cpu then stood.
"""
import json
import os
import subprocess
import sys
import threading
import time

TICKS = os.sysconf('SC_CLK_TCK')
OLDEST = """SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL);"""
BLOCKS = "SELECT coalesce(sum(blks_read + blks_hit), 0) FROM pg_stat_database WHERE datname = '%s';"


class Server:
    """One session of psql for all questions, so that asking costs little."""

    def __init__(self):
        argv = ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', 'psql', '-XqAt', 'postgres']
        self.psql = subprocess.Popen(argv, cwd='/', stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, sql):
        self.psql.stdin.write(sql.replace('\n', ' ') + '\n')
        self.psql.stdin.flush()
        return float(self.psql.stdout.readline())

    def close(self):
        self.psql.stdin.close()
        self.psql.wait()


def stat(pid):
    """The fields of /proc/PID/stat behind the command's name: [0] is the state."""
    with open(f'/proc/{pid}/stat') as file:
        return file.read().rpartition(') ')[2].split()


def cpu(pid):
    return sum(int(ticks) for ticks in stat(pid)[11:15]) / TICKS


def peak(session):
    most = 0
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            if int(stat(pid)[3]) == session:
                with open(f'/proc/{pid}/status') as file:
                    most = max([most] + [int(line.split()[1]) for line in file if line.startswith('VmHWM')])
        except (OSError, IndexError):
            pass  # It ended meanwhile.
    return most


def main(database, command):
    server = Server()
    blocks = server.ask(BLOCKS % database)
    started = time.monotonic()
    child = subprocess.Popen(['bash', '-c', command], cwd='/', stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, errors='replace', start_new_session=True)
    lines, seen, done = [], {'peak': 0, 'snapshot': 0.0}, threading.Event()

    def read():
        for line in child.stdout:
            lines.append([time.monotonic() - started, cpu(child.pid), line.rstrip('\n')])

    def watch():
        while not done.wait(0.1):
            seen['peak'] = max(seen['peak'], peak(child.pid))
            seen['snapshot'] = max(seen['snapshot'], server.ask(OLDEST))

    threads = [threading.Thread(target=read), threading.Thread(target=watch)]
    for thread in threads:
        thread.start()
    threads[0].join()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    wall, used = time.monotonic() - started, cpu(child.pid)
    code = child.wait()
    done.set()
    threads[1].join()
    time.sleep(1.1)  # The server's sessions hand in their counts when they end, some of them a second later.
    blocks = server.ask(BLOCKS % database) - blocks
    server.close()
    print(json.dumps({'code': code, 'wall': wall, 'cpu': used, **seen, 'blocks': int(blocks), 'lines': lines}))


main(*sys.argv[1:])
