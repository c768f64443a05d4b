using Restante.Core.Jobs;

namespace Restante.Core.Storage;

/// <summary>A job to be created.</summary>
/// <param name="Audience">The audience query, which has been checked.</param>
/// <param name="Content">The command; copied before the call returns.</param>
/// <param name="Terms">On which terms.</param>
/// <param name="Creator">The policy that begins it.</param>
/// <param name="Expected">How many devices belong to the audience now.</param>
public sealed record NewJob(string Audience, ReadOnlyMemory<byte> Content, JobTerms Terms, string Creator, long Expected);
