"""A device on paho, over MQTT 3.1.1 and 5: a certificate for its key, renewed; a new key of its own; and the ends of what it had."""
import base64
import os
import queue
import ssl
import subprocess

import paho.mqtt.client as mqtt

import gateway

DIRECTORY = os.environ["RESTANTE_DIRECTORY"]
KEY = os.path.join(DIRECTORY, "device.key")


class Device:
    """One connection."""

    def __init__(self, version, certificate=None, password=None):
        self.client = mqtt.Client(f"issuer-{version}", protocol=version)
        self.client.tls_set(gateway.CA, certfile=certificate, keyfile=KEY if certificate else None, tls_version=ssl.PROTOCOL_TLS_CLIENT)
        if password:
            self.client.username_pw_set(gateway.DEVICE, password)
        self.events, self.mail, self.ends = queue.Queue(), queue.Queue(), queue.Queue()
        self.client.on_connect = lambda c, u, flags, code, *rest: self.events.put(int(getattr(code, "value", code)))
        self.client.on_subscribe = lambda *rest: self.events.put("subscribed")
        self.client.on_message = lambda c, u, message: self.mail.put(message)
        self.client.on_disconnect = lambda *rest: self.ends.put("ended")
        self.client.connect(gateway.HOST, gateway.MQTT_PORT, keepalive=30)
        self.client.loop_start()
        self.code = self.events.get(timeout=30)
        if self.code != 0:
            self.close()  # It would try again and again.
        else:
            self.client.subscribe("mailbox/answers/#", qos=1)
            assert self.events.get(timeout=30) == "subscribed"

    def ask(self, subject, identifier, body):
        self.client.publish(f"inquiries/{subject}/{identifier}", body, qos=1).wait_for_publish(30)
        message = self.mail.get(timeout=30)
        assert message.topic.startswith(f"mailbox/answers/{identifier}"), message.topic
        return message.payload.decode()

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


def request():
    return subprocess.run(
        ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-subj", "/CN=somebody-else",
         "-outform", "DER", "-keyout", KEY], check=True, capture_output=True).stdout


def certificate(pem):
    path = os.path.join(DIRECTORY, "device.crt")
    with open(path, "w", encoding="ascii") as file:
        file.write(pem)
    return path


password = gateway.DEVICE_KEY
for version in (mqtt.MQTTv311, mqtt.MQTTv5):
    device = Device(version, password=password)
    own = certificate(device.ask("$certificate", f"c-{version}", request()))
    device.close()
    device = Device(version, certificate=own)
    assert device.code == 0
    own = certificate(device.ask("$certificate", f"n-{version}", request()))
    device.close()
    device = Device(version, certificate=own)
    assert '"primary":"none"' in device.ask("$retire", f"r-{version}", b"")
    fresh = base64.b64encode(os.urandom(32)).decode()
    assert '"primary":"key"' in device.ask("$key", f"k-{version}", fresh)
    device.close()
    assert Device(version, password=password).code != 0
    device = Device(version, password=fresh)
    assert device.code == 0
    password = fresh

    # Once the certificates are revoked none of them is of use, and what rests on one ends.
    by_certificate = Device(version, certificate=own)
    status, revoked = gateway.rest("POST", f"/v1/devices/{gateway.DEVICE}/certificates/revoke")
    assert status == 200 and len(revoked["items"]) == 2, revoked
    assert by_certificate.ends.get(timeout=30) == "ended"
    by_certificate.client.loop_stop()
    assert Device(version, certificate=own).code != 0
    device.close()

# The mailbox, its history and the records hold no key.
status, mail = gateway.rest("GET", f"/v1/devices/{gateway.DEVICE}/history?max=1000")
assert status == 200 and password not in str(mail)
