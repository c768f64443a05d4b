"""A device on paho: telemetry with every QoS, commands with every QoS and both versions, rejecting and releasing."""
import queue
import ssl

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

import gateway


def wait_for(client, wanted):
    kind, value = client.events.get(timeout=20)
    while kind != wanted:
        kind, value = client.events.get(timeout=20)
    return value


def connect(version, client_id, clean=True):
    client = mqtt.Client(client_id, protocol=version, **({} if version == mqtt.MQTTv5 else {"clean_session": clean}))
    client.username_pw_set(gateway.DEVICE, gateway.DEVICE_KEY)
    client.tls_set(gateway.CA, tls_version=ssl.PROTOCOL_TLS_CLIENT)
    client.events = queue.Queue()
    client.mail = queue.Queue()
    client.on_connect = lambda c, u, flags, code, *rest: c.events.put(("connected", int(code.value if hasattr(code, "value") else code)))
    client.on_subscribe = lambda c, u, mid, codes, *rest: c.events.put(("subscribed", [int(x.value if hasattr(x, "value") else x) for x in codes]))
    client.on_publish = lambda c, u, mid: c.events.put(("published", mid))
    client.on_unsubscribe = lambda c, u, mid, *rest: c.events.put(("unsubscribed", mid))
    client.on_message = lambda c, u, message: c.mail.put(message)
    client.connect(gateway.HOST, gateway.MQTT_PORT, keepalive=30)
    client.loop_start()
    assert client.events.get(timeout=20) == ("connected", 0)
    return client


for version in (mqtt.MQTTv311, mqtt.MQTTv5):
    client = connect(version, f"paho-{version}")
    for qos in (0, 1, 2):
        properties = None
        if version == mqtt.MQTTv5:
            properties = Properties(PacketTypes.PUBLISH)
            properties.ContentType = "text/plain"
            properties.UserProperty = ("colour", "blue")
        info = client.publish("telemetry/paho", f"{version} {qos}", qos=qos, properties=properties)
        info.wait_for_publish(20)
        assert info.is_published()
    while not client.events.empty():
        client.events.get()

    for qos in (0, 1, 2):
        command = gateway.send(f"with {qos}", properties={"size": "7"})
        client.subscribe("mailbox/#", qos=qos)
        assert wait_for(client, "subscribed") == [qos]
        message = client.mail.get(timeout=20)
        assert message.topic.startswith(f"mailbox/commands/{command}"), message.topic
        assert message.payload == f"with {qos}".encode() and message.qos == qos, (message.payload, message.qos)
        if version == mqtt.MQTTv5:
            assert ("size", "7") in message.properties.UserProperty, message.properties
            assert message.properties.ContentType == "text/plain"
        else:
            assert "size=7" in message.topic, message.topic
        assert gateway.outcome(command)["outcome"] == "accepted"
        client.unsubscribe("mailbox/#")
        wait_for(client, "unsubscribed")
    client.subscribe("other/devices", qos=1)
    assert wait_for(client, "subscribed")[0] >= 0x80
    client.disconnect()
    client.loop_stop()
