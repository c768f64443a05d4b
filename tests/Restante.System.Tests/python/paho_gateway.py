"""A field gateway on paho with two devices behind it, in both versions: their mail and state, and one of them that comes by itself meanwhile."""
import queue
import ssl

import paho.mqtt.client as mqtt

import gateway


def connect(version, client_id, user, key):
    client = mqtt.Client(client_id, protocol=version)
    client.username_pw_set(user, key)
    client.tls_set(gateway.CA, tls_version=ssl.PROTOCOL_TLS_CLIENT)
    client.events = queue.Queue()
    client.mail = queue.Queue()
    client.on_connect = lambda c, u, flags, code, *rest: c.events.put(int(code.value if hasattr(code, "value") else code))
    client.on_subscribe = lambda c, u, mid, codes, *rest: c.events.put([int(x.value if hasattr(x, "value") else x) for x in codes])
    client.on_message = lambda c, u, message: c.mail.put(message)
    client.connect(gateway.HOST, gateway.MQTT_PORT, keepalive=30)
    client.loop_start()
    assert client.events.get(timeout=20) == 0
    return client


def subscribe(client, *filters):
    client.subscribe([(name, 1) for name in filters])
    codes = client.events.get(timeout=20)
    assert codes == [1] * len(filters), codes


def publish(client, topic, payload):
    info = client.publish(topic, payload, qos=1)
    info.wait_for_publish(20)
    assert info.is_published()


def command(device, body):
    status, sent = gateway.rest("POST", f"/v1/devices/{device}/commands", {"body": body, "contentType": "text/plain"})
    assert status == 201, (status, sent)
    return sent["id"]


def child(name):
    status, made = gateway.rest("POST", "/v1/devices", {"id": name, "gateway": gateway.DEVICE})
    assert status == 201, (status, made)
    return made["keys"]["primary"]


for version in (mqtt.MQTTv311, mqtt.MQTTv5):
    lamp, pump = f"{gateway.DEVICE}-lamp-{version}", f"{gateway.DEVICE}-pump-{version}"
    child(lamp)
    pump_key = child(pump)
    hub = connect(version, f"hub-{version}", gateway.DEVICE, gateway.DEVICE_KEY)
    subscribe(hub, f"devices/{lamp}/mailbox/#", f"devices/{pump}/mailbox/commands/#", f"devices/{lamp}/state/#", "mailbox/#")
    state = hub.mail.get(timeout=20)
    assert state.topic.startswith(f"devices/{lamp}/state/desired") and state.payload == b"{}", (state.topic, state.payload)
    publish(hub, f"devices/{lamp}/state/reported", '{"on":true}')

    for device, prefix in ((lamp, f"devices/{lamp}/"), (pump, f"devices/{pump}/"), (gateway.DEVICE, "")):
        sent = command(device, f"for {device}")
        message = hub.mail.get(timeout=20)
        assert message.topic.startswith(f"{prefix}mailbox/commands/{sent}"), message.topic
        assert message.payload == f"for {device}".encode(), message.payload
        assert gateway.outcome(sent)["outcome"] == "accepted"
        publish(hub, f"{prefix}reports/{sent}/final", "done")

    # The pump comes by itself: the gateway is told, and goes on with the lamp.
    alone = connect(version, f"pump-{version}", pump, pump_key)
    subscribe(alone, "mailbox/#")
    told = hub.mail.get(timeout=20)
    assert told.topic.startswith(f"devices/{pump}/ended"), told.topic
    assert b"newer connection" in told.payload, told.payload
    to_pump, to_lamp = command(pump, "alone"), command(lamp, "still")
    assert alone.mail.get(timeout=20).payload == b"alone"
    assert hub.mail.get(timeout=20).payload == b"still"
    for sent in (to_pump, to_lamp):
        assert gateway.outcome(sent)["outcome"] == "accepted"
    status, state = gateway.rest("GET", f"/v1/devices/{lamp}/state")
    assert state["reported"]["content"] == {"on": True}, state

    # It leaves, and the gateway takes over again.
    alone.disconnect()
    alone.loop_stop()
    subscribe(hub, f"devices/{pump}/mailbox/#")
    sent = command(pump, "again")
    assert hub.mail.get(timeout=20).payload == b"again"
    assert gateway.outcome(sent)["outcome"] == "accepted"
    hub.disconnect()
    hub.loop_stop()
