"""The patterns on paho, both versions: reports, inquiries and answers, notifications, the state document; a field gateway."""
import json
import queue
import ssl

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

import gateway


def connect(version):
    client = mqtt.Client(f"patterns-{version}", protocol=version)
    client.username_pw_set(gateway.DEVICE, gateway.DEVICE_KEY)
    client.tls_set(gateway.CA, tls_version=ssl.PROTOCOL_TLS_CLIENT)
    client.events, client.mail, client.states = queue.Queue(), queue.Queue(), queue.Queue()
    client.on_connect = lambda c, u, flags, code, *rest: c.events.put(("connected", code))
    client.on_subscribe = lambda c, u, mid, codes, *rest: c.events.put(("subscribed", codes))
    client.on_message = lambda c, u, message: (c.states if message.topic.startswith("state/") else c.mail).put(message)
    client.connect(gateway.HOST, gateway.MQTT_PORT, keepalive=30)
    client.loop_start()
    assert client.events.get(timeout=20)[0] == "connected"
    return client


def subscribe(client, topic):
    client.subscribe(topic, qos=1)
    assert client.events.get(timeout=20)[0] == "subscribed"


def publish(client, topic, payload, properties=None):
    client.publish(topic, payload, qos=1, properties=properties).wait_for_publish(20)


def named(message, name):
    """A property of a message in either version."""
    if hasattr(message, "properties") and message.properties is not None:
        return dict(message.properties.UserProperty)[name]
    return dict(part.split("=", 1) for part in message.topic.rsplit("/?", 1)[1].split("&"))[name]


def items(path):
    status, page = gateway.rest("GET", path)
    assert status == 200, (path, status, page)
    return page["items"]


for version in (mqtt.MQTTv311, mqtt.MQTTv5):
    client = connect(version)
    subscribe(client, "mailbox/#")

    # A command and the reports on it; the command's id is in the topic.
    command = gateway.send("unlock")
    message = client.mail.get(timeout=20)
    assert message.topic.split("/")[2] == command, message.topic
    publish(client, f"reports/{command}", b"half")
    publish(client, f"reports/{command}/final", b"done")
    reports = items(f"/v1/commands/{command}/reports?from=1")
    assert [(r["number"], r["final"]) for r in reports] == [(1, False), (2, True)], reports

    # An inquiry, answered twice.
    terms = None
    if version == mqtt.MQTTv5:
        terms = Properties(PacketTypes.PUBLISH)
        terms.MessageExpiryInterval = 60
    publish(client, f"inquiries/paho-traffic/q-{version}", b"ahead?", terms)
    question = items("/v1/inquiries/paho-traffic?wait=20&max=1")[0]
    for body, final in (("slow", ""), ("clear", "?final")):
        status, answered = gateway.rest("POST", f"/v1/inquiries/{question['id']}/answers{final}", {"body": body, "contentType": "text/plain"})
        assert status in (200, 201, 204), (status, answered)
    first, last = client.mail.get(timeout=20), client.mail.get(timeout=20)
    for answer, body, number in ((first, b"slow", "1"), (last, b"clear", "2")):
        assert answer.topic.split("/")[:3] == ["mailbox", "answers", f"q-{version}"], answer.topic
        assert (answer.payload, named(answer, "number")) == (body, number), answer.payload
    assert named(last, "final") == "true"

    # A notification.
    status, notice = gateway.rest(
        "POST", "/v1/notifications", {"audience": f"id = '{gateway.DEVICE}'", "body": "roadworks", "contentType": "text/plain"})
    assert status == 201, (status, notice)
    message = client.mail.get(timeout=20)
    assert message.topic.split("/")[:3] == ["mailbox", "notifications", notice["id"]], message.topic
    assert message.payload == b"roadworks"

    # The state document.
    subscribe(client, "state/#")
    before = client.states.get(timeout=20)
    status, changed = gateway.rest("PATCH", f"/v1/devices/{gateway.DEVICE}/state/desired", {"rate": version})
    assert status in (200, 204), (status, changed)
    pushed = client.states.get(timeout=20)
    assert pushed.topic.startswith("state/desired") and json.loads(pushed.payload)["rate"] == version, pushed.payload
    assert int(named(pushed, "version")) == int(named(before, "version")) + 1
    publish(client, "state/reported", json.dumps({"rate": version}))
    publish(client, "state/get", b"")
    document = client.states.get(timeout=20)
    assert document.topic.startswith("state/document"), document.topic
    assert json.loads(document.payload)["reported"]["content"]["rate"] == version, document.payload

    # For a device behind it.
    child = f"{gateway.DEVICE}-child-{version}"
    status, made = gateway.rest("POST", "/v1/devices", {"id": child, "gateway": gateway.DEVICE})
    assert status == 201, (status, made)
    status, sent = gateway.rest("POST", f"/v1/devices/{child}/commands", {"body": "unlock", "contentType": "text/plain"})
    assert status == 201, (status, sent)
    publish(client, f"devices/{child}/telemetry/paho", b"21")
    publish(client, f"devices/{child}/reports/{sent['id']}/final", b"open")
    assert [r["final"] for r in items(f"/v1/commands/{sent['id']}/reports?from=1")] == [True]
    client.disconnect()
    client.loop_stop()
