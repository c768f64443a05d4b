"""Measures Restante, mosquitto and RabbitMQ in turn, one QoS 1 message in flight. See README.md beside this file."""
import argparse
import base64
import http.client
import json
import os
import queue
import shutil
import signal
import socket
import ssl
import statistics
import subprocess
import tempfile
import time

import paho.mqtt.client as mqtt

PATIENCE_S = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port):
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"Nothing listens on port {port} after {PATIENCE_S} seconds.")


class Client:
    """A paho client whose acknowledgements and messages can be waited for."""

    def __init__(self, port, client_id, user=None, password=None):
        self.acknowledged = queue.SimpleQueue()
        self.received = queue.SimpleQueue()
        ready = queue.SimpleQueue()
        self.paho = mqtt.Client(client_id, protocol=mqtt.MQTTv311, clean_session=False)
        if user:
            self.paho.username_pw_set(user, password)
        self.paho.on_connect = lambda c, u, flags, code: ready.put(code)
        self.paho.on_subscribe = lambda c, u, mid, codes: ready.put(codes[0])
        self.paho.on_publish = lambda c, u, mid: self.acknowledged.put(mid)
        self.paho.on_message = lambda c, u, message: self.received.put(time.perf_counter())
        self._ready = ready
        self.paho.connect("127.0.0.1", port, keepalive=300)
        self.paho.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.paho.loop_start()
        if ready.get(timeout=PATIENCE_S) != 0:
            raise SystemExit(f"{client_id} may not connect.")

    def subscribe(self, topic):
        self.paho.subscribe(topic, qos=1)
        if self._ready.get(timeout=PATIENCE_S) == 0x80:
            raise SystemExit(f"{topic} may not be subscribed to.")

    def publish(self, topic, body):
        self.paho.publish(topic, body, qos=1)

    def close(self):
        self.paho.disconnect()
        self.paho.loop_stop()


class Broker:
    """An MQTT broker: what is published to a topic comes to its subscriber."""

    name = ""
    user = password = None

    def __init__(self, home):
        self.home = home
        self.port = free_port()
        self.process = None

    def prepare(self):
        absent = Client(self.port, "absent", self.user, self.password)
        absent.subscribe("kept/one")
        absent.close()
        self.publisher = Client(self.port, "publisher", self.user, self.password)
        self.quiet = "kept/one"
        subscriber = Client(self.port, "subscriber", self.user, self.password)
        subscriber.subscribe("commands/one")
        self.subscriber = subscriber

    def acknowledge(self, body):
        self.publisher.publish(self.quiet, body)
        self.publisher.acknowledged.get(timeout=PATIENCE_S)

    def send(self, body):
        self.publisher.publish("commands/one", body)

    def settle(self):
        self.publisher.acknowledged.get(timeout=PATIENCE_S)

    def close(self):
        self.publisher.close()
        self.subscriber.close()

    def stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(PATIENCE_S)

    def run(self, command, **environment):
        self.process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


class Mosquitto(Broker):
    name = "mosquitto"
    program = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")

    def start(self):
        shutil.chown(self.home, "mosquitto") if os.geteuid() == 0 else None
        config = os.path.join(self.home, "mosquitto.conf")
        with open(config, "w") as file:
            file.write(f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
                       f"persistence_location {self.home}/\nset_tcp_nodelay true\nmax_queued_messages 0\n")
        self.run([self.program, "-c", config])
        wait_for_port(self.port)


class RabbitMq(Broker):
    name = "RabbitMQ"
    program = shutil.which("rabbitmq-server", path=os.environ["PATH"] + ":/usr/lib/rabbitmq/bin")
    user = password = "guest"

    def start(self):
        plugins = os.path.join(self.home, "plugins")
        with open(plugins, "w") as file:
            file.write("[rabbitmq_mqtt].")
        config = os.path.join(self.home, "rabbitmq.conf")
        with open(config, "w") as file:
            file.write(f"listeners.tcp = none\nmqtt.listeners.tcp.1 = 127.0.0.1:{self.port}\n")
        shutil.chown(self.home, "rabbitmq") if os.geteuid() == 0 else None
        self.run(
            [self.program], HOME=self.home, RABBITMQ_NODENAME=f"compare{self.port}@localhost", RABBITMQ_DIST_PORT=str(free_port()),
            RABBITMQ_MNESIA_BASE=self.home, RABBITMQ_LOG_BASE=self.home, RABBITMQ_ENABLED_PLUGINS_FILE=plugins, RABBITMQ_CONFIG_FILE=config[:-5],
            RABBITMQ_PID_FILE=os.path.join(self.home, "pid"))
        wait_for_port(self.port)


