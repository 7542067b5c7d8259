"""A TCP relay that gets into trouble: relay.py PORT HOST HOST_PORT silent|slow|crawl|mute|once|cut MARK

silent: takes connections and answers nothing. The others begin after 200 kB of an upload, when the file MARK is made: slow goes on
slowly, crawl more slowly, mute passes nothing more in that first connection, once ends it, cut ends it and each that comes later,
and after the third takes none. Ends by itself after two minutes.
"""
import signal, socket, sys, threading, time

port, host, host_port, mode, mark = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5]
signal.alarm(120)
met = []


def pump(source, sink, upload, number):
    total = 0
    try:
        while data := source.recv(16384):
            total += len(data)
            if upload and total > 200_000:
                if number not in met:
                    met.append(number)
                    open(mark, "w").close()
                if mode == "cut" or mode == "once" and number == met[0]:
                    source.shutdown(socket.SHUT_RDWR)
                    break
                if mode in ("slow", "crawl"):
                    time.sleep(0.05 if mode == "slow" else 0.2)
            if mode == "mute" and number in met[:1]:
                time.sleep(100)
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
    if mode == "cut" and len(met) >= 3:
        client.close()
        continue
    box = socket.create_connection((host, host_port))
    for ends in ((client, box, True), (box, client, False)):
        threading.Thread(target=pump, args=(*ends, len(kept)), daemon=True).start()
