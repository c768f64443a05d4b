using System.CommandLine;
using System.CommandLine.Parsing;

namespace Restante.Bench;

/// <summary>The flags of a bench, with the defaults that suit it.</summary>
internal sealed class BenchFlags
{
    private readonly Option<Uri?> _url = new("--url")
    {
        Description = "The REST address of a gateway; without it the bench starts one.",
        CustomParser = Address,
    };

    private readonly Option<int> _amqp = new("--amqp-port") { Description = "Its port for AMQP.", DefaultValueFactory = _ => 5671 };
    private readonly Option<int> _mqtt = new("--mqtt-port") { Description = "Its port for MQTT.", DefaultValueFactory = _ => 8883 };
    private readonly Option<string?> _ca = new("--ca") { Description = "The CA file to trust." };
    private readonly Option<string?> _key = new("--key") { Description = "The key of the policy." };
    private readonly Option<string> _policy = new("--policy")
    {
        Description = "The policy to register devices and send with.",
        DefaultValueFactory = _ => "admin",
    };

    private readonly Option<int?> _pid = new("--pid") { Description = "The gateway's process on this machine, to measure it." };
    private readonly Option<string?> _data = new("--data") { Description = "The data directory of the gateway that the bench starts." };
    private readonly Option<bool> _plain = new("--plain") { Description = "Without TLS, on the loopback listeners." };
    private readonly Option<string> _protocol = new("--protocol")
    {
        Description = "What the devices speak: amqp or mqtt.",
        DefaultValueFactory = _ => "amqp",
    };

    private readonly Option<int> _rounds = new("--rounds")
    {
        Description = "How often to measure, each time anew; medians are shown.",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<int> _seconds = new("--seconds")
    {
        Description = "How long each measurement takes.",
        DefaultValueFactory = _ => 10,
    };

    private readonly Option<string> _output = new("--output") { Description = "table or json.", DefaultValueFactory = _ => "table" };
    private readonly Option<int> _devices;
    private readonly Option<int> _messages;
    private readonly Option<int> _size;
    private readonly Option<int> _window;
    private readonly Option<int> _rate;
    private readonly Option<int> _handlers = Number("--handlers", "Connections that answer (inquiries).", 1);

    public BenchFlags(int devices, int messages, int size, int window, int rate)
    {
        _devices = Number("--devices", "How many devices.", devices);
        _messages = Number("--messages", "Messages per device; notifications to all (broadcast).", messages);
        _size = Number("--size", "Bytes of body per message.", size);
        _window = Number("--window", "Messages on the way at once: per device (telemetry), in all (mailboxes).", window);
        _rate = Number("--rate", "Commands a second in the second part; 0 to leave it out.", rate);
        _protocol.AcceptOnlyFromAmong("amqp", "mqtt");
        _output.AcceptOnlyFromAmong("table", "json");
    }

    public void AddTo(Command command)
    {
        Option[] all =
        [
            _devices, _messages, _size, _window, _rate, _handlers, _seconds, _rounds, _protocol, _plain, _output,
            _data, _url, _amqp, _mqtt, _ca, _key, _policy, _pid,
        ];
        foreach (Option option in all)
            command.Options.Add(option);
    }

    /// <exception cref="BenchException">A number is out of its range.</exception>
    public BenchOptions Read(ParseResult parsed)
    {
        var options = new BenchOptions
        {
            Url = parsed.GetValue(_url),
            AmqpPort = parsed.GetValue(_amqp),
            MqttPort = parsed.GetValue(_mqtt),
            CaFile = parsed.GetValue(_ca),
            Key = parsed.GetValue(_key),
            Policy = parsed.GetValue(_policy)!,
            ProcessId = parsed.GetValue(_pid),
            Data = parsed.GetValue(_data),
            Plain = parsed.GetValue(_plain),
            Protocol = parsed.GetValue(_protocol)!,
            Devices = parsed.GetValue(_devices),
            Messages = parsed.GetValue(_messages),
            SizeBytes = parsed.GetValue(_size),
            Window = parsed.GetValue(_window),
            Rate = parsed.GetValue(_rate),
            Handlers = parsed.GetValue(_handlers),
            Seconds = parsed.GetValue(_seconds),
            Rounds = parsed.GetValue(_rounds),
            Json = parsed.GetValue(_output) == "json",
        };
        if (options.Devices < 1 || options.Rounds < 1 || options.Seconds < 1)
            throw new BenchException("--devices, --rounds and --seconds are at least 1.");
        if (options.Handlers < 1)
            throw new BenchException("--handlers is at least 1.");
        if (options.SizeBytes is < 0 or > 1_000_000 || options.Messages < 0 || options.Window < 0 || options.Rate < 0)
            throw new BenchException("--messages, --window and --rate are not negative, --size is 0 to 1000000.");
        return options;
    }

    private static Uri? Address(ArgumentResult argument)
    {
        if (Uri.TryCreate(argument.Tokens[0].Value, UriKind.Absolute, out Uri? url))
            return url;
        argument.AddError("--url is an address such as https://gateway.example:8443.");
        return null;
    }

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };
}
