namespace Restante.Mqtt;

/// <summary>Which end of the conversation a connection plays.</summary>
public enum MqttRole
{
    Server,
    Client,
}
