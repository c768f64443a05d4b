"""What the scripts share: where the gateway is, who they are, and a service over REST."""
import base64
import json
import os
import ssl
import urllib.error
import urllib.request

HOST = "localhost"
CA = os.environ["RESTANTE_CA"]
AMQP_PORT = int(os.environ["RESTANTE_AMQP_PORT"])
MQTT_PORT = int(os.environ["RESTANTE_MQTT_PORT"])
HTTPS_PORT = int(os.environ["RESTANTE_HTTPS_PORT"])
ADMIN_KEY = os.environ["RESTANTE_ADMIN_KEY"]
DEVICE = os.environ["RESTANTE_DEVICE"]
DEVICE_KEY = os.environ["RESTANTE_DEVICE_KEY"]

_tls = ssl.create_default_context(cafile=CA)


def rest(method, path, body=None):
    """A request with the administrator's rights; returns status and JSON."""
    request = urllib.request.Request(f"https://{HOST}:{HTTPS_PORT}{path}", method=method)
    request.add_header("Authorization", "Basic " + base64.b64encode(f"policy/admin:{ADMIN_KEY}".encode()).decode())
    data = None
    if body is not None:
        request.add_header("Content-Type", "application/json")
        data = json.dumps(body).encode()
    try:
        with urllib.request.urlopen(request, data, context=_tls, timeout=30) as response:
            text = response.read()
            return response.status, json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


def send(body, **fields):
    """Sends a command to the device of the script; returns its id."""
    status, sent = rest("POST", f"/v1/devices/{DEVICE}/commands", {"body": body, "contentType": "text/plain", **fields})
    assert status == 201, (status, sent)
    return sent["id"]


def outcome(command, seconds=20):
    """Waits for the outcome of a command and returns it."""
    import time
    for _ in range(seconds * 10):
        status, state = rest("GET", f"/v1/commands/{command}")
        assert status == 200, (status, state)
        if state.get("outcome"):
            return state["outcome"] if isinstance(state["outcome"], dict) else state
        time.sleep(0.1)
    raise AssertionError(f"command {command} has no outcome: {state}")
