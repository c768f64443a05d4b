namespace Restante.Heads.Mqtt.Topics;

/// <summary>The topics on which a device is told of its state document.</summary>
[Flags]
internal enum StateTopics : byte
{
    /// <summary>None of them.</summary>
    None = 0,

    /// <summary><c>state/desired</c>: the desired part, at every change.</summary>
    Desired = 1,

    /// <summary><c>state/document</c>: the answer to <c>state/get</c>.</summary>
    Document = 2,
}