class Restante(Broker):
    name = "Restante"
    program = None

    def start(self):
        self.run([self.program, "serve", "--data", self.home, "--amqp-port", "0", "--mqtt-port", "0", "--https-port", "0",
                  "--set", "Listen:Address=127.0.0.1", "--set", "Listen:AmqpPlain=0", "--set", "Listen:MqttPlain=0", "--set", "Log:Level=Warning",
                  "--set", "Limits:MaxMessagesPerSecondPerDevice=0", "--set", "Limits:MaxBytesPerSecondPerDevice=0"])
        end = time.monotonic() + PATIENCE_S
        while not os.path.exists(os.path.join(self.home, "gateway.json")):
            if time.monotonic() > end:
                raise SystemExit("Restante did not start.")
            time.sleep(0.1)

    def prepare(self):
        from proton import Message
        from proton.utils import BlockingConnection
        with open(os.path.join(self.home, "gateway.json")) as file:
            ports = json.load(file)
        with open(os.path.join(self.home, "admin.key")) as file:
            admin = file.read().strip()
        self.port = ports["mqttPlainPort"]
        key = base64.b64encode(os.urandom(32)).decode()
        trust = ssl.create_default_context(cafile=os.path.join(self.home, "ca.pem"))
        api = http.client.HTTPSConnection("localhost", ports["httpsPort"], context=trust)
        credentials = base64.b64encode(f"policy/admin:{admin}".encode()).decode()
        for device in ("publisher", "subscriber"):
            api.request("POST", "/v1/devices", json.dumps({"id": device, "keys": {"primary": key, "secondary": key}}),
                        {"Authorization": "Basic " + credentials, "Content-Type": "application/json"})
            answer = api.getresponse()
            if answer.status != 201:
                raise SystemExit(answer.read().decode())
            answer.read()
        self.publisher = Client(self.port, "publisher", "publisher", key)
        self.quiet = "telemetry"
        self.subscriber = Client(self.port, "subscriber", "subscriber", key)
        self.subscriber.subscribe("mailbox/commands/#")
        self.service = BlockingConnection(
            f"amqp://localhost:{ports['amqpPlainPort']}", user="policy/admin", password=admin, allowed_mechs="PLAIN", timeout=PATIENCE_S)
        self.commands = self.service.create_sender("devices/subscriber").link
        self.message = Message

    def send(self, body):
        self.delivery = self.commands.send(self.message(body=body))
        while self.subscriber.received.empty():
            self.service.wait(lambda: self.delivery.settled or not self.subscriber.received.empty(), timeout=PATIENCE_S)
            if self.delivery.settled:
                break

    def settle(self):
        self.service.wait(lambda: self.delivery.settled, timeout=PATIENCE_S)
        self.delivery.settle()

    def close(self):
        self.service.close()
        super().close()


def measure(broker, messages, body):
    """The times of one round, in milliseconds: acknowledged and delivered."""
    acknowledged, delivered = [], []
    for number in range(messages + messages // 5):
        start = time.perf_counter()
        broker.acknowledge(body)
        acknowledged.append(time.perf_counter() - start)
    for number in range(messages + messages // 5):
        start = time.perf_counter()
        broker.send(body)
        delivered.append(broker.subscriber.received.get(timeout=PATIENCE_S) - start)
        broker.settle()
    return [[t * 1000 for t in times[-messages:]] for times in (acknowledged, delivered)]  # The first ones warm up.


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def main():
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("restante", help="the program")
    flags.add_argument("--rounds", type=int, default=3)
    flags.add_argument("--messages", type=int, default=1000, help="for each figure of a round")
    flags.add_argument("--size", type=int, default=100, help="bytes of body")
    told = flags.parse_args()
    Restante.program = told.restante
    brokers = [b for b in (Restante, Mosquitto, RabbitMq) if b.program]
    rounds = {b.name: [] for b in brokers}
    for number in range(told.rounds):
        for kind in brokers[number % len(brokers):] + brokers[:number % len(brokers)]:
            home = tempfile.mkdtemp(prefix="compare-")
            broker = kind(home)
            broker.start()
            try:
                broker.prepare()
                rounds[kind.name].append(measure(broker, told.messages, b"x" * told.size))
                broker.close()
            finally:
                broker.stop()
                shutil.rmtree(home, ignore_errors=True)
    print(f"{'':14}{'median ms':>12}{'p99 ms':>10}{'ratio':>8}")
    for place, name in enumerate(("acknowledged", "delivered")):
        ours = None
        print(name)
        for kind in brokers:
            median = statistics.median(statistics.median(r[place]) for r in rounds[kind.name])
            p99 = statistics.median(percentile(r[place], 0.99) for r in rounds[kind.name])
            ours = ours or median
            print(f"  {kind.name:12}{median:12.2f}{p99:10.2f}{median / ours:8.2f}")


if __name__ == "__main__":
    main()
