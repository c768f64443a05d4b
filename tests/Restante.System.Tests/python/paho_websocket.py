"""A device on paho in a WebSocket: telemetry and mail, both versions."""
import queue
import ssl

import paho.mqtt.client as mqtt

import gateway


def connect(version, path="/mqtt"):
    client = mqtt.Client(f"paho-ws-{version}", transport="websockets", protocol=version)
    client.ws_set_options(path=path)
    client.username_pw_set(gateway.DEVICE, gateway.DEVICE_KEY)
    client.tls_set(gateway.CA, tls_version=ssl.PROTOCOL_TLS_CLIENT)
    client.events = queue.Queue()
    client.mail = queue.Queue()
    client.on_connect = lambda c, u, flags, code, *rest: c.events.put(int(code.value if hasattr(code, "value") else code))
    client.on_message = lambda c, u, message: c.mail.put(message)
    client.connect(gateway.HOST, gateway.HTTPS_PORT, keepalive=30)
    client.loop_start()
    assert client.events.get(timeout=20) == 0
    return client


for version in (mqtt.MQTTv311, mqtt.MQTTv5):
    client = connect(version)
    for qos in (0, 1, 2):
        for size in (0, 100, 70000, 200000):
            info = client.publish("telemetry/paho", b"x" * size, qos=qos)
            info.wait_for_publish(20)
            assert info.is_published()
    client.subscribe("mailbox/#", qos=1)
    for n in range(3):
        command = gateway.send(f"{version} {n}")
        message = client.mail.get(timeout=20)
        assert message.topic.startswith(f"mailbox/commands/{command}"), message.topic
        assert message.payload == f"{version} {n}".encode(), message.payload
        assert gateway.outcome(command)["outcome"] == "accepted"
    client.disconnect()
    client.loop_stop()

try:
    connect(mqtt.MQTTv311, path="/nowhere")
    raise AssertionError("a WebSocket was opened where there is none")
except mqtt.WebsocketConnectionError:
    pass
