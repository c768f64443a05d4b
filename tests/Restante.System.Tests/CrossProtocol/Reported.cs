namespace Restante.System.Tests.CrossProtocol;

/// <summary>A report on a command as a service reads it.</summary>
/// <param name="Device">Who reports.</param>
/// <param name="Number">Its place among the reports on the command, from 1.</param>
/// <param name="IsFinal">Whether it is the last one.</param>
/// <param name="Letter">What the device put into it.</param>
internal sealed record Reported(string Device, long Number, bool IsFinal, Letter Letter);
