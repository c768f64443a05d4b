using Restante.Core.Jobs;

namespace Restante.Core.Storage;

/// <summary>What became of a job that was to be created.</summary>
/// <param name="Status">Whether it was, or why not.</param>
/// <param name="Job">The job; null when it was not created.</param>
public readonly record struct CreateJobResult(CreateJobStatus Status, JobRecord? Job);

/// <summary>Whether a job was created.</summary>
public enum CreateJobStatus
{
    /// <summary>It is durable.</summary>
    Created,

    /// <summary>As many are kept as may be, and none of them is closed.</summary>
    TooMany,

    /// <summary>As many of its creator are kept as may be of one, and none of them is closed.</summary>
    TooManyOfCreator,
}
