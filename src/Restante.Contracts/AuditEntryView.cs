namespace Restante.Contracts;

/// <summary>An entry of the audit log: an administrative act, or a refusal.</summary>
public sealed record AuditEntryView
{
    /// <summary>Its number; entries are numbered from 1 without gaps.</summary>
    public required long Number { get; init; }

    /// <summary>When it was; of several that are told together, when the last was.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What was done or tried: the id of the operation, whichever protocol it came by.</summary>
    public required string Act { get; init; }

    /// <summary><c>done</c>, or the kind of refusal.</summary>
    public required string Result { get; init; }

    /// <summary><c>service</c>, <c>device</c>, <c>gateway</c>, <c>local</c> or <c>unknown</c>.</summary>
    public required string By { get; init; }

    /// <summary>The policy, the device or the local user.</summary>
    public string? Name { get; init; }

    /// <summary>Which credential was used: <c>primary</c> or <c>secondary</c>.</summary>
    public string? Slot { get; init; }

    /// <summary>The field gateway that acted for the device.</summary>
    public string? Through { get; init; }

    /// <summary><c>amqp</c>, <c>mqtt</c> or <c>https</c>.</summary>
    public string? Protocol { get; init; }

    /// <summary>The number of the connection, as in the log.</summary>
    public long? Connection { get; init; }

    /// <summary>The address of the other end.</summary>
    public string? Peer { get; init; }

    /// <summary>What it was done to, as a path without <c>/v1/</c>.</summary>
    public string? Target { get; init; }

    /// <summary>More about it in a few words.</summary>
    public string? Detail { get; init; }

    /// <summary>How many refusals it stands for, when they are several.</summary>
    public int? Count { get; init; }

    /// <summary>When the first of them was.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The SHA-256 of the line of the entry before.</summary>
    public required string Previous { get; init; }
}
