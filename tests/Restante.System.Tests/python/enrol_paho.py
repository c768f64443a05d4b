"""A device on paho that nobody has heard of, over MQTT 3.1.1 or 5: it comes once, and again by what it has from then on."""
import os
import queue
import ssl

import paho.mqtt.client as mqtt

import gateway

version = {"311": mqtt.MQTTv311, "5": mqtt.MQTTv5}[os.environ["RESTANTE_MQTT"]]
refusal = {mqtt.MQTTv311: 4, mqtt.MQTTv5: 134}[version]
certificate, certificate_key = os.environ.get("RESTANTE_CERTIFICATE"), os.environ.get("RESTANTE_CERTIFICATE_KEY")
first, later, wrong = os.environ.get("RESTANTE_FIRST"), os.environ.get("RESTANTE_LATER"), os.environ.get("RESTANTE_WRONG")


def connect(password, user=gateway.DEVICE):
    """Connects and sends telemetry; returns the code of CONNACK."""
    client = mqtt.Client(f"enrol-{gateway.DEVICE}", protocol=version)
    client.tls_set(gateway.CA, certfile=certificate, keyfile=certificate_key, tls_version=ssl.PROTOCOL_TLS_CLIENT)
    if password:
        client.username_pw_set(user, password)
    events = queue.Queue()
    client.on_connect = lambda c, u, flags, code, *rest: events.put(int(getattr(code, "value", code)))
    client.connect(gateway.HOST, gateway.MQTT_PORT, keepalive=30)
    client.loop_start()
    try:
        code = events.get(timeout=20)
        if code == 0:
            info = client.publish("telemetry/enrolled", "hello", qos=1)
            info.wait_for_publish(20)
            assert info.is_published()
        return code
    finally:
        client.disconnect()
        client.loop_stop()


if wrong:
    assert connect(wrong) == refusal
    assert gateway.rest("GET", f"/v1/devices/{gateway.DEVICE}")[0] == 404
assert connect(first) == 0
status, device = gateway.rest("GET", f"/v1/devices/{gateway.DEVICE}")
assert status == 200 and device["tags"] == {"fleet": "north"} and device["groups"] == ["new"], device
assert connect(first) == 0
if later:
    assert connect(later) == 0
assert gateway.rest("GET", f"/v1/devices/{gateway.DEVICE}")[1]["createdAt"] == device["createdAt"]
assert gateway.rest("DELETE", f"/v1/devices/{gateway.DEVICE}")[0] == 204
assert connect(first) == refusal
