"""Hears what a run tells: HTTP on a free port of 127.0.0.1, datagrams on /dev/log, mail by a sendmail that puts it where we look.

Each is a line of JSON in the folder that the first argument names. Of a path that has /500/ every request is answered so, of one that
has /hang/ none is. With each request come the arguments and the environment of every process that runs meanwhile.
"""

import glob
import http.server
import json
import os
import socket
import sys
import threading
import time

folder = sys.argv[1]
lock = threading.Lock()


def record(name, entry):
    with lock, open(f"{folder}/{name}", "a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def processes(what):
    found = []
    for path in glob.glob(f"/proc/[0-9]*/{what}"):
        try:
            with open(path, "rb") as file:
                text = file.read().replace(b"\0", b" ").decode("utf-8", "replace").strip()
        except OSError:
            continue
        if text:
            found.append(text)
    return found


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        record("requests", {
            "method": self.command,
            "path": self.path,
            "type": self.headers.get("content-type"),
            "body": body.decode("utf-8", "strict"),
            "arguments": processes("cmdline"),
            "environments": processes("environ"),
        })
        if "/hang/" in self.path:
            time.sleep(3600)
            return
        self.send_response(500 if "/500/" in self.path else 200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"OK")

    do_GET = do_POST = do_HEAD = do_PUT = answer

    def log_message(self, *_):
        pass


def hear_syslog():
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind("/dev/log")
    while True:
        record("syslog", log.recv(65536).decode("utf-8", "replace"))


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=hear_syslog, daemon=True).start()
with open(f"{folder}/port.part", "w", encoding="utf-8") as file:
    file.write(str(server.server_address[1]))
os.rename(f"{folder}/port.part", f"{folder}/port")
server.serve_forever()
