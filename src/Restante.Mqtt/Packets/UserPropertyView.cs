using System.Text;

namespace Restante.Mqtt.Packets;

/// <summary>A received user property: views of the packet's bytes, valid during the callback only.</summary>
public readonly ref struct UserPropertyView
{
    internal UserPropertyView(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Name = name;
        Value = value;
    }

    /// <summary>The name, as valid UTF-8.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>The value, as valid UTF-8.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>Copies name and value into strings.</summary>
    public MqttUserProperty ToUserProperty() => new(Encoding.UTF8.GetString(Name), Encoding.UTF8.GetString(Value));
}
