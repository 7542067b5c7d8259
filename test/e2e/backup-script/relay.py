"""A TCP relay whose first long upload runs into trouble: relay.py PORT HOST HOST_PORT hold|cut MARK

After 200 kB of it the file MARK is made, and the rest waits for a file MARK.go or for the end of the client, or the connection is cut.
Ends by itself after ten minutes.
"""
import os, select, signal, socket, sys, threading

port, host, host_port, mode, mark = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5]
signal.alarm(600)


def pump(source, sink, upload):
    total = 0
    try:
        while data := source.recv(16384):
            total += len(data)
            if upload and total > 200_000:
                if not os.path.exists(mark):
                    open(mark, "w").close()
                    if mode == "cut":
                        source.shutdown(socket.SHUT_RDWR)
                        break
                if mode == "hold":
                    gone = select.poll()
                    gone.register(source, select.POLLRDHUP)
                    while not os.path.exists(mark + ".go") and not gone.poll(50):
                        pass
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):
            end.close()


server = socket.create_server(("127.0.0.1", port))
while True:
    client, _ = server.accept()
    box = socket.create_connection((host, host_port))
    for ends in ((client, box, True), (box, client, False)):
        threading.Thread(target=pump, args=ends, daemon=True).start()
