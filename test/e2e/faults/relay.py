"""A TCP relay that gets into trouble: relay.py PORT TARGET_PORT silent|slow|mute|cut

silent: takes connections and answers nothing. The others begin after 200 kB of an upload: slow goes on slowly, mute passes nothing
more in that first connection, cut ends it, and each that comes later, and after the third takes none. Ends by itself after a minute.
"""
import signal, socket, sys, threading, time

port, target, mode = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
signal.alarm(60)
met = []


def pump(source, sink, upload, number):
    total = 0
    try:
        while data := source.recv(16384):
            total += len(data)
            if upload and total > 200_000:
                met.append(number)
                if mode == "cut":
                    source.shutdown(socket.SHUT_RDWR)
                    break
                if mode == "slow":
                    time.sleep(0.05)
            if mode == "mute" and number in met[:1]:
                time.sleep(60)
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):
            end.close()


server = socket.create_server(("127.0.0.1", port))
kept = []
while True:
    client, _ = server.accept()
    kept.append(client)
    if mode == "silent":
        continue
    if mode == "cut" and len(set(met)) >= 3:
        client.close()
        continue
    box = socket.create_connection(("127.0.0.1", target))
    for ends in ((client, box, True), (box, client, False)):
        threading.Thread(target=pump, args=(*ends, len(kept)), daemon=True).start()
