"""A device with a certificate on paho, over MQTT 3.1.1 and 5, bare and in a WebSocket."""
import os
import queue
import ssl

import paho.mqtt.client as mqtt

import gateway

for version in (mqtt.MQTTv311, mqtt.MQTTv5):
    for transport, port in (("tcp", gateway.MQTT_PORT), ("websockets", gateway.HTTPS_PORT)):
        client = mqtt.Client(f"cert-{version}-{transport}", protocol=version, transport=transport)
        client.tls_set(
            gateway.CA, certfile=os.environ["RESTANTE_CERTIFICATE"], keyfile=os.environ["RESTANTE_CERTIFICATE_KEY"],
            tls_version=ssl.PROTOCOL_TLS_CLIENT)
        events = queue.Queue()
        client.on_connect = lambda c, u, flags, code, *rest: events.put(int(getattr(code, "value", code)))
        if transport == "websockets":
            client.ws_set_options("/mqtt")
        client.connect(gateway.HOST, port, keepalive=30)
        client.loop_start()
        assert events.get(timeout=20) == 0, (version, transport)
        info = client.publish("telemetry/paho", "by certificate", qos=1)
        info.wait_for_publish(20)
        assert info.is_published()
        client.disconnect()
        client.loop_stop()
