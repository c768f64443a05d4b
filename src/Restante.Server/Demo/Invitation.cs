using Restante.Core.Devices;
using Restante.Server.Hosting;
using Restante.Server.Serving;

namespace Restante.Server.Demo;

/// <summary>Lines to copy and paste for a device of the user's own.</summary>
internal static class Invitation
{
    public static async Task PrintAsync(TextWriter output, GatewayHost host)
    {
        DeviceRecord device = await Devices.CreateAsync(host, "my-device");
        string key = ((SymmetricKey)device.Primary).Reveal();
        string id = device.Id.Value;
        await output.WriteLineAsync(
            $$"""

            The gateway stays up for your own clients. The device '{{id}}' waits to be used; copy one of these into another terminal.

            A device with mosquitto: receive mail, and send telemetry (Debian: apt install mosquitto-clients)

            mosquitto_sub -h localhost -p {{host.Addresses.MqttPort}} --cafile {{host.Data.CaFile}} -u {{id}} -P '{{key}}' -i sub -q 1 -t 'mailbox/#' -v
            mosquitto_pub -h localhost -p {{host.Addresses.MqttPort}} --cafile {{host.Data.CaFile}} -u {{id}} -P '{{key}}' -i pub -q 1 -t telemetry -m '{"hello":"world"}'

            A device in Python with qpid-proton (Debian: apt install python3-qpid-proton)

            /usr/bin/python3 - <<'PYTHON'
            from proton import Message, SSLDomain
            from proton.utils import BlockingConnection
            tls = SSLDomain(SSLDomain.MODE_CLIENT)
            tls.set_trusted_ca_db('{{host.Data.CaFile}}')
            tls.set_peer_authentication(SSLDomain.VERIFY_PEER_NAME)
            device = BlockingConnection('amqps://localhost:{{host.Addresses.AmqpPort}}', user='{{id}}', password='{{key}}', ssl_domain=tls, allowed_mechs='PLAIN')
            device.create_sender('telemetry').send(Message(body=b'{"hello":"world"}', content_type='application/json'))
            mailbox = device.create_receiver('mailbox', credit=1)
            print('waiting for mail')
            print(mailbox.receive(timeout=300).body)
            mailbox.accept()
            device.close()
            PYTHON

            A service: send a command, wait for its outcome; watch telemetry

            {{Invocation.Program}} send {{id}} 'hello device' --wait --data {{host.Data.Root}}
            {{Invocation.Program}} watch telemetry --data {{host.Data.Root}}

            Ctrl-C ends the demo.
            """);
        await output.FlushAsync();
    }
}
